using Marathon.Messaging;

namespace Marathon.Fulfilment.Adapters.Postgres;

/// <summary>The keys under which requests are done once.</summary>
internal static class RequestKeys
{
    /// <summary>Of the advisory locks, one for each key: "KEYS".</summary>
    private const int LockSpace = 0x4B455953;

    /// <summary>Nobody else looks for what was done under the key until the transaction ends. The lock of a race keeps only those apart who ask for the same race.</summary>
    public static async Task LockAsync(string requestKey, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var alone = work.Command("SELECT pg_advisory_xact_lock($1, hashtext($2))", LockSpace, requestKey);
        await alone.ExecuteNonQueryAsync(cancellationToken);
    }
}
