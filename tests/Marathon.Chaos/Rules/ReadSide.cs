namespace Marathon.Chaos.Rules;

/// <summary>The dashboard shows what the services have, row by row: also what <c>./marathon verify</c> looks at in a system that runs.</summary>
internal static class ReadSide
{
    // Instants are left out where the events have them more precisely than the tables.
    private const string Runner = "number, name, phone_no, address, top_size, bottom_size, race_id, wants_all_messages";

    public static readonly IReadOnlyList<Rule> Rules =
    [
        Rule.Same("the dashboard shows registrations as they are",
            ("registration", $"SELECT id, concat_ws(' ', status, {Runner}, coalesce(refund_due, 0)) FROM registrations WHERE version > 0"),
            ("dashboard", $"SELECT registration_id, concat_ws(' ', status, {Runner}, coalesce(refund_due, 0)) FROM registrations WHERE registration_version > 0")),
        Rule.Same("the dashboard shows places and keys as they were confirmed",
            ("registration", "SELECT id, concat_ws(' ', division_id, amount, encode(access_key_hash, 'base64')) FROM registrations WHERE confirmed_at IS NOT NULL"),
            ("dashboard", "SELECT registration_id, concat_ws(' ', division_id, amount, access_key_hash) FROM registrations WHERE registered_at IS NOT NULL")),
        Rule.Same("the dashboard shows payments as they are",
            // That a refund is due is told by Registration.
            ("payment", """
                SELECT registration_id, concat_ws(' ', CASE status WHEN 'REFUND_DUE' THEN 'COMPLETED' ELSE status END, CASE status WHEN 'REFUNDED' THEN refund_amount END)
                FROM payments WHERE version > 0
                """),
            ("dashboard", "SELECT registration_id, concat_ws(' ', payment_status, refunded_amount) FROM registrations WHERE payment_version > 0")),
        Rule.Same("the dashboard shows parcels and bibs as they are",
            ("fulfilment", """
                SELECT registration_id, concat_ws(' ', deliveries.status, bib, carrier, tracking_number, checked_in_at IS NOT NULL)
                FROM deliveries JOIN register_masters USING (registration_id)
                """),
            ("dashboard", "SELECT registration_id, concat_ws(' ', delivery_status, bib, carrier, tracking_number, checked_in_at IS NOT NULL) FROM registrations WHERE delivery_version > 0")),
        Rule.Same("the dashboard shows the messages that were sent",
            ("notification", "SELECT id, concat_ws(' ', kind, status, text) FROM messages WHERE status IN ('ACCEPTED', 'DELIVERED', 'FAILED')"),
            ("dashboard", "SELECT message_id, concat_ws(' ', kind, status, text) FROM messages")),
        Rule.Same("the dashboard shows races as they are",
            ("registration", "SELECT id, concat_ws(' ', name, place, date, status, extract(epoch FROM opens_at)::bigint, extract(epoch FROM closes_at)::bigint, currency, kit_handover, refund_tiers) FROM races"),
            ("dashboard", "SELECT race_id, concat_ws(' ', name, place, date, status, extract(epoch FROM opens_at)::bigint, extract(epoch FROM closes_at)::bigint, currency, kit_handover, refund_tiers) FROM races")),
        Rule.Same("the dashboard shows divisions as they are, and which are sold out",
            ("registration", "SELECT id, concat_ws(' ', race_id, name, fee, capacity, top_sizes, bottom_sizes, taken >= capacity AND capacity > 0) FROM divisions"),
            ("dashboard", "SELECT division_id, concat_ws(' ', race_id, name, fee, capacity, top_sizes, bottom_sizes, sold_out AND capacity > 0) FROM divisions")),
        Rule.Same("the dashboard shows stock as it is",
            ("fulfilment", "SELECT concat_ws('/', race_id, item, size), concat_ws(' ', free, allocated, gone, scrapped) FROM stock WHERE free + allocated + gone + scrapped > 0"),
            ("dashboard", "SELECT concat_ws('/', race_id, item, size), concat_ws(' ', free, allocated, gone, scrapped) FROM stock WHERE free + allocated + gone + scrapped > 0")),
        Rule.None("the dashboard's sums are those of its rows", "dashboard", "SELECT count(*) FROM cells", "SELECT difference FROM digest_differences()"),
        Rule.Same("everybody is found under the name they have",
            ("dashboard", "SELECT registration_id, lower(normalize(name)) FROM registrations WHERE race_id IS NOT NULL"),
            ("dashboard", "SELECT registration_id, name FROM searched")),
    ];
}
