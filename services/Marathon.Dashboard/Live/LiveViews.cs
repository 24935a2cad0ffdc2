using System.Collections.Concurrent;
using System.Text.Json;
using Marathon.ServiceDefaults;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Postgres;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Marathon.Dashboard.Live;

/// <summary>
/// Tells those who have a page open what has changed. However many they are, the database is asked once for all of them: which registrations have changed, in
/// whichever replica, and how those of them look that somebody here is looking at. Nobody listens, nothing is asked.
/// </summary>
internal sealed class LiveViews(NpgsqlDataSource database, Changes changes, IServiceScopeFactory scopes, TimeProvider time, ILogger<LiveViews> logger) : BackgroundService
{
    /// <summary>Other replicas' changes wake nobody here. And between two looks changes gather.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200), Rest = TimeSpan.FromMilliseconds(40), RetryDelay = TimeSpan.FromMilliseconds(500);

    /// <summary>Less than proxies wait for.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(15);

    /// <summary>Whoever has not looked for so long may have missed what is forgotten by now: see <see cref="Digest"/>.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private const int Portion = 500;

    private readonly ConcurrentDictionary<Guid, HashSet<Listener>> ofRegistration = [], ofRace = [];
    private readonly ConcurrentDictionary<Listener, byte> ofAll = [];
    private readonly ConcurrentQueue<Guid> wanted = [];
    private readonly ConcurrentQueue<Listener> newcomers = [];
    private readonly SemaphoreSlim arrived = new(0);

    /// <summary>How many listen.</summary>
    public int Count => ofAll.Count + ofRegistration.Values.Sum(listeners => listeners.Count);

    /// <summary>The page of one registration: as it is now, and whenever it, or its race, has changed.</summary>
    public Listener Listen(Guid registrationId, Guid? raceId)
    {
        var listener = new Listener(left =>
        {
            Leave(ofRegistration, registrationId, left);
            if (raceId is { } race) Leave(ofRace, race, left);
        }, registrationId);
        Enter(ofRegistration, registrationId, listener);
        if (raceId is { } race) Enter(ofRace, race, listener);
        wanted.Enqueue(registrationId);
        Arrive();
        return listener;
    }

    private static void Enter(ConcurrentDictionary<Guid, HashSet<Listener>> all, Guid id, Listener listener)
    {
        lock (all) all.GetOrAdd(id, _ => []).Add(listener);
    }

    private static void Leave(ConcurrentDictionary<Guid, HashSet<Listener>> all, Guid id, Listener listener)
    {
        lock (all)
            if (all.TryGetValue(id, out var others) && others.Remove(listener) && others.Count == 0) all.TryRemove(id, out _);
    }

    /// <summary>Of when lists and sums are, and whenever they have changed.</summary>
    public Listener Listen()
    {
        var listener = new Listener(left => ofAll.TryRemove(left, out _));
        ofAll[listener] = 0;
        newcomers.Enqueue(listener);
        Arrive();
        return listener;
    }

    private void Arrive()
    {
        if (arrived.CurrentCount == 0) arrived.Release();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (seen, seenAt, view, digested, beat) = ((string?)null, 0L, 0u, DateTimeOffset.MinValue, time.GetTimestamp());
        // Whoever is there may have missed something.
        var all = false;
        var arrival = arrived.WaitAsync(stoppingToken);
        await new Rounds(time, Rest: TimeSpan.Zero) { RestAfterFailure = RetryDelay }.RunAsync(LookAsync, Failed, stoppingToken);

        async Task LookAsync(CancellationToken cancellationToken)
        {
            if (ofAll.IsEmpty && ofRegistration.IsEmpty)
            {
                seen = null;
                await arrival.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                arrival = arrived.WaitAsync(cancellationToken);
                return;
            }
            var next = changes.Next;
            if (time.GetElapsedTime(seenAt) > Longest && seen is not null) (seen, all) = (null, true);
            var (snap, shownView, at, ids) = await ChangedAsync(seen, cancellationToken);
            // A view that was rebuilt has heard of some changes before, and notes them under that time.
            if (shownView != view && view != 0) all = true;
            view = shownView;
            (seen, seenAt) = (snap, time.GetTimestamp());
            var shown = all ? ofRegistration.Keys.ToHashSet() : ids.Where(ofRegistration.ContainsKey).Concat(ids.SelectMany(OfRace)).ToHashSet();
            while (wanted.TryDequeue(out var id)) shown.Add(id);
            foreach (var portion in shown.Chunk(Portion)) await ShowAsync(portion, cancellationToken);
            all = false;
            var frame = Encode("changed", $"{at.UtcTicks}", new { asOf = at });
            if (at != digested) Offer(ofAll.Keys, frame);
            digested = at;
            // Whoever comes, or comes back, may have missed something while they were on their way.
            while (newcomers.TryDequeue(out var newcomer)) newcomer.Offer(frame);
            if (time.GetElapsedTime(beat) > Beat)
            {
                beat = time.GetTimestamp();
                foreach (var listener in ofAll.Keys) listener.Wake();
                lock (ofRegistration)
                    foreach (var listener in ofRegistration.Values.SelectMany(listeners => listeners)) listener.Wake();
            }
            await Task.Delay(Rest, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.WhenAny(next, arrival, Task.Delay(Poll, time, cancellationToken));
            if (arrival.IsCompleted) arrival = arrived.WaitAsync(cancellationToken);
        }

        void Failed(Exception exception)
        {
            logger.LogWarning("Changes are looked for again: {Reason}", Rounds.Reason(exception));
            all = true;
        }
    }

    /// <summary>The registrations of the race that have a page open here; none when it is no race's id.</summary>
    private Guid[] OfRace(Guid id)
    {
        if (!ofRace.ContainsKey(id)) return [];
        lock (ofRace) return ofRace.TryGetValue(id, out var listeners) ? [.. listeners.Select(listener => listener.RegistrationId!.Value)] : [];
    }

    /// <summary>What has changed since <paramref name="seen"/>, registrations and races; nothing when that is null: then what is read afterwards is as new as that.</summary>
    private async Task<(string Snap, uint View, DateTimeOffset Digested, Guid[] Ids)> ChangedAsync(string? seen, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand("""
            SELECT pg_current_snapshot()::text, 'changed'::regclass::oid, (SELECT at FROM digested), ARRAY (
              SELECT DISTINCT id FROM changed, unnest(ids) AS id
              WHERE $1::pg_snapshot IS NOT NULL AND xid >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $1::pg_snapshot))
            """);
        select.Parameters.Add(Rows.OrNull(seen, NpgsqlDbType.Text));
        await using var row = await select.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return (row.GetString(0), row.GetFieldValue<uint>(1), row.GetFieldValue<DateTimeOffset>(2), row.GetFieldValue<Guid[]>(3));
    }

    private async Task ShowAsync(Guid[] ids, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var rows = await scope.ServiceProvider.GetRequiredService<DashboardDb>().Registrations.AsNoTracking().Where(row => ids.Contains(row.RegistrationId))
            .Include(row => row.Messages.OrderBy(message => message.Version)).OrderBy(row => row.RegistrationId).AsSingleQuery().ToListAsync(cancellationToken);
        foreach (var row in rows)
        {
            Listener[] listeners;
            lock (ofRegistration) listeners = ofRegistration.TryGetValue(row.RegistrationId, out var all) ? [.. all] : [];
            if (listeners.Length == 0) continue;
            var page = MyPageView.Of(row);
            Offer(listeners, Encode("page", page.Version, page));
        }
    }

    private static void Offer(IEnumerable<Listener> listeners, Frame frame)
    {
        foreach (var listener in listeners) listener.Offer(frame);
    }

    private static Frame Encode<T>(string name, string id, T data)
    {
        using var bytes = new MemoryStream();
        bytes.Write(System.Text.Encoding.UTF8.GetBytes($"event: {name}\nid: {id}\ndata: "));
        JsonSerializer.Serialize(bytes, data, MarathonJson.Options);
        bytes.Write("\n\n"u8);
        return new Frame(id, bytes.ToArray());
    }

    public override void Dispose()
    {
        arrived.Dispose();
        base.Dispose();
    }
}
