using System.Collections.Concurrent;

namespace Marathon.Chaos;

/// <summary>One request at the gateway and what came of it.</summary>
/// <param name="What">What was asked for: <c>register</c>, <c>cancel</c>, <c>change</c>, <c>read</c>, <c>page</c>.</param>
/// <param name="From">When it was sent.</param>
/// <param name="Until">When it was answered, or given up.</param>
/// <param name="Status">Of the answer; null when there was none: see <paramref name="Failure"/>.</param>
/// <param name="Code">Of the problem.</param>
/// <param name="Number">The registration that the answer speaks of.</param>
/// <param name="Failure">Why there was no answer.</param>
internal sealed record Call(string What, DateTimeOffset From, DateTimeOffset Until, int? Status, string? Code, string? Number, Failure Failure = Failure.None)
{
    /// <summary>How crowded the machine was, of a call that took long.</summary>
    public double Crowding { get; init; }

    public string Kind => Status is null ? Failure.ToString().ToLowerInvariant() : Code is null ? $"{Status}" : $"{Status} {Code}";

    /// <summary>Whether the caller knows now what became of the request.</summary>
    public bool IsDecided => Status is >= 200 and < 500;
}

/// <summary>Why a request got no answer. Refused: nobody listened. Cut: the connection broke. Hung: the caller's patience ended.</summary>
internal enum Failure { None, Refused, Cut, Hung }

/// <summary>Somebody who wants to run: what they asked for, and what they were told. One task at a time speaks for them.</summary>
/// <param name="Person">Nobody else.</param>
/// <param name="Key">Their <c>Idempotency-Key</c>; without one they ask once only.</param>
/// <param name="Token">Of their means of payment.</param>
internal sealed record Runner(Planted Person, string? Key, string? Token)
{
    /// <summary>By it their registrations are found.</summary>
    public string PhoneNo => Person.PhoneNo;

    public const string DeclinedToken = "tok_declined";

    /// <summary>What they were told when they registered, repetitions included.</summary>
    public ConcurrentQueue<Call> Registering { get; init; } = [];

    /// <summary>The same key under another body.</summary>
    public Call? Misused { get; set; }

    public string? Number { get; set; }
    public string? AccessKey { get; set; }

    /// <summary>They asked for their cancellation, whatever they were told.</summary>
    public bool AskedToCancel { get; set; }

    /// <summary>They were told that they are cancelled.</summary>
    public bool ToldCancelled { get; set; }

    /// <summary>What is kept of their money, as they were told with each answer that they are cancelled; null when it did not say.</summary>
    public ConcurrentQueue<int?> ToldKept { get; init; } = [];

    /// <summary>The shirt they were told they get; null when an answer to a change is missing.</summary>
    public string? TopSize { get; set; }

    /// <summary>After 201 they were told that there is no such registration.</summary>
    public bool ToldUnknown { get; set; }

    public bool Was(int status) => Registering.Any(call => call.Status == status);
}

/// <summary>Something that was done to the system.</summary>
/// <param name="Target">The process, or the resource with all its replicas.</param>
/// <param name="Kind">Kill: it comes back by itself. Outage: killed and kept away until <paramref name="Until"/>.</param>
/// <param name="Until">When it was healthy again.</param>
/// <param name="Registered">How many were told 201 while it was away, in an outage.</param>
internal sealed record Fault(string Target, FaultKind Kind, DateTimeOffset From, DateTimeOffset Until, int Registered = 0);

internal enum FaultKind { Kill, Outage }

/// <summary>Everything that the rules are checked on.</summary>
/// <param name="Databases">By service.</param>
/// <param name="Log">What the broker still has.</param>
/// <param name="Written">The files into which the processes wrote their logs.</param>
/// <param name="Sent">What the provider of messages has taken by now.</param>
internal sealed record Evidence(
    IReadOnlyDictionary<string, Npgsql.NpgsqlDataSource> Databases, IReadOnlyCollection<Runner> Runners, IReadOnlyCollection<Call> Calls, IReadOnlyCollection<Fault> Faults,
    Testing.BrokerLog Log, IReadOnlyCollection<string> Written, Func<IReadOnlyList<Solapi.TakenMessage>> Sent);
