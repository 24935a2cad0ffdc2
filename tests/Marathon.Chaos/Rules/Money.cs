namespace Marathon.Chaos.Rules;

/// <summary>Money and registrations belong together: as Registration sees it, as Payment's books have it, and as the provider's own do.</summary>
internal static class Money
{
    /// <summary>The ledger of the simulated provider, a stranger's that happens to be in Payment's database: what it keeps of each charge.</summary>
    private const string Kept = "SELECT key, captured - cancelled FROM simulated_provider_charges WHERE captured > cancelled";

    public static readonly IReadOnlyList<Rule> Rules =
    [
        Rule.Same("money is kept for registrations, and for those only",
            ("registration", """
                SELECT id, kept FROM (
                  SELECT id, CASE WHEN status = 'REGISTERED' THEN amount WHEN status = 'CANCELLED' AND confirmed_at IS NOT NULL THEN amount - coalesce(refund_due, 0) ELSE 0 END AS kept
                  FROM registrations) AS owed
                WHERE kept > 0
                """),
            ("payment", Kept)),
        Rule.Within("who is registered has paid",
            ("registration", "SELECT id, amount FROM registrations WHERE status = 'REGISTERED'"),
            ("payment", "SELECT registration_id, amount FROM payments WHERE status = 'COMPLETED'")),
        Rule.Same("the books of Payment are those of the provider",
            ("payment", """
                SELECT registration_id, amount - coalesce(refund_amount, 0) FROM payments
                WHERE status IN ('COMPLETED', 'REFUND_DUE', 'REFUNDED') AND amount > coalesce(refund_amount, 0)
                """),
            ("payment", Kept)),
        // As the race's terms are now: nobody changes them here. Days are Korea's.
        Rule.Same("what comes back of a cancellation is what the race's policy says",
            ("registration", "SELECT id, coalesce(refund_due, 0) FROM registrations WHERE status = 'CANCELLED' AND confirmed_at IS NOT NULL"),
            ("registration", """
                SELECT registrations.id, amount::bigint * coalesce(max(percent), 0) / 100
                FROM registrations JOIN races ON races.id = race_id
                LEFT JOIN LATERAL jsonb_to_recordset(refund_tiers) AS tier ("daysBefore" int, percent int) ON date - (cancelled_at AT TIME ZONE 'Asia/Seoul')::date >= "daysBefore"
                WHERE registrations.status = 'CANCELLED' AND confirmed_at IS NOT NULL
                GROUP BY registrations.id
                """)) with { IsOfBooks = false },
        Rule.Within("what is due to a runner is paid back",
            ("registration", "SELECT id, refund_due FROM registrations WHERE status = 'CANCELLED' AND refund_due > 0"),
            ("payment", "SELECT registration_id, refund_amount FROM payments WHERE status = 'REFUNDED'")),
        Rule.None("no payment is left unsettled", "payment",
            "SELECT count(*) FROM payments",
            "SELECT format('payment of %s is %s%s', registration_id, status, CASE WHEN reversal_due THEN ', to be reversed' END) FROM payments WHERE due_at IS NOT NULL"),
    ];

    /// <summary>Of how many cancellations of what was paid for everything came back, of how many a part, and of how many nothing.</summary>
    public static Task<Dictionary<string, string>> RefundsAsync(Evidence evidence) => Rule.LookUpAsync(evidence.Databases["registration"], """
        SELECT CASE refund_due WHEN amount THEN 'full' WHEN 0 THEN 'none' ELSE 'partial' END, count(*) FROM registrations
        WHERE status = 'CANCELLED' AND confirmed_at IS NOT NULL GROUP BY 1 ORDER BY 1
        """);
}
