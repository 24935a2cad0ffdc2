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
            SELECT format('of message %s %s is told %s times', message, fact, count(*))
            FROM (SELECT convert_from(payload, 'UTF8')::jsonb ->> 'messageId' AS message, split_part(type, '.', 3) AS fact FROM outbox WHERE type LIKE '%.sms-%') AS told
            GROUP BY message, fact HAVING count(*) > 1
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
