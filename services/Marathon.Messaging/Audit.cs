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
            deeds.Select(deed => deed.Stream).ToArray(), deeds.Select(deed => deed.AggregateId).ToArray(), deeds.Select(deed => deed.Version).ToArray());
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The latest first; of one aggregate, and of one actor, where they are given.</summary>
    public static Task<PageOf<AuditEntry>> PageAsync(NpgsqlDataSource database, Guid? aggregateId, string? actor, PageQuery page, CancellationToken cancellationToken) => database.PageAsync(
        "id, at, actor, role, network, action, stream, aggregate_id, version",
        "FROM audit WHERE ($1::uuid IS NULL OR aggregate_id = $1) AND ($2::text IS NULL OR actor = $2)", "id DESC",
        [Rows.OrNull(aggregateId, NpgsqlDbType.Uuid), Rows.OrNull(actor, NpgsqlDbType.Text)], page,
        rows => new AuditEntry(
            rows.GetInt64(0), rows.GetFieldValue<DateTimeOffset>(1), rows.GetString(2), rows.GetString(3), rows.GetString(4), rows.GetString(5),
            rows.TextOrNull(6), rows.ValueOrNull<Guid>(7), rows.ValueOrNull<int>(8)),
        cancellationToken);
}
