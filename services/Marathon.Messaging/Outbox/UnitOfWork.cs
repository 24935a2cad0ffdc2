using System.Diagnostics;
using Marathon.Contracts;
using Marathon.ServiceDefaults.Http;
using Npgsql;

namespace Marathon.Messaging;

/// <summary>
/// One database transaction and the events that it makes true. The events are inserted last, when every aggregate's row lock is held, as the
/// order of the outbox demands; after the commit the relay is woken.
/// </summary>
public sealed class UnitOfWork : IAsyncDisposable
{
    // Not taken from the transaction, which will not name it any more once the server has gone away.
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlTransaction transaction;
    private readonly OutboxSignal signal;
    private readonly TimeProvider time;
    private readonly List<OutboxRow> events = [];
    private readonly List<Deed> deeds = [];
    private HashSet<Action>? followers;

    private UnitOfWork(NpgsqlConnection connection, NpgsqlTransaction transaction, OutboxSignal signal, TimeProvider time) =>
        (this.connection, this.transaction, this.signal, this.time) = (connection, transaction, signal, time);

    internal static async Task<UnitOfWork> BeginAsync(NpgsqlDataSource database, OutboxSignal signal, TimeProvider time, CancellationToken cancellationToken)
    {
        var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            return new UnitOfWork(connection, await connection.BeginTransactionAsync(cancellationToken), signal, time);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// A command inside the transaction, with positional parameters <c>$1, $2 …</c>. A single array of strings must be cast to
    /// <see cref="object"/>: it would be taken for the list of parameters.
    /// </summary>
    public NpgsqlCommand Command(string sql, params ReadOnlySpan<object> parameters)
    {
        var command = new NpgsqlCommand(sql, connection, transaction);
        foreach (var parameter in parameters) command.Parameters.Add(parameter as NpgsqlParameter ?? new NpgsqlParameter { Value = parameter });
        return command;
    }

    /// <summary>
    /// Tells <paramref name="integrationEvent"/> when the transaction commits. <paramref name="version"/> counts the events of the aggregate
    /// in this stream: 1, 2, 3 …, taken from its row under its lock. <paramref name="traceParent"/> names what caused it, when that is not the
    /// current activity.
    /// </summary>
    public void Publish(IntegrationEvent integrationEvent, int version, string? traceParent = null) =>
        events.Add(new OutboxRow(integrationEvent.AggregateId, version, integrationEvent.GetType(),
            EventCatalog.Serialize(integrationEvent), traceParent ?? Activity.Current?.Id));

    /// <summary>Has <paramref name="follow"/> called after the commit, once however often this was asked for; it must not throw. Not called when there is none.</summary>
    public void WhenCommitted(Action follow) => (followers ??= []).Add(follow);

    /// <summary>For the audit: what somebody does that no event tells.</summary>
    internal void Note(Deed deed) => deeds.Add(deed);

    /// <summary>The same, of an aggregate.</summary>
    public void Note(string action, string stream, Guid aggregateId) => Note(new Deed(action, stream, aggregateId));

    /// <summary>Does <paramref name="part"/> of the work, and undoes that part alone when it throws.</summary>
    internal async Task PartAsync(Func<Task> part, CancellationToken cancellationToken)
    {
        const string Savepoint = "part";
        var told = events.Count;
        await transaction.SaveAsync(Savepoint, cancellationToken);
        try
        {
            await part();
            await transaction.ReleaseAsync(Savepoint, cancellationToken);
        }
        catch
        {
            events.RemoveRange(told, events.Count - told);
            // Where the connection is gone, so is the part, and the caller hears of the first failure.
            if (connection.State == System.Data.ConnectionState.Open)
            {
                await transaction.RollbackAsync(Savepoint, CancellationToken.None);
                // A savepoint outlives the return to it: hundreds of failures would each be nested in the one before.
                await transaction.ReleaseAsync(Savepoint, CancellationToken.None);
            }
            throw;
        }
    }

    /// <summary>Inserts the events, commits, and wakes the relay.</summary>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        if (events.Count > 0) await InsertAsync(cancellationToken);
        if (Actor.Current is { } actor && events.Count + deeds.Count > 0)
            await Audit.WriteAsync(this, actor, [.. deeds, .. events.Select(row => new Deed(EventCatalog.Name(row.Type), EventCatalog.Stream(row.Type), row.AggregateId, row.Version))], cancellationToken);
        Failpoint.Hit("work.inserted");
        await transaction.CommitAsync(cancellationToken);
        Failpoint.Hit("work.committed");
        if (events.Count > 0) signal.Wake(events.Count);
        foreach (var follow in followers ?? []) follow();
    }

    /// <summary>Rolls back what was not committed.</summary>
    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    private async Task InsertAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var insert = Command("""
            INSERT INTO outbox (shard, stream, aggregate_id, version, type, payload, trace_parent, occurred_at)
            SELECT shard, stream, aggregate_id, version, type, payload, trace_parent, $8
            FROM unnest($1::smallint[], $2::text[], $3::uuid[], $4::int[], $5::text[], $6::bytea[], $7::text[])
              WITH ORDINALITY AS event (shard, stream, aggregate_id, version, type, payload, trace_parent, place)
            ORDER BY place
            """,
            events.ConvertAll(row => OutboxShards.Of(row.AggregateId)).ToArray(),
            events.ConvertAll(row => EventCatalog.Stream(row.Type)).ToArray(),
            events.ConvertAll(row => row.AggregateId).ToArray(),
            events.ConvertAll(row => row.Version).ToArray(),
            events.ConvertAll(row => EventCatalog.Name(row.Type)).ToArray(),
            events.ConvertAll(row => row.Payload).ToArray(),
            events.ConvertAll(row => row.TraceParent).ToArray(),
            now);
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    private readonly record struct OutboxRow(Guid AggregateId, int Version, Type Type, byte[] Payload, string? TraceParent);
}

/// <summary>Begins units of work on the service's database.</summary>
public sealed class Outbox(NpgsqlDataSource database, OutboxSignal signal, TimeProvider time)
{
    /// <summary>A new transaction, in which events may be published.</summary>
    public Task<UnitOfWork> BeginAsync(CancellationToken cancellationToken) => UnitOfWork.BeginAsync(database, signal, time, cancellationToken);
}
