using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Marathon.Payments.Domain;

namespace Marathon.Payments.Application;

/// <summary>What an operator watches of the payments.</summary>
public sealed class PaymentMeter
{
    private static readonly KeyValuePair<string, object?> Unknown = new("outcome", "unknown");

    private readonly ConcurrentDictionary<string, (long Count, TimeSpan Oldest)> owed = new();
    private readonly Counter<long> charges;
    private readonly Histogram<double> provider;

    /// <summary>Creates the instruments.</summary>
    public PaymentMeter(IMeterFactory meters)
    {
        var meter = meters.Create("Marathon.Payment");
        charges = meter.CreateCounter<long>("marathon.payment.charges", "{charge}", "Charges by what became of them");
        provider = meter.CreateHistogram<double>("marathon.payment.provider.duration", "s", "Calls of the provider");
        meter.CreateObservableGauge("marathon.payment.refunds.due", () => owed.Select(each => new Measurement<long>(each.Value.Count, Kind(each.Key))),
            "{payment}", "Payments of which money is still to go back");
        meter.CreateObservableGauge("marathon.payment.refunds.oldest", () => owed.Select(each => new Measurement<double>(each.Value.Oldest.TotalSeconds, Kind(each.Key))),
            "s", "How long the oldest of them has been due");
    }

    /// <summary>How much is owed at the moment: refunds of cancelled registrations, or reversals of voided charges.</summary>
    public void Owe(string kind, long count, TimeSpan oldest) => owed[kind] = (count, oldest);

    /// <summary>One charge ended; null when its outcome is not known.</summary>
    public void Charged(Payment? payment) => charges.Add(1, payment is null ? Unknown : new("outcome", payment.Status switch
    {
        PaymentStatus.Declined => "declined",
        PaymentStatus.Voided => "voided",
        _ => "completed",
    }));

    /// <summary>One call of the provider took that long.</summary>
    public void ProviderCalled(TimeSpan duration, string call) => provider.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("call", call));

    private static KeyValuePair<string, object?> Kind(string kind) => new("kind", kind);
}
