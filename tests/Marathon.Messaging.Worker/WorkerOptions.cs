namespace Marathon.Messaging.Worker;

/// <summary>What a worker does; configured under <c>Worker</c>.</summary>
public sealed class WorkerOptions
{
    /// <summary>Its name as a service: source of its events and name of its consumer group.</summary>
    public string Name { get; set; } = "worker";

    /// <summary>The first four bytes of the ids of this run's things. A broker may hold the events of other runs: they are heard and have no effect.</summary>
    public uint Run { get; set; }

    /// <summary>Writers at once; none: this worker tells nothing by itself.</summary>
    public int Writers { get; set; }

    /// <summary>Number of the first writer: replicas on one database take different ones.</summary>
    public int FirstWriter { get; set; }

    /// <summary>Writers of all replicas together, if not only those of this one: what is planned is shared out to them.</summary>
    public int AllWriters { get; set; }

    /// <summary>Things told of. Few of them: much waiting for locks.</summary>
    public int Things { get; set; } = 40;

    /// <summary>Events to commit, over all lives of this worker, until the row in the table <c>plan</c> is given a higher number.</summary>
    public long Events { get; set; }

    /// <summary>Events per second, at most; 0: as many as there can be.</summary>
    public int Rate { get; set; }

    /// <summary>Transactions in a hundred that are rolled back at their end.</summary>
    public int RolledBack { get; set; } = 5;

    /// <summary>Transactions in a thousand that stay open for <see cref="HoldFor"/>, half of them before they win the thing's lock and half after.</summary>
    public int Held { get; set; } = 10;

    /// <summary>How long those stay open.</summary>
    public TimeSpan HoldFor { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Hears <c>payments</c>, notes each, and tells of a delivery in the same transaction.</summary>
    public bool Follows { get; set; }

    /// <summary>Hears <c>deliveries</c> and notes each.</summary>
    public bool Hears { get; set; }

    /// <summary>Looks into the table <c>poison</c> before it applies anything.</summary>
    public bool IsPoisonable { get; set; }
}
