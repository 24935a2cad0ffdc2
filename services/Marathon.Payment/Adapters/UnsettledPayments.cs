using Marathon.Payments.Application;
using Marathon.Payments.Application.Ports;
using Marathon.Payments.Application.Settling;
using Marathon.Payments.Domain;
using Marathon.ServiceDefaults;

namespace Marathon.Payments.Adapters;

/// <summary>
/// Settles, for as long as it takes, what nobody is settling: charges whose process died before it noted the answer, reversals of voided charges,
/// refunds. Any number of replicas may run it.
/// </summary>
public sealed class UnsettledPayments(IPayments payments, Settlement settlement, PaymentOptions options, TimeProvider time, ILogger<UnsettledPayments> logger)
    : BackgroundService
{
    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds(time, options.SettleInterval).RunAsync(
        SettleDueAsync, exception => logger.LogWarning("Unsettled payments are looked for again: {Reason}", Rounds.Reason(exception)), stoppingToken);

    /// <summary>Whether more may be due.</summary>
    private async Task<bool> SettleDueAsync(CancellationToken cancellationToken)
    {
        var due = await payments.ClaimUnsettledAsync(options.SettleBatch, cancellationToken);
        await Task.WhenAll(due.Select(payment => SettleAsync(payment, cancellationToken)));
        return due.Count == options.SettleBatch;
    }

    private async Task SettleAsync(Payment payment, CancellationToken cancellationToken)
    {
        try
        {
            var after = await settlement.SettleAsync(payment, cancellationToken);
            // Reversals are as many as voids, and say nothing that the books do not.
            if (after.Status != payment.Status) logger.LogInformation("{RegistrationId} was {Before} and is {After}", payment.RegistrationId, payment.Status, after.Status);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogWarning("{RegistrationId} ({Status}) is settled later: {Reason}", payment.RegistrationId, payment.Status, exception.Message);
            await NoteAsync(payment, exception, cancellationToken);
        }
    }

    /// <summary>Nobody learns less of the payment when the note itself fails: the next attempt is written already.</summary>
    private async Task NoteAsync(Payment payment, Exception failure, CancellationToken cancellationToken)
    {
        try
        {
            var error = failure is OperationCanceledException ? "not-answered" : failure.Message;
            await payments.NoteFailureAsync(payment.RegistrationId, error, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogWarning("The failure of {RegistrationId} could not be noted: {Reason}", payment.RegistrationId, exception.Message);
        }
    }
}
