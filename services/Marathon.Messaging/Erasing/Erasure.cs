using Marathon.Contracts;
using Npgsql;

namespace Marathon.Messaging;

/// <summary>What a service still keeps of a person.</summary>
/// <param name="RegistrationId">Of which registration.</param>
/// <param name="ErasedAt">When this service erased them; null when it has not.</param>
/// <param name="Remaining">Rows, stored events among them, in which something personal is found now.</param>
public sealed record ErasureReport(Guid RegistrationId, DateTimeOffset? ErasedAt, long Remaining);

/// <summary>
/// Takes a person out of a service's database: out of its <see cref="PersonalData"/>, out of the events it has told, which may be sent again, and out of
/// those it has put aside.
/// </summary>
public sealed class Erasure(IEnumerable<PersonalData> kept, NpgsqlDataSource database, TimeProvider time)
{
    // A registration's events have its id in every stream. By stream, since that is how parked events are indexed.
    private const string Told = "SELECT aggregate_id, seq, payload FROM outbox WHERE aggregate_id = ANY ($1)";
    private const string Parked = "SELECT aggregate_id, id, payload FROM parked_events WHERE stream = ANY ($2) AND aggregate_id = ANY ($1)";

    /// <summary>Erases the persons of these registrations, as far as this database is concerned. To do it again changes nothing.</summary>
    public async Task EraseAsync(UnitOfWork work, IReadOnlyCollection<Guid> registrations, CancellationToken cancellationToken)
    {
        var ids = registrations.ToArray();
        foreach (var data in kept)
        {
            // left: what is null stays null.
            await using var empty = work.Command($"UPDATE {data.Table} SET {string.Join(", ", data.Columns.Select(column => $"{column} = left({column}, 0)"))} WHERE {data.Where}", ids);
            await empty.ExecuteNonQueryAsync(cancellationToken);
        }
        await RedactAsync(work, work.Command(Told, ids), "UPDATE outbox SET payload = redacted.payload FROM {0} WHERE (outbox.aggregate_id, outbox.seq) = (redacted.aggregate_id, redacted.place)", cancellationToken);
        await RedactAsync(work, work.Command(Parked, ids, EventCatalog.Streams.ToArray()), "UPDATE parked_events SET payload = redacted.payload FROM {0} WHERE id = redacted.place", cancellationToken);
        // A handler's error may quote what it could not write.
        await using (var errors = work.Command("UPDATE parked_events SET error = 'erased' WHERE stream = ANY ($2) AND aggregate_id = ANY ($1) AND error IS NOT NULL", ids, EventCatalog.Streams.ToArray()))
            await errors.ExecuteNonQueryAsync(cancellationToken);
        await using var note = work.Command("""
            INSERT INTO erasures (registration_id, at) SELECT *, $2 FROM unnest($1::uuid[]) ON CONFLICT (registration_id) DO UPDATE SET at = excluded.at
            """, ids, time.GetUtcNow().UtcDateTime);
        await note.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Looks what is there, whatever was noted: this is the proof.</summary>
    public async Task<ErasureReport> ReportAsync(Guid registration, CancellationToken cancellationToken)
    {
        Guid[] ids = [registration];
        var remaining = 0L;
        foreach (var data in kept)
        {
            await using var count = Select($"SELECT count(*) FROM {data.Table} WHERE {data.Where} AND concat({string.Join(", ", data.Columns)}) <> ''", ids);
            remaining += (long)(await count.ExecuteScalarAsync(cancellationToken))!;
        }
        await using (var told = Select(Told, ids)) remaining += (await FindAsync(told, cancellationToken)).Count;
        await using (var parked = Select(Parked, ids, EventCatalog.Streams.ToArray())) remaining += (await FindAsync(parked, cancellationToken)).Count;
        await using var noted = Select("SELECT at FROM erasures WHERE registration_id = ANY ($1)", ids);
        return new ErasureReport(registration, await noted.ExecuteScalarAsync(cancellationToken) is DateTime at ? at : null, remaining);
    }

    private static async Task RedactAsync(UnitOfWork work, NpgsqlCommand select, string update, CancellationToken cancellationToken)
    {
        List<Personal> found;
        await using (select) found = await FindAsync(select, cancellationToken);
        if (found.Count == 0) return;
        await using var write = work.Command(
            string.Format(System.Globalization.CultureInfo.InvariantCulture, update, "unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS redacted (aggregate_id, place, payload)"),
            found.ConvertAll(personal => personal.AggregateId).ToArray(), found.ConvertAll(personal => personal.Place).ToArray(), found.ConvertAll(personal => personal.Redacted).ToArray());
        await write.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The stored events with something personal in them, as they are without it.</summary>
    private static async Task<List<Personal>> FindAsync(NpgsqlCommand select, CancellationToken cancellationToken)
    {
        var found = new List<Personal>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            if (Redaction.TryRedact(rows.GetFieldValue<byte[]>(2), out var redacted)) found.Add(new Personal(rows.GetGuid(0), rows.GetInt64(1), redacted));
        return found;
    }

    private NpgsqlCommand Select(string sql, params object[] parameters)
    {
        var command = database.CreateCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(new() { Value = parameter });
        return command;
    }

    private readonly record struct Personal(Guid AggregateId, long Place, byte[] Redacted);
}

/// <summary>What a service does when it hears that a person was erased, where emptying its <see cref="PersonalData"/> is all.</summary>
public sealed class OnErasure(Erasure erasure) : IHandle<RegistrationErased>, IHandle<MessagesErased>
{
    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<RegistrationErased>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        erasure.EraseAsync(work, [.. events.Select(heard => heard.Event.RegistrationId)], cancellationToken);

    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<MessagesErased>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        erasure.EraseAsync(work, [.. events.Select(heard => heard.Event.RegistrationId)], cancellationToken);
}
