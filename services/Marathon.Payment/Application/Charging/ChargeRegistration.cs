using Marathon.Payments.Application.Ports;
using Marathon.Payments.Application.Settling;
using Marathon.Payments.Domain;

namespace Marathon.Payments.Application.Charging;

/// <summary>Charge the runner, once. The registration is the idempotency key.</summary>
public sealed record ChargeRegistration(Guid RegistrationId, string Number, int Amount, string Currency, string? Token);

/// <summary>What became of it.</summary>
public abstract record ChargeResult
{
    private ChargeResult() { }

    /// <summary>The payment has an outcome.</summary>
    public sealed record Known(Payment Payment) : ChargeResult;

    /// <summary>The registration's payment is another one: other amount, currency or number.</summary>
    public sealed record Different : ChargeResult;

    /// <summary>It may or may not have been charged. Ask again.</summary>
    public sealed record Unknown : ChargeResult;
}

/// <inheritdoc cref="ChargeRegistration"/>
public sealed class ChargeRegistrationHandler(
    IPayments payments, IPaymentProvider provider, Settlement settlement, PaymentOptions options, PaymentMeter meter, TimeProvider time,
    ILogger<ChargeRegistrationHandler> logger)
{
    private static readonly ChargeResult Different = new ChargeResult.Different(), Unknown = new ChargeResult.Unknown();
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(20), LongestPause = TimeSpan.FromMilliseconds(160);

    private readonly UnderWay<Payment?> underWay = new();

    /// <summary>
    /// Answers when the outcome is known, and no later than <see cref="PaymentOptions.Patience"/>. A charge goes on when its caller has left:
    /// <paramref name="cancellationToken"/> ends only the waiting.
    /// </summary>
    public async Task<ChargeResult> HandleAsync(ChargeRegistration command, CancellationToken cancellationToken)
    {
        try
        {
            var payment = await underWay.Join(command.RegistrationId, () => RunAsync(command)).WaitAsync(options.Patience, time, cancellationToken);
            return payment switch
            {
                null or { Status: PaymentStatus.Requested } => Unknown,
                { Status: not PaymentStatus.Voided } when !payment.IsFor(command.Number, command.Amount, command.Currency) => Different,
                _ => new ChargeResult.Known(payment),
            };
        }
        catch (TimeoutException)
        {
            return Unknown;
        }
    }

    private async Task<Payment?> RunAsync(ChargeRegistration command)
    {
        Payment? payment = null;
        try
        {
            payment = await ChargeAsync(command);
        }
        catch (Exception exception)
        {
            logger.LogWarning("The outcome of {RegistrationId} is unknown: {Reason}", command.RegistrationId, exception.Message);
        }
        meter.Charged(payment is { Status: PaymentStatus.Requested } ? null : payment);
        return payment;
    }

    private async Task<Payment?> ChargeAsync(ChargeRegistration command)
    {
        var requested = new Payment
        {
            RegistrationId = command.RegistrationId,
            PaymentId = Guid.CreateVersion7(time.GetUtcNow()),
            Number = command.Number,
            Amount = command.Amount,
            Currency = command.Currency,
            Token = command.Token,
        };
        if (await payments.OpenAsync(requested) is not { } opened) return null;
        if (opened.IsNew) return await ChargeAsync(opened.Payment);
        return opened.Payment.Status is PaymentStatus.Requested ? await AwaitOtherAsync(opened.Payment.RegistrationId) : opened.Payment;
    }

    /// <summary>Another replica is charging it, or died doing so: then this one takes over.</summary>
    private async Task<Payment?> AwaitOtherAsync(Guid registrationId)
    {
        var started = time.GetTimestamp();
        for (var pause = FirstLook; time.GetElapsedTime(started) < options.Patience; pause = pause < LongestPause ? pause * 2 : pause)
        {
            if (await payments.TakeOverAsync(registrationId, CancellationToken.None) is { } free) return await ChargeAsync(free);
            if (await payments.FindAsync(registrationId, CancellationToken.None) is { Status: not PaymentStatus.Requested } settled) return settled;
            await Task.Delay(pause, time);
        }
        // The next to ask need not wait for the lease of a process that died after it had charged.
        var left = await payments.FindAsync(registrationId, CancellationToken.None);
        return left is { Status: PaymentStatus.Requested } ? await settlement.SettleAsync(left, CancellationToken.None) : left;
    }

    private async Task<Payment?> ChargeAsync(Payment payment)
    {
        // There is nothing to capture, and no provider takes a payment of nothing.
        if (payment.Amount == 0) return await settlement.SettleAsync(payment, new ProviderAnswer.Captured("free"), CancellationToken.None);

        ProviderAnswer answer;
        try
        {
            using var deadline = new CancellationTokenSource(options.ProviderTimeout, time);
            answer = await provider.ChargeAsync(payment.RegistrationId, payment.Amount, payment.Currency, payment.Token, deadline.Token);
        }
        catch
        {
            await payments.ReleaseAsync(payment.RegistrationId, CancellationToken.None);
            throw;
        }
        return await settlement.SettleAsync(payment, answer, CancellationToken.None);
    }
}
