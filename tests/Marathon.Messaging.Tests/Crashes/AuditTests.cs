using Marathon.Testing;
using Npgsql;

namespace Marathon.Messaging.Tests.Crashes;

/// <summary>The checker finds what it is there to find.</summary>
[Collection(nameof(Servers))]
public sealed class AuditTests(Servers servers) : IAsyncLifetime
{
    private const uint Run = 0xABCDEF01;
    private static readonly Guid One = new("abcdef01-0000-0000-0000-000000000001"), Two = new("abcdef01-0000-0000-0000-000000000002");

    private NpgsqlDataSource database = null!;

    public async Task InitializeAsync()
    {
        database = NpgsqlDataSource.Create(await servers.CreateDatabaseAsync());
        await database.ExecuteAsync("""
            CREATE TABLE outbox (seq bigserial, stream text, aggregate_id uuid, version int);
            CREATE TABLE effects (place bigserial, stream text, aggregate_id uuid, version int);
            CREATE TABLE inbox (stream text, aggregate_id uuid, version int);
            CREATE TABLE parked_events (stream text, aggregate_id uuid, version int, state text);
            """);
        foreach (var table in (string[])["outbox", "effects"])
            await database.ExecuteAsync($"INSERT INTO {table} (stream, aggregate_id, version) SELECT 'payments', id, version FROM generate_series(1, 4) AS version, unnest($1::uuid[]) AS id ORDER BY version", new[] { One, Two });
        await database.ExecuteAsync("INSERT INTO inbox SELECT 'payments', id, 4 FROM unnest($1::uuid[]) AS id", new[] { One, Two });
    }

    public async Task DisposeAsync() => await database.DisposeAsync();

    private Task<Audit> AuditAsync() => Audit.OfAsync(database, database, "payments", Run);

    [Fact]
    public async Task Audit_WhenAllIsWell_IsClean() => Assert.Equal(new Audit("payments", 8, 8, 0, 0, 0, 0, 0, 0), await AuditAsync());

    [Fact]
    public async Task Audit_WhenAnEffectIsMissing_FindsItLost()
    {
        await database.ExecuteAsync("DELETE FROM effects WHERE aggregate_id = $1 AND version = 2", One);
        Assert.Equal(new Audit("payments", 8, 7, 1, 0, 0, 0, 0, 0), await AuditAsync());
    }

    [Fact]
    public async Task Audit_WhenAnEffectIsThereTwice_FindsItDoubled()
    {
        await database.ExecuteAsync("INSERT INTO effects (stream, aggregate_id, version) VALUES ('payments', $1, 3)", One);
        Assert.Equal(new Audit("payments", 8, 9, 0, 1, 0, 0, 0, 0), await AuditAsync());
    }

    [Fact]
    public async Task Audit_WhenTwoEffectsAreSwapped_FindsThemOutOfOrder()
    {
        await database.ExecuteAsync("UPDATE effects SET version = 5 - version WHERE aggregate_id = $1 AND version IN (2, 3)", One);
        Assert.Equal(new Audit("payments", 8, 8, 0, 0, 1, 0, 0, 0), await AuditAsync());
    }

    [Fact]
    public async Task Audit_WhenTheOutboxHasAGap_FindsItMistold()
    {
        await database.ExecuteAsync("DELETE FROM outbox WHERE aggregate_id = $1 AND version = 2", Two);
        Assert.Equal(1, (await AuditAsync()).Mistold);
    }

    [Fact]
    public async Task Audit_WhenAnEventIsParked_OrTheInboxIsWrong_SaysSo()
    {
        await database.ExecuteAsync("INSERT INTO parked_events VALUES ('payments', $1, 5, 'waiting'); UPDATE inbox SET version = 3 WHERE aggregate_id = $1".Replace("$1", $"'{One}'", StringComparison.Ordinal));
        var audit = await AuditAsync();
        Assert.Equal((1, 1), (audit.Parked, audit.Misremembered));
    }

    [Fact]
    public async Task Audit_WhenSomethingWasAppliedThatNobodyTold_FindsIt()
    {
        await database.ExecuteAsync("INSERT INTO effects (stream, aggregate_id, version) VALUES ('payments', $1, 5)", Two);
        Assert.False((await AuditAsync()).IsClean);
    }
}
