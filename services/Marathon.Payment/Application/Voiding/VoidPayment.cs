using System.Diagnostics;
using Marathon.Payments.Application.Ports;
using Marathon.Payments.Application.Settling;
using Marathon.Payments.Domain;

namespace Marathon.Payments.Application.Voiding;

/// <summary>Never charge this registration, unless it has been charged already.</summary>
public sealed record VoidPayment(Guid RegistrationId, string Number, int Amount, string Currency);

/// <inheritdoc cref="VoidPayment"/>
public sealed class VoidPaymentHandler(IPayments payments, Settlement settlement, TimeProvider time, ILogger<VoidPaymentHandler> logger)
{
    private readonly UnderWay<Payment> underWay = new();

    /// <summary>
    /// The payment as it then stands: voided, completed or declined. A charge that the provider has captured but that nobody noted counts as completed;
    /// one that is captured later is reversed. A void goes on when its caller has left, since a provider may be silent for longer than callers wait, and the
    /// place stays held until it is decided: <paramref name="cancellationToken"/> ends only the waiting.
    /// </summary>
    public Task<Payment> HandleAsync(VoidPayment command, CancellationToken cancellationToken) =>
        underWay.Join(command.RegistrationId, () => RunAsync(command)).WaitAsync(cancellationToken);

    private async Task<Payment> RunAsync(VoidPayment command)
    {
        try { return await VoidAsync(command); }
        catch (Exception exception)
        {
            // Its caller may have left.
            logger.LogWarning("{RegistrationId} is not voided yet: {Reason}", command.RegistrationId, exception.Message);
            throw;
        }
    }

    private async Task<Payment> VoidAsync(VoidPayment command)
    {
        while (true)
        {
            if (await payments.FindAsync(command.RegistrationId, CancellationToken.None) is { } payment)
            {
                if (payment.Status is not PaymentStatus.Requested) return payment;
                var answer = await settlement.AskAsync(command.RegistrationId, CancellationToken.None);
                return await settlement.ChangeAsync(payment, current => answer is null ? current.Void() : current.Settle(answer), CancellationToken.None);
            }

            var voided = Payment.VoidedFromTheStart(
                command.RegistrationId, Guid.CreateVersion7(time.GetUtcNow()), command.Number, command.Amount, command.Currency);
            if (await payments.ChangeAsync(new Change(null, voided, time.GetUtcNow(), Activity.Current?.Id), CancellationToken.None)) return voided;
        }
    }
}
