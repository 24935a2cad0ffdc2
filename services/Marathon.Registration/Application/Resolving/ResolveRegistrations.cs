using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Application.Resolving;

/// <summary>
/// Settles what its request left HELD: because the payment did not answer in time, or because a process died between two steps. Nothing stays
/// held for ever, no place is freed before the payment is surely void, and a payment that completed late still confirms.
/// </summary>
public sealed class ResolveRegistrationsHandler(IRegistrations registrations, IPayments payments, RegistrationMeter meter, TimeProvider time, ILogger<ResolveRegistrationsHandler> logger)
{
    private const int Batch = 64, AtOnce = 16;
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    /// <summary>One round; returns how many it settled.</summary>
    public async Task<int> HandleAsync(CancellationToken cancellationToken)
    {
        var unsettled = await registrations.LeaseUnsettledAsync(Batch, time.GetUtcNow(), Lease, cancellationToken);
        var settled = 0;
        await Parallel.ForEachAsync(unsettled, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (registration, cancellation) =>
        {
            var status = await ResolveAsync(registration, cancellation);
            if (status == RegistrationStatus.Held) return;
            Interlocked.Increment(ref settled);
            meter.Registered(status);
            logger.LogInformation("Registration {RegistrationId} is settled: {Status}", registration.Held.Id, status);
        });
        return settled;
    }

    private async Task<RegistrationStatus> ResolveAsync(UnsettledRegistration unsettled, CancellationToken cancellationToken)
    {
        var held = unsettled.Held;
        // Nobody was promised that we would go on charging: the request died, or the hold has ended.
        var giveUp = !unsettled.AwaitsPayment || time.GetUtcNow() >= held.HoldUntil;
        return await (giveUp ? payments.VoidAsync(held, cancellationToken) : payments.ChargeAsync(held, cancellationToken)) switch
        {
            PaymentOutcome.Completed => await registrations.ConfirmAsync(held, cancellationToken),
            PaymentOutcome.Declined => await registrations.ReleaseAsync(held, RegistrationStatus.Declined, cancellationToken),
            PaymentOutcome.Voided => await registrations.ReleaseAsync(held, RegistrationStatus.Expired, cancellationToken),
            _ => RegistrationStatus.Held,
        };
    }
}
