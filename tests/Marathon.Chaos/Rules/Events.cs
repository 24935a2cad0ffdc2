namespace Marathon.Chaos.Rules;

/// <summary>Every event is told, sent and applied, once and in order.</summary>
internal static class Events
{
    /// <summary>Who tells of what, and who must hear it.</summary>
    private static readonly (string Stream, string Teller, string[] Listeners)[] Streams =
    [
        ("races", "registration", ["fulfilment", "notification", "dashboard"]),
        ("registrations", "registration", ["payment", "fulfilment", "notification", "dashboard"]),
        ("payments", "payment", ["registration", "notification", "dashboard"]),
        ("deliveries", "fulfilment", ["registration", "notification", "dashboard"]),
        ("stock", "fulfilment", ["dashboard"]),
        ("procurements", "fulfilment", ["notification"]),
        ("notifications", "notification", ["dashboard"]),
    ];

    /// <summary>With what an aggregate begins in these streams, and who takes no note of it (<c>Handlers.PassOver</c>).</summary>
    private static readonly (string Stream, string[] Beginnings, string[] PassedOverBy)[] PassedOver =
    [
        ("payments", ["payment-completed", "payment-declined", "payment-voided"], ["registration", "notification"]),
        ("deliveries", ["register-master-received"], ["registration", "notification"]),
    ];

    private static readonly string[] Services = ["registration", "payment", "fulfilment", "notification", "dashboard"];

    public static readonly IReadOnlyList<Rule> Rules =
    [
        .. Services.Select(service => Rule.None($"{service} tells of everything in order and without a gap", service,
            "SELECT count(*) FROM outbox",
            """
            SELECT format('%s/%s: version %s is written after version %s', stream, aggregate_id, version, before)
            FROM (SELECT *, coalesce(lag(version) OVER (PARTITION BY stream, aggregate_id ORDER BY seq), 0) AS before FROM outbox) AS told
            WHERE version <> before + 1
            """)),
        .. Services.Select(service => Rule.None($"{service} has sent everything", service,
            "SELECT count(*) FROM outbox",
            """
            SELECT format('%s/%s/%s is not sent', stream, aggregate_id, version) FROM outbox JOIN outbox_cursor USING (shard)
            WHERE xid >= pg_snapshot_xmin(snap) AND NOT pg_visible_in_snapshot(xid, snap)
            UNION ALL SELECT format('replay %s is not finished: %s', id, reason) FROM outbox_replays WHERE finished_at IS NULL
            """)),
        .. Services.Select(service => Rule.None($"{service} has put no event aside", service,
            "SELECT count(*) FROM inbox",
            "SELECT format('%s/%s/%s is %s: %s', stream, aggregate_id, version, state, left(error, 200)) FROM parked_events")),
        .. from stream in Streams
           from listener in stream.Listeners
           let first = PassedOver.Any(passed => passed.Stream == stream.Stream && passed.PassedOverBy.Contains(listener)) ? 2 : 1
           select Rule.Same($"{listener} has applied all {stream.Stream}",
               (stream.Teller, $"SELECT aggregate_id, max(version) FROM outbox WHERE stream = '{stream.Stream}' GROUP BY aggregate_id HAVING max(version) >= {first}"),
               (listener, $"SELECT aggregate_id, version FROM inbox WHERE stream = '{stream.Stream}' AND version >= {first}")),
        .. from passed in PassedOver
           select Rule.None($"{passed.Stream} begin with what is passed over", Streams.Single(stream => stream.Stream == passed.Stream).Teller,
               $"SELECT count(*) FROM outbox WHERE stream = '{passed.Stream}' AND version = 1",
               $"SELECT format('%s begins with %s', aggregate_id, type) FROM outbox WHERE stream = '{passed.Stream}' AND version = 1 AND split_part(type, '.', 3) NOT IN ('{string.Join("', '", passed.Beginnings)}')"),
        Version("registration", "registrations", "SELECT id, version FROM registrations WHERE version > 0"),
        Version("payment", "payments", "SELECT registration_id, version FROM payments WHERE version > 0"),
        Version("fulfilment", "deliveries", "SELECT registration_id, version FROM deliveries WHERE version > 0"),
        Version("fulfilment", "stock", "SELECT race_id, stock_version FROM races WHERE stock_version > 0"),
        Version("fulfilment", "procurements", "SELECT id, version FROM procurements"),
        Version("notification", "notifications", "SELECT registration_id, version FROM contacts WHERE version > 0"),
        .. Streams.Select(stream => new Rule($"the broker has all {stream.Stream} without a gap", IsOfBooks: false, evidence => LoggedAsync(evidence, stream.Stream, stream.Teller))),
        // Not of each stream: one of many events outgrows what the embedded broker keeps, wherever they are.
        new("the broker's log shows something", IsOfBooks: false, async evidence =>
        {
            var findings = await Task.WhenAll(Streams.Select(stream => LoggedAsync(evidence, stream.Stream, stream.Teller)));
            var (looked, unseen) = (findings.Sum(finding => finding.Checked), findings.Sum(finding => finding.Unseen));
            return new Finding(looked + unseen, looked == 0 && unseen > 0 ? [$"of {unseen:N0} events none could be looked for"] : []);
        }),
    ];

    private static Rule Version(string service, string stream, string rows) => Rule.Same($"{service} has told every change of its {stream}",
        (service, rows), (service, $"SELECT aggregate_id, max(version) FROM outbox WHERE stream = '{stream}' GROUP BY aggregate_id"));

    /// <summary>
    /// What a broker lost it was sent again, beside what was new, so that the log's order is not the events' own; but of each aggregate it must have every version
    /// up to the last. Of a partition that has dropped its beginning nothing can be said: what is missing may have been there. Nor then of an aggregate that is nowhere, which may have been in that
    /// one. Whether everybody has applied everything is asked above.
    /// </summary>
    private static async Task<Finding> LoggedAsync(Evidence evidence, string stream, string teller)
    {
        var told = await Rule.LookUpAsync(evidence.Databases[teller], $"SELECT aggregate_id, max(version) FROM outbox WHERE stream = '{stream}' GROUP BY aggregate_id");
        var logged = evidence.Log.Events.Where(entry => entry.Stream == stream).GroupBy(entry => entry.AggregateId).ToDictionary(group => group.Key.ToString());
        var isShortened = evidence.Log.Shortened.Any(partition => partition.Stream == stream);
        var (looked, unseen, violations) = (0, 0, new List<string>());
        foreach (var (aggregate, version) in told)
        {
            var (last, entries) = (int.Parse(version, System.Globalization.CultureInfo.InvariantCulture), logged.GetValueOrDefault(aggregate));
            if (entries is null ? isShortened : entries.Any(entry => evidence.Log.Shortened.Contains((stream, entry.Partition))))
            {
                unseen += last;
                continue;
            }
            looked += last;
            var missing = Enumerable.Range(1, last).Except(entries?.Select(entry => entry.Version) ?? []).ToList();
            if (missing.Count > 0) violations.Add($"{stream}/{aggregate}: the log lacks {string.Join(", ", missing)}");
        }
        return new Finding(looked, violations, unseen);
    }
}
