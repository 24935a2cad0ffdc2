using System.Diagnostics;
using Marathon.Payments.Application.Ports;
using Marathon.Payments.Domain;

namespace Marathon.Payments.Application.Settling;

/// <summary>Brings a payment and the provider to agree. Whoever asks, and how often, comes to the same end.</summary>
public sealed class Settlement(IPayments payments, IPaymentProvider provider, PaymentOptions options, TimeProvider time, ILogger<Settlement> logger)
{
    /// <summary>Writes what the provider answered. The result is the payment as it then stands, which may have been voided meanwhile.</summary>
    public Task<Payment> SettleAsync(Payment payment, ProviderAnswer answer, CancellationToken cancellationToken) =>
        ChangeAsync(payment, current => current.Settle(answer), cancellationToken);

    /// <summary>Decides on the payment as it stands, again whenever somebody else was faster.</summary>
    public async Task<Payment> ChangeAsync(Payment payment, Func<Payment, Payment> decide, CancellationToken cancellationToken)
    {
        while (true)
        {
            var after = decide(payment);
            if (ReferenceEquals(after, payment)) return payment;
            if (await payments.ChangeAsync(new Change(payment, after, time.GetUtcNow(), Activity.Current?.Id), cancellationToken)) return after;
            payment = await payments.FindAsync(payment.RegistrationId, cancellationToken)
                ?? throw new InvalidOperationException($"The payment of {payment.RegistrationId} is gone.");
        }
    }

    /// <summary>What the provider knows of the charge; null when it knows nothing or does not answer.</summary>
    public async Task<ProviderAnswer?> AskAsync(Guid key, CancellationToken cancellationToken)
    {
        using var deadline = Deadline(cancellationToken);
        try
        {
            return await provider.FindAsync(key, deadline.Token);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogWarning("The provider was asked for {RegistrationId} in vain: {Reason}", key, exception.Message);
            return null;
        }
    }

    /// <summary>Does what remains to be done at the provider, and notes it. Throws when the provider does not answer.</summary>
    public async Task<Payment> SettleAsync(Payment payment, CancellationToken cancellationToken)
    {
        if (payment.Status is PaymentStatus.Requested)
            // Nobody has been charging it for a while. When the provider has not heard of it, the caller who wants it will ask again, or void it.
            return await AskAsync(payment.RegistrationId, cancellationToken) is { } answer ? await SettleAsync(payment, answer, cancellationToken) : payment;

        using var deadline = Deadline(cancellationToken);
        if (payment.ReversalDue)
        {
            await provider.CancelAsync(payment.RegistrationId, payment.Amount, deadline.Token);
            return await ChangeAsync(payment, current => current.Reversed(), cancellationToken);
        }
        if (payment.Status is PaymentStatus.RefundDue)
        {
            var due = payment.RefundAmount!.Value;
            // Another shop's key, or another provider, knows nothing of the charge and gives nothing back; the runner is told only of money that has moved.
            if (await provider.CancelAsync(payment.RegistrationId, due, deadline.Token) < due) throw new ProviderException("not-refunded");
            return await ChangeAsync(payment, current => current.Refunded(), cancellationToken);
        }
        return payment;
    }

    private CancellationTokenSource Deadline(CancellationToken cancellationToken)
    {
        var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.ProviderTimeout);
        return deadline;
    }
}
