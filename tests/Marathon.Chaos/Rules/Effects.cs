namespace Marathon.Chaos.Rules;

/// <summary>What the services made of the events is what the events say: applied twice, or out of order, it would differ.</summary>
internal static class Effects
{
    /// <summary>The rule that says that everybody has come onto the roll.</summary>
    public const string Roll = "the roll is who is registered, as they are";

    public static readonly IReadOnlyList<Rule> Rules =
    [
        Rule.Same(Roll,
            ("registration", "SELECT id, concat_ws(' ', number, top_size, bottom_size, phone_no) FROM registrations WHERE status = 'REGISTERED'"),
            ("fulfilment", "SELECT registration_id, concat_ws(' ', number, top_size, bottom_size, phone_no) FROM register_masters WHERE removed_at IS NULL")),
        Rule.Same("there is a parcel for everybody who ever was registered, and it is stopped or asked back for who is no more",
            ("registration", "SELECT id, status = 'CANCELLED' FROM registrations WHERE confirmed_at IS NOT NULL"),
            ("fulfilment", "SELECT registration_id, status IN ('CANCELLED', 'RETURN_REQUESTED', 'RETURNED') FROM deliveries")),
        // They are bought, leave and arrive by themselves; until the last one has, things go on happening.
        Rule.None("every parcel that is not stopped arrives", "fulfilment",
            "SELECT count(*) FROM deliveries", "SELECT format('the parcel of %s is %s', number, status) FROM deliveries WHERE status IN ('RECEIVED', 'BACKORDERED', 'READY') OR (status = 'DISPATCHED' AND carrier = 'Hanbit Parcel')"),
        Rule.Same("what is noted as sent was sent, and the other way round",
            ("notification", "SELECT id, text FROM messages WHERE status = 'ACCEPTED'"),
            // The link is for the phone alone. A message that was on its way when its runner was erased is empty, and noted nowhere.
            ("notification", @"SELECT reference, regexp_replace(text, 'https?://\S+/open/\S+', '…') FROM sandbox_sms WHERE text <> '' OR reference IN (SELECT id FROM messages)")),
        Rule.None("no message is left unsent", "notification",
            "SELECT count(*) FROM messages", "SELECT format('%s of %s is %s', kind, number, status) FROM messages WHERE status <> 'ACCEPTED'"),
        Messages("registration", "registrations", """
            SELECT aggregate_id, version, CASE split_part(type, '.', 3)
              WHEN 'registration-confirmed' THEN 'confirmed' WHEN 'registration-declined' THEN 'declined' WHEN 'registration-expired' THEN 'expired' ELSE 'cancelled' END AS kind
            FROM outbox
            WHERE split_part(type, '.', 3) IN ('registration-confirmed', 'registration-declined', 'registration-expired')
               OR (type LIKE '%.registration-cancelled.%' AND (convert_from(payload, 'UTF8')::jsonb ->> 'wasConfirmed')::boolean)
            """),
        Messages("payment", "payments", "SELECT aggregate_id, version, 'refunded' AS kind FROM outbox WHERE type LIKE '%.payment-refunded.%'"),
        Messages("fulfilment", "deliveries", """
            SELECT aggregate_id, version, replace(split_part(type, '.', 3), 'goods-', '') AS kind FROM outbox
            WHERE split_part(type, '.', 3) IN ('goods-dispatched', 'goods-delivered', 'goods-return-requested')
            """),
    ];

    /// <summary>But for those who were erased: there is nobody to tell.</summary>
    private static Rule Messages(string service, string stream, string causes) => Rule.Same($"runners are told what happens to their {stream}, once",
        (service, $"SELECT concat_ws('/', aggregate_id, version), kind FROM ({causes}) AS cause WHERE aggregate_id NOT IN (SELECT registration_id FROM erasures)"),
        ("notification", $"""
            SELECT concat_ws('/', registration_id, cause_version), kind FROM messages
            WHERE cause_stream = '{stream}' AND registration_id NOT IN (SELECT registration_id FROM erasures)
            """));
}
