namespace Marathon.Chaos.Rules;

/// <summary>One cause, one effect: one charge, one refund, one parcel, one message, one registration for one request.</summary>
internal static class Once
{
    /// <summary>Facts that may be true more than once of the same thing: a runner may change their size twice, and wait for it each time; a race sell out twice.</summary>
    private const string Repeatable = "('stock-changed', 'goods-ready', 'goods-backordered', 'goods-dispatched', 'goods-delivered', 'goods-picked-up', 'goods-returned', 'registration-changed', 'race-changed', 'race-sold-out', 'race-places-returned', 'race-suspended', 'race-resumed')";

    public static readonly IReadOnlyList<Rule> Rules =
    [
        Facts("registration"), Facts("payment"), Facts("fulfilment"),
        Rule.None("notification tells of a message once", "notification",
            "SELECT count(*) FROM outbox WHERE type LIKE '%.sms-accepted.%'",
            """
            SELECT format('message %s is told of %s times', message, count(*))
            FROM (SELECT convert_from(payload, 'UTF8')::jsonb ->> 'messageId' AS message FROM outbox WHERE type LIKE '%.sms-accepted.%') AS told GROUP BY message HAVING count(*) > 1
            """),
        Rule.None("a registration is charged once", "payment",
            "SELECT count(*) FROM simulated_provider_charges",
            "SELECT format('%s has %s charges', number, count(*)) FROM payments JOIN simulated_provider_charges ON key = registration_id GROUP BY number HAVING count(*) > 1"),
        Rule.None("a runner gets one parcel", "fulfilment",
            "SELECT count(*) FROM deliveries",
            "SELECT format('%s has %s deliveries', number, count(*)) FROM deliveries GROUP BY number HAVING count(*) > 1"),
        Rule.None("a bib is one runner's", "fulfilment",
            "SELECT count(*) FROM register_masters",
            "SELECT format('bib %s of race %s is worn by %s', bib, race_id, count(*)) FROM register_masters GROUP BY race_id, bib HAVING count(*) > 1"),
        // Every text names the registration, and each kind of message is sent once for one; but for a kit that came back and arrives again.
        // The messages of those who were erased are empty, all alike.
        Rule.None("nobody gets the same message twice", "notification",
            "SELECT count(*) FROM sandbox_sms",
            """
            SELECT format('%s was told %s times: %s', phone_no, count(*), sandbox_sms.text) FROM sandbox_sms LEFT JOIN messages ON messages.id = reference
            WHERE sandbox_sms.text <> '' GROUP BY phone_no, sandbox_sms.text
            HAVING count(*) > CASE WHEN bool_and(kind = 'delivered') THEN count(DISTINCT cause_version) ELSE 1 END
            """),
        // Everybody has a phone number of their own, and asks again only under the same key.
        Rule.None("one request is one registration", "registration",
            "SELECT count(*) FROM registrations",
            "SELECT format('%s has %s registrations', phone_no, count(*)) FROM registrations GROUP BY phone_no HAVING count(*) > 1"),
    ];

    private static Rule Facts(string service) => Rule.None($"{service} tells a fact once", service,
        "SELECT count(*) FROM outbox",
        $"""
        SELECT format('%s is told %s times of %s', type, count(*), aggregate_id) FROM outbox
        WHERE stream <> 'resends' AND split_part(type, '.', 3) NOT IN {Repeatable} GROUP BY aggregate_id, type HAVING count(*) > 1
        """);
}
