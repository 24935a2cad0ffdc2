using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Marathon.Messaging;

/// <summary>Who did what, when and from where.</summary>
public sealed record AuditEntry(long Id, DateTimeOffset At, string Actor, string Role, string Network, string Action, string? Stream, Guid? AggregateId, int? Version);

/// <summary>What somebody did.</summary>
internal readonly record struct Deed(string Action, string? Stream = null, Guid? AggregateId = null, int? Version = null);

/// <summary>
/// The record of what people did, beside the data and in the transaction that changed them. Written by <see cref="UnitOfWork"/>: whoever publishes an event
/// in a request from outside is in it, and whoever does something there that no event tells (<see cref="UnitOfWork.Note(string, string, Guid)"/>). A registration is not: it is its own record of being made, and 50,000 in a minute need no second.
/// </summary>
internal static class Audit
{
    public static async Task WriteAsync(UnitOfWork work, Actor actor, IReadOnlyList<Deed> deeds, CancellationToken cancellationToken)
    {
        await using var insert = work.Command("""
            INSERT INTO audit (actor, role, network, action, stream, aggregate_id, version)
            SELECT $1, $2, $3, * FROM unnest($4::text[], $5::text[], $6::uuid[], $7::int[])
            """,
            actor.Name, actor.Role, actor.Network, deeds.Select(deed => deed.Action).ToArray(),
            Column(deeds.Select(deed => deed.Stream).ToArray(), NpgsqlDbType.Text), Column(deeds.Select(deed => deed.AggregateId).ToArray(), NpgsqlDbType.Uuid),
            Column(deeds.Select(deed => deed.Version).ToArray(), NpgsqlDbType.Integer));
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The latest first; of one aggregate, and of one actor, where they are given.</summary>
    public static async Task<(IReadOnlyList<AuditEntry> Items, long Total)> ListAsync(
        NpgsqlDataSource database, Guid? aggregateId, string? actor, int page, int size, CancellationToken cancellationToken)
    {
        const string Chosen = "FROM audit WHERE ($1::uuid IS NULL OR aggregate_id = $1) AND ($2::text IS NULL OR actor = $2)";
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Command($"SELECT id, at, actor, role, network, action, stream, aggregate_id, version {Chosen} ORDER BY id DESC LIMIT $3 OFFSET $4",
            new() { Value = size }, new() { Value = (page - 1) * size }));
        // On its own: a page beyond the last has a total, too.
        batch.BatchCommands.Add(Command($"SELECT count(*) {Chosen}"));
        await using var rows = await batch.ExecuteSearchAsync(cancellationToken);
        var entries = new List<AuditEntry>();
        while (await rows.ReadAsync(cancellationToken))
            entries.Add(new AuditEntry(rows.GetInt64(0), rows.GetFieldValue<DateTimeOffset>(1), rows.GetString(2), rows.GetString(3), rows.GetString(4), rows.GetString(5),
                rows.IsDBNull(6) ? null : rows.GetString(6), rows.IsDBNull(7) ? null : rows.GetGuid(7), rows.IsDBNull(8) ? null : rows.GetInt32(8)));
        await rows.NextResultAsync(cancellationToken);
        await rows.ReadAsync(cancellationToken);
        return (entries, rows.GetInt64(0));

        NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<NpgsqlParameter> further)
        {
            var command = new NpgsqlBatchCommand(sql)
            {
                Parameters =
                {
                    new() { Value = (object?)aggregateId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid }, new() { Value = (object?)actor ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                },
            };
            foreach (var parameter in further) command.Parameters.Add(parameter);
            return command;
        }
    }

    private static NpgsqlParameter Column(object values, NpgsqlDbType type) => new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | type };
}
