using System.Diagnostics;
using Marathon.Payments.Application;
using Marathon.Payments.Application.Ports;
using Marathon.Payments.Domain;

namespace Marathon.Payments.Adapters.Provider;

/// <summary>Any provider, with its calls timed.</summary>
public sealed class MeteredProvider(IPaymentProvider provider, PaymentMeter meter) : IPaymentProvider
{
    /// <inheritdoc/>
    public async Task<ProviderAnswer> ChargeAsync(Guid key, int amount, string currency, string? token, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        try { return await provider.ChargeAsync(key, amount, currency, token, cancellationToken); }
        finally { meter.ProviderCalled(Stopwatch.GetElapsedTime(started), "charge"); }
    }

    /// <inheritdoc/>
    public async Task<ProviderAnswer?> FindAsync(Guid key, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        try { return await provider.FindAsync(key, cancellationToken); }
        finally { meter.ProviderCalled(Stopwatch.GetElapsedTime(started), "find"); }
    }

    /// <inheritdoc/>
    public async Task<long> CancelAsync(Guid key, int amount, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        try { return await provider.CancelAsync(key, amount, cancellationToken); }
        finally { meter.ProviderCalled(Stopwatch.GetElapsedTime(started), "cancel"); }
    }
}
