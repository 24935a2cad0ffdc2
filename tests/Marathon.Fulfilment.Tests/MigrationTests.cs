using System.Security.Cryptography;
using System.Text;
using Marathon.Testing;
using Npgsql;

namespace Marathon.Fulfilment.Tests;

/// <summary>A database from before stock was kept, with runners, brought up to date.</summary>
public sealed class MigrationTests(Servers servers) : IClassFixture<Servers>
{
    private readonly Story waits = new(Guid.CreateVersion7()) { Name = "Kim Waits" };

    [Fact]
    public async Task Stock_OnADatabaseWithRunners_KeepsTheirBibsAndKits()
    {
        var (sent, gone, comes) = (new Story(waits.RaceId), new Story(waits.RaceId), new Story(waits.RaceId));
        var database = await servers.CreateDatabaseAsync();
        await BeforeStockAsync(database, (waits, "RECEIVED", null), (sent, "DISPATCHED", "000000000001"), (gone, "CANCELLED", null));

        await using var fulfilment = FulfilmentService.Start(servers, database);
        var registration = servers.Others;
        await fulfilment.ConfirmAsync(registration, "RECEIVED", comes);
        Assert.Equal([1, 2, 3, 1001], await fulfilment.BibsAsync(waits.RaceId));

        // One that left before there was a ledger comes back, and waits as the others do.
        await fulfilment.StepAsync(sent, "returned");
        Assert.Equal("RECEIVED", await fulfilment.StatusAsync(sent));
        foreach (var (item, size) in new[] { ("TOP", "M"), ("BOTTOM", "L") }) await fulfilment.StockAsync(waits.RaceId, item, size, 3);
        foreach (var story in new[] { waits, sent, comes }) await fulfilment.BecomesAsync(story, "READY");
        await fulfilment.DispatchAsync();

        Assert.Equal("DISPATCHED", await fulfilment.StatusAsync(waits));
        Assert.Equal(["2"], await fulfilment.Database.RowsAsync("SELECT parcels FROM deliveries WHERE registration_id = $1", sent.RegistrationId));
        Assert.Equal("0 0 3 0", await fulfilment.LevelAsync(waits.RaceId, "TOP", "M"));
    }

    private static async Task BeforeStockAsync(string database, params (Story Story, string Status, string? TrackingNumber)[] kits)
    {
        const string Script = "0001_roll_and_deliveries.sql";
        var assembly = typeof(Program).Assembly;
        using var reader = new StreamReader(assembly.GetManifestResourceStream(assembly.GetManifestResourceNames().Single(name => name.EndsWith(Script, StringComparison.Ordinal)))!, Encoding.UTF8);
        var sql = await reader.ReadToEndAsync();
        await using var before = NpgsqlDataSource.Create(database);
        await before.ExecuteAsync(sql);
        await before.ExecuteAsync("CREATE TABLE schema_migrations (set_name text NOT NULL, script text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (set_name, script))");
        await before.ExecuteAsync("INSERT INTO schema_migrations (set_name, script, checksum) VALUES ('Marathon.Fulfilment', $1, $2)",
            Script, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql.ReplaceLineEndings("\n")))));
        await before.ExecuteAsync("INSERT INTO races VALUES ($1, 'Seoul Marathon', $2)", kits[0].Story.RaceId, kits.Length);
        foreach (var (i, (story, status, number)) in kits.Index())
        {
            await before.ExecuteAsync("INSERT INTO register_masters VALUES ($1, $2, $3, $4, $5, '10K', $6, $7, $8, $9, $10, now(), NULL)",
                story.RegistrationId, story.Number, story.RaceId, i + 1, story.DivisionId, story.Name, story.PhoneNo, story.Address, story.TopSize, story.BottomSize);
            await before.ExecuteAsync("INSERT INTO deliveries VALUES ($1, $2, $3, now(), $4, $5, $6, $7, $8, CASE WHEN $9 <> '' THEN 'Hanbit Parcel' END, nullif($9, ''), 2)",
                story.RegistrationId, story.Number, status, story.Name, story.PhoneNo, story.Address, story.TopSize, story.BottomSize, number ?? "");
        }
    }
}
