using Marathon.Payments.Adapters.Postgres;
using Marathon.Payments.Application;
using Marathon.ServiceDefaults;

namespace Marathon.Payments.Adapters;

/// <summary>Reads, every few seconds, how much is owed and for how long, for the meters: they are asked for it at once and must not wait for a database.</summary>
public sealed class OwedWatch(PaymentList payments, PaymentMeter meter, PaymentOptions options, TimeProvider time, ILogger<OwedWatch> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds(time, options.WatchInterval).RunAsync(
        ReadAsync, exception => logger.LogWarning("What is owed could not be read: {Reason}", Rounds.Reason(exception)), stoppingToken);

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var owed = await payments.OwedAsync(cancellationToken);
        meter.Owe("refund", Of("refund"), Age("refund"));
        meter.Owe("reversal", Of("reversal"), Age("reversal"));

        long Of(string kind) => owed.FirstOrDefault(each => each.Kind == kind)?.Count ?? 0;
        TimeSpan Age(string kind) => owed.FirstOrDefault(each => each.Kind == kind)?.Oldest ?? TimeSpan.Zero;
    }
}
