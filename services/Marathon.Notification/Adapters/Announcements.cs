using System.Globalization;
using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.Notification.Application;
using Marathon.Notification.Domain;
using Marathon.ServiceDefaults;
using Marathon.ServiceDefaults.Postgres;
using NpgsqlTypes;

namespace Marathon.Notification.Adapters;

/// <summary>
/// What is told to everybody who was registered for a race when it happened. Noted in the transaction that hears of it; a worker then goes through all contacts. Whose
/// confirmation is heard of afterwards, though it was before, is told by it. Either makes the same message, which is queued once.
/// </summary>
public sealed class Announcements(IMessages messages) : IHandle<RaceScheduled>, IHandle<RaceChanged>, IHandle<RaceSuspended>, IHandle<RaceResumed>
{
    /// <summary>The advisory lock that an announcement has alone and confirmations share, so that each confirmation is either there before or hears of it: "RACE".</summary>
    private const long RaceLock = 0x52414345;

    private const int Contacts = 5000;

    /// <summary>Who was registered at the time of an announcement.</summary>
    private const string Recipients = """
        contact.race_id = announcement.race_id AND contact.confirmed_at <= announcement.at AND (contact.ended_at IS NULL OR contact.ended_at > announcement.at)
        """;

    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<RaceScheduled>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        NameAsync(events, race => race.Name, work, cancellationToken);

    /// <inheritdoc/>
    public async Task HandleAsync(IReadOnlyList<Received<RaceChanged>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        await NameAsync(events, race => race.Name, work, cancellationToken);
        if (events.Where(changed => changed.Event.IsMoved).ToList() is { Count: > 0 } moved)
            await AnnounceAsync(moved, MessageKind.RaceMoved, work, cancellationToken, race => race.Date, race => race.Place);
    }

    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<RaceSuspended>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        AnnounceAsync(events, MessageKind.RaceSuspended, work, cancellationToken);

    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<RaceResumed>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        AnnounceAsync(events, MessageKind.RaceResumed, work, cancellationToken);

    /// <summary>Tells those of the registrations, just confirmed, who were registered when something was announced. There is seldom anything.</summary>
    public async Task TellAsync(Guid[] registrations, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using (var share = work.Command("SELECT pg_advisory_xact_lock_shared($1)", RaceLock)) await share.ExecuteNonQueryAsync(cancellationToken);
        await QueueAsync($"FROM announcements AS announcement JOIN contacts AS contact ON {Recipients} WHERE contact.registration_id = ANY ($1)", [registrations], work, cancellationToken);
    }

    /// <summary>Goes on with one announcement, by some thousand contacts; false when there is none.</summary>
    public async Task<bool> GoOnAsync(UnitOfWork work, CancellationToken cancellationToken)
    {
        Guid raceId, until;
        int version;
        // Of each race in order, however many go on at once: who is told of two moves is to read the last one last.
        await using (var next = work.Command("""
            SELECT race_id, version, told_until FROM announcements AS next
            WHERE NOT is_told AND NOT EXISTS (SELECT FROM announcements AS earlier WHERE earlier.race_id = next.race_id AND earlier.version < next.version AND NOT earlier.is_told)
            ORDER BY at LIMIT 1 FOR UPDATE SKIP LOCKED
            """))
        {
            await using var rows = await next.ExecuteReaderAsync(cancellationToken);
            if (!await rows.ReadAsync(cancellationToken)) return false;
            (raceId, version, until) = (rows.GetGuid(0), rows.GetInt32(1), rows.GetGuid(2));
        }
        // By the key of contacts, of all races: an index by race would be paid for by every registration, and this is seldom.
        Guid? last = null;
        await using (var look = work.Command("SELECT registration_id FROM contacts WHERE registration_id > $1 ORDER BY registration_id OFFSET $2 LIMIT 1", until, Contacts - 1))
            last = await look.ExecuteScalarAsync(cancellationToken) as Guid?;
        await QueueAsync($"""
            FROM announcements AS announcement JOIN contacts AS contact ON {Recipients}
            WHERE announcement.race_id = $1 AND announcement.version = $2 AND contact.registration_id > $3 AND contact.registration_id <= $4
            """, [raceId, version, until, last ?? Guid.AllBitsSet], work, cancellationToken);
        await using var note = work.Command("UPDATE announcements SET told_until = coalesce($3, told_until), is_told = $3 IS NULL WHERE race_id = $1 AND version = $2",
            raceId, version, Rows.OrNull(last, NpgsqlDbType.Uuid));
        await note.ExecuteNonQueryAsync(cancellationToken);
        return true;
    }

    private async Task QueueAsync(string from, object[] parameters, UnitOfWork work, CancellationToken cancellationToken)
    {
        var found = new List<NewMessage>();
        await using (var select = work.Command($"""
            SELECT contact.registration_id, contact.number, announcement.kind, announcement.version, announcement.trace_parent,
              (SELECT name FROM races WHERE races.race_id = announcement.race_id), announcement.date, announcement.place, announcement.at
            {from} ORDER BY announcement.version
            """, parameters))
        {
            await using var rows = await select.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
            {
                var fields = new Dictionary<string, string> { ["race"] = rows.GetString(5) };
                if (rows.TextOrNull(7) is { } place) (fields["date"], fields["place"]) = (rows.GetFieldValue<DateOnly>(6).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), place);
                found.Add(new NewMessage(rows.GetGuid(0), rows.GetString(1), MessageKind.Of(rows.GetString(2)), EventCatalog.Stream(typeof(RaceSuspended)), rows.GetInt32(3),
                    rows.TextOrNull(4), fields, rows.GetFieldValue<DateTimeOffset>(8)));
            }
        }
        await messages.QueueAsync(found, work, cancellationToken);
    }

    private static async Task NameAsync<TEvent>(IReadOnlyList<Received<TEvent>> events, Func<TEvent, string> name, UnitOfWork work, CancellationToken cancellationToken)
        where TEvent : RaceEvent
    {
        await using var keep = work.Command("""
            INSERT INTO races (race_id, name) SELECT * FROM unnest($1::uuid[], $2::text[]) AS heard (race_id) ORDER BY race_id
            ON CONFLICT (race_id) DO UPDATE SET name = excluded.name
            """, events.Select(heard => heard.Event.RaceId).ToArray(), events.Select(heard => name(heard.Event)).ToArray());
        await keep.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task AnnounceAsync<TEvent>(
        IReadOnlyList<Received<TEvent>> events, MessageKind kind, UnitOfWork work, CancellationToken cancellationToken, Func<TEvent, DateOnly?>? date = null, Func<TEvent, string?>? place = null)
        where TEvent : RaceEvent
    {
        await using (var alone = work.Command("SELECT pg_advisory_xact_lock($1)", RaceLock)) await alone.ExecuteNonQueryAsync(cancellationToken);
        await using var note = work.Command("""
            INSERT INTO announcements (race_id, version, kind, at, trace_parent, date, place) SELECT race_id, version, $7, at, trace_parent, date, place
            FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::text[], $5::date[], $6::text[]) AS heard (race_id, version, at, trace_parent, date, place)
            ON CONFLICT DO NOTHING
            """,
            Column(heard => heard.Event.RaceId), Column(heard => heard.Version), Column(heard => heard.Event.At.UtcDateTime), Column(heard => heard.TraceParent),
            Column(heard => date?.Invoke(heard.Event)), Column(heard => place?.Invoke(heard.Event)), kind.Name);
        await note.ExecuteNonQueryAsync(cancellationToken);

        T[] Column<T>(Func<Received<TEvent>, T> value) => [.. events.Select(value)];
    }
}

/// <summary>Tells what was announced, soon after it was heard. Any number of replicas may run it.</summary>
public sealed class Announcer(IServiceScopeFactory scopes, Outbox outbox, TimeProvider time, ILogger<Announcer> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds(time, Interval).RunAsync(
        StepAsync, exception => logger.LogWarning("What was announced is told later: {Reason}", Rounds.Reason(exception)), stoppingToken);

    private async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        await using var work = await outbox.BeginAsync(cancellationToken);
        var isMore = await scope.ServiceProvider.GetRequiredService<Announcements>().GoOnAsync(work, cancellationToken);
        if (isMore) await work.CommitAsync(cancellationToken);
        return isMore;
    }
}
