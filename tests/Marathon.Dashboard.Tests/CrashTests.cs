using Marathon.Testing;

namespace Marathon.Dashboard.Tests;

/// <summary>The database server dies and comes back, and the dashboard lives on.</summary>
public sealed class CrashTests(Servers servers) : DashboardTests(servers)
{
    /// <summary>A commit that had not waited for the disk would be forgotten, with how far was read; and the consumer would read on behind it.</summary>
    [Fact]
    public async Task Events_AmongWhichTheServerDies_AreAllApplied()
    {
        var told = new List<Guid>();
        using var over = new CancellationTokenSource();
        var telling = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                var story = new Story();
                await others.SendAsync(story.Confirmed(), 1);
                told.Add(story.RegistrationId);
            }
        });
        await Eventually.TrueAsync(async () => await dashboard.Database.RowsAsync("SELECT 1 FROM inbox OFFSET 50 LIMIT 1") is ["1"]);

        await Servers.KillAsync(Servers.PostgresName);
        await over.CancelAsync();
        await telling;

        await dashboard.Database.AppliedAsync("registrations", 1, [.. told]);
    }
}
