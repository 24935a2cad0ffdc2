using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Marathon.LocalHosting;

/// <summary>Shows how everything is, as a table on the console and as <c>state.json</c>, whenever it has changed and come to rest.</summary>
internal sealed class StatusBoard(ResourceNotificationService notifications, string file, Action<string> write)
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(0.7);
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private readonly SortedDictionary<int, Line> lines = [];
    private readonly Dictionary<string, int> order = [];

    public void Announce(string id) => order.TryAdd(id, order.Count);

    public async Task RunAsync(CancellationToken ct)
    {
        var changes = notifications.WatchAsync(ct).GetAsyncEnumerator(ct);
        var shown = "";
        try
        {
            var next = changes.MoveNextAsync().AsTask();
            while (await next)
            {
                var since = Stopwatch.StartNew();
                do
                {
                    Take(changes.Current);
                    next = changes.MoveNextAsync().AsTask();
                }
                while (await Task.WhenAny(next, Task.Delay(Rest, ct)) == next && since.Elapsed < Rest * 5 && await next);
                Save();
                var table = Table();
                if (table != shown) write(shown = table);
            }
        }
        catch (OperationCanceledException)
        {
            Save();
        }
    }

    private void Take(ResourceEvent change)
    {
        if (!order.TryGetValue(change.ResourceId, out var place)) return;
        var snapshot = change.Snapshot;
        var pid = snapshot.State?.Text is "Running" or "Stopping"
            ? snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value as int? : null;
        lines[place] = new Line(
            change.ResourceId, change.Resource.Name, snapshot.State?.Text ?? "", snapshot.HealthStatus?.ToString() ?? "", pid,
            snapshot.Urls.FirstOrDefault()?.Url ?? "", snapshot.HealthReports.FirstOrDefault()?.Description);
    }

    private string Table()
    {
        var text = new StringBuilder();
        text.AppendLine().AppendLine(Row("resource", "state", "health", "pid", "address"));
        foreach (var line in lines.Values) text.AppendLine(Row(line.Id, line.State, line.Health, $"{line.Pid}", line.Url));
        return text.ToString();

        static string Row(string id, string state, string health, string pid, string url) =>
            $"  {id,-18} {state,-14} {health,-10} {pid,-8} {url}".TrimEnd();
    }

    private void Save()
    {
        var (next, text) = (file + ".new", JsonSerializer.Serialize(new { HostPid = Environment.ProcessId, UpdatedAt = DateTimeOffset.UtcNow, Resources = lines.Values }, Format));
        Output.TryWrite(() =>
        {
            File.WriteAllText(next, text);
            File.Move(next, file, overwrite: true);
        });
    }

    private sealed record Line(string Id, string Resource, string State, string Health, int? Pid, string Url, string? Problem);
}
