namespace Marathon.Chaos.Rules;

/// <summary>What the services made of the events is what the events say: applied twice, or out of order, it would differ.</summary>
internal static class Effects
{
    /// <summary>The rule that says that all messages have come to phones.</summary>
    public const string Arrival = "every message arrives";

    public static readonly IReadOnlyList<Rule> Rules =
    [
        Rule.Same("the roll is who is registered, as they are",
            ("registration", "SELECT id, concat_ws(' ', number, top_size, bottom_size, phone_no) FROM registrations WHERE status = 'REGISTERED'"),
            ("fulfilment", "SELECT registration_id, concat_ws(' ', number, top_size, bottom_size, phone_no) FROM register_masters WHERE removed_at IS NULL")),
        Rule.Same("there is a parcel for everybody who ever was registered, and it is stopped or asked back for who is no more",
            ("registration", "SELECT id, status = 'CANCELLED' FROM registrations WHERE confirmed_at IS NOT NULL"),
            ("fulfilment", "SELECT registration_id, status IN ('CANCELLED', 'RETURN_REQUESTED', 'RETURNED') FROM deliveries")),
        // They are bought, leave and arrive by themselves; until the last one has, things go on happening.
        Rule.None("every parcel that is not stopped arrives", "fulfilment",
            "SELECT count(*) FROM deliveries", "SELECT format('the parcel of %s is %s', number, status) FROM deliveries WHERE status IN ('RECEIVED', 'BACKORDERED', 'READY') OR (status = 'DISPATCHED' AND carrier = 'Hanbit Parcel')"),
        // Every phone that is planted can be reached, and the supplier's.
        Rule.None(Arrival, "notification",
            "SELECT count(*) FROM messages", "SELECT format('%s of %s is %s %s', kind, number, status, reason) FROM messages WHERE status <> 'DELIVERED'"),
        Told("registration", "registrations", """
            SELECT aggregate_id, version, CASE split_part(type, '.', 3)
              WHEN 'registration-awaiting-payment' THEN 'payment-delayed' WHEN 'registration-confirmed' THEN 'confirmed' WHEN 'registration-declined' THEN 'declined' WHEN 'registration-expired' THEN 'expired' ELSE 'cancelled' END AS kind
            FROM outbox
            WHERE split_part(type, '.', 3) IN ('registration-awaiting-payment', 'registration-confirmed', 'registration-declined', 'registration-expired')
               OR (type LIKE '%.registration-cancelled.%' AND (convert_from(payload, 'UTF8')::jsonb ->> 'wasConfirmed')::boolean)
            """),
        Told("payment", "payments", "SELECT aggregate_id, version, 'refunded' AS kind FROM outbox WHERE type LIKE '%.payment-refunded.%'"),
        Told("fulfilment", "deliveries", """
            SELECT aggregate_id, version, CASE split_part(type, '.', 3) WHEN 'goods-backordered' THEN 'back-ordered' ELSE replace(split_part(type, '.', 3), 'goods-', '') END AS kind FROM outbox
            WHERE split_part(type, '.', 3) IN ('goods-backordered', 'goods-dispatched', 'goods-delivered', 'goods-return-requested')
            """),
        Rule.Within("whoever was registered when a race was suspended, resumed or moved is told so",
            ("registration", $"SELECT {Announced} AND (cancelled_at IS NULL OR cancelled_at > announced)"), ("notification", ToldOfRaces)),
        // Who had left just before may be told, if that was heard of later; who came after it is not.
        Rule.Within("nobody is told so of a race for which they are not registered yet", ("notification", ToldOfRaces), ("registration", $"SELECT {Announced}")),
    ];

    private const string ToldOfRaces = "SELECT concat_ws('/', registration_id, cause_version), kind FROM messages WHERE cause_stream = 'races'";

    private const string Announced = """
        concat_ws('/', id, told.version), kind
        FROM (
          SELECT aggregate_id, version, (event ->> 'at')::timestamptz AS announced,
            CASE WHEN fact IN ('race-suspended', 'race-resumed') THEN fact WHEN (event ->> 'isMoved')::boolean THEN 'race-moved' END AS kind
          FROM (SELECT aggregate_id, version, split_part(type, '.', 3) AS fact, convert_from(payload, 'UTF8')::jsonb AS event FROM outbox WHERE stream = 'races') AS events
        ) AS told
        JOIN registrations ON race_id = aggregate_id WHERE kind IS NOT NULL AND confirmed_at <= announced
        """;

    /// <summary>But for those who were erased: there is nobody to tell.</summary>
    private static Rule Told(string service, string stream, string causes) => Rule.Same($"runners are told what happens to their {stream}, once",
        (service, $"SELECT concat_ws('/', aggregate_id, version), kind FROM ({causes}) AS cause WHERE aggregate_id NOT IN (SELECT registration_id FROM erasures)"),
        ("notification", $"""
            SELECT concat_ws('/', registration_id, cause_version), kind FROM messages
            WHERE cause_stream = '{stream}' AND registration_id NOT IN (SELECT registration_id FROM erasures)
            """));
}
