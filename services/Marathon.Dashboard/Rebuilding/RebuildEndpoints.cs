using Marathon.Messaging;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;

namespace Marathon.Dashboard.Rebuilding;

/// <summary>How far a rebuild is.</summary>
/// <param name="State"><c>RUNNING</c>, <c>DONE</c> or <c>CANCELLED</c>.</param>
/// <param name="Messages">Read of the log so far.</param>
/// <param name="Of">Read of it by the view that is shown; what the broker has forgotten is read when it is sent again.</param>
/// <param name="Missing">Of how many things less is known yet than the view that is shown knows; left out while the log is read.</param>
internal sealed record RebuildView(long Id, string State, DateTimeOffset RequestedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, long Messages, long Of, long? Missing);

/// <summary>The read model made anew, on an organiser's command.</summary>
internal static class RebuildEndpoints
{
    public static void MapRebuild(this IEndpointRouteBuilder app)
    {
        app.MapPost("/dashboards/rebuild", async (Outbox outbox, NpgsqlDataSource database, CancellationToken cancellationToken) =>
        {
            await using (var work = await outbox.BeginAsync(cancellationToken))
            {
                await using var ask = work.Command("INSERT INTO rebuilds DEFAULT VALUES ON CONFLICT ((true)) WHERE finished_at IS NULL DO NOTHING");
                if (await ask.ExecuteNonQueryAsync(cancellationToken) > 0) work.Note("dashboard-rebuild", "dashboards", Guid.Empty);
                await work.CommitAsync(cancellationToken);
            }
            return TypedResults.Accepted("/dashboards/rebuild", await FindAsync(database, cancellationToken));
        }).WithSummary("Make the read model anew from everything that was ever told. It goes on being shown meanwhile; there is one rebuild at a time.");

        app.MapGet("/dashboards/rebuild", async Task<IResult> (NpgsqlDataSource database, CancellationToken cancellationToken) =>
            await FindAsync(database, cancellationToken) is { } rebuild ? TypedResults.Ok(rebuild) : Problems.NotFound("The read model was never rebuilt."))
            .WithSummary("How far the latest rebuild is.");

        app.MapPost("/dashboards/rebuild/cancel", async Task<IResult> (Outbox outbox, NpgsqlDataSource database, CancellationToken cancellationToken) =>
        {
            await using (var work = await outbox.BeginAsync(cancellationToken))
            {
                await using var cancel = work.Command("UPDATE rebuilds SET finished_at = now(), outcome = 'CANCELLED' WHERE finished_at IS NULL");
                if (await cancel.ExecuteNonQueryAsync(cancellationToken) > 0) work.Note("dashboard-rebuild-cancelled", "dashboards", Guid.Empty);
                await work.CommitAsync(cancellationToken);
            }
            return await FindAsync(database, cancellationToken) is { } rebuild ? TypedResults.Ok(rebuild) : Problems.NotFound("The read model was never rebuilt.");
        }).WithSummary("Give a rebuild up. What is shown stays as it is.");
    }

    private static async Task<RebuildView?> FindAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand(
            "SELECT id, coalesce(outcome, 'RUNNING'), requested_at, started_at, finished_at, messages, of, missing FROM rebuilds ORDER BY id DESC LIMIT 1");
        await using var row = await select.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new RebuildView(row.GetInt64(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2), row.ValueOrNull<DateTimeOffset>(3), row.ValueOrNull<DateTimeOffset>(4),
                row.GetInt64(5), row.GetInt64(6), row.ValueOrNull<long>(7))
            : null;
    }
}
