using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Application.Resolving;

/// <summary>
/// Settles what its request left HELD: because the payment did not answer in time, or because a process died between two steps. Nothing stays
/// held for ever, no place is freed before the payment is surely void, and a payment that completed late still confirms.
/// </summary>
public sealed class ResolveRegistrationsHandler(IRegistrations registrations, IPayments payments, RegistrationMeter meter, TimeProvider time, ILogger<ResolveRegistrationsHandler> logger)
{
    /// <summary>
    /// So many are leased, and all of them asked about at once: as many calls as may be under way to Payment in the background, beside those of who registers meanwhile. Where a charge takes
    /// 600 ms, one replica settles some 300 a second: when Payment was away while a race sold out, all of its 50,000 places within three minutes of the ten that a hold lasts.
    /// </summary>
    private const int AtOnce = 256;

    /// <summary>Longer than a round: it ends when the slowest call does, at the latest after its total timeout, and is written. Also when what had no answer is asked about again.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    /// <summary>One round; returns how many it settled.</summary>
    public async Task<int> HandleAsync(CancellationToken cancellationToken)
    {
        var unsettled = await registrations.LeaseUnsettledAsync(AtOnce, time.GetUtcNow(), Lease, cancellationToken);
        var settled = 0;
        await Task.WhenAll(unsettled.Select(async registration =>
        {
            var status = await ResolveAsync(registration, cancellationToken);
            if (status == RegistrationStatus.Held) return;
            Interlocked.Increment(ref settled);
            meter.Registered(status);
            logger.LogInformation("Registration {RegistrationId} is settled: {Status}", registration.Held.Id, status);
        }));
        if (settled < unsettled.Count) logger.LogWarning("{Count} of {All} registrations stay held for now: Payment has not said what became of theirs", unsettled.Count - settled, unsettled.Count);
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
