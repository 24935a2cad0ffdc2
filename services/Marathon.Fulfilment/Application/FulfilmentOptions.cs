namespace Marathon.Fulfilment.Application;

/// <summary>Configured under <c>Fulfilment</c>.</summary>
public sealed class FulfilmentOptions
{
    /// <summary>How long a kit that is ready waits until it is dispatched by itself. Null: not by itself; the organiser sends it.</summary>
    public TimeSpan? DispatchAfter { get; set; }

    /// <summary>How often it is looked for kits that are due, and for those that wait for what has come.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Goods are given out when nobody has come onto a race's roll for so long, or who waits has waited ten times as long: runners are heard of in no particular order,
    /// the more so when Fulfilment has been away.
    /// </summary>
    public TimeSpan SettleTime { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Kits in one transaction, at most.</summary>
    public int BatchSize { get; set; } = 300;

    /// <summary>For demonstrations: pieces of every item and size that a race begins with. 0: the organiser buys them.</summary>
    public int OpeningStock { get; set; }

    /// <summary>The simulated carrier's own.</summary>
    public SimulatedCarrierOptions Carrier { get; set; } = new();
}

/// <summary>Configured under <c>Fulfilment:Carrier</c>.</summary>
public sealed class SimulatedCarrierOptions
{
    /// <summary>What the carrier signs its callbacks with; shared with it. Without it none is taken.</summary>
    public string Secret { get; set; } = "";

    /// <summary>How long a parcel of the simulated carrier is on its way until it says that it has arrived. Null: it never says so.</summary>
    public TimeSpan? TransitTime { get; set; }

    /// <summary>Where the simulated carrier says so: the gateway's address.</summary>
    public Uri? CallbackUrl { get; set; }
}
