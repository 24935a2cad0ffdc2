namespace Marathon.Chaos.Rules;

/// <summary>Every shirt is somewhere, and the ledger says how it got there.</summary>
internal static class Goods
{
    /// <summary>The rule that says that all that was ordered has come.</summary>
    public const string Ordered = "nothing stays on order";

    public static readonly IReadOnlyList<Rule> Rules =
    [
        Rule.Same("the stock is the sum of its ledger",
            ("fulfilment", "SELECT concat_ws('/', race_id, item, size), concat_ws(' ', free + allocated + gone + scrapped, free, allocated, gone, scrapped) FROM stock"),
            ("fulfilment", """
                SELECT concat_ws('/', race_id, item, size), concat_ws(' ', sum(received), sum(received) - sum(allocated) - sum(gone) - sum(scrapped), sum(allocated), sum(gone), sum(scrapped))
                FROM stock_movements CROSS JOIN LATERAL (SELECT
                  CASE kind WHEN 'RECEIVED' THEN quantity ELSE 0 END AS received,
                  CASE kind WHEN 'ALLOCATED' THEN quantity WHEN 'RELEASED' THEN -quantity WHEN 'DISPATCHED' THEN -quantity ELSE 0 END AS allocated,
                  CASE kind WHEN 'DISPATCHED' THEN quantity WHEN 'RETURNED' THEN -quantity ELSE 0 END AS gone,
                  CASE kind WHEN 'SCRAPPED' THEN quantity ELSE 0 END AS scrapped) AS part
                GROUP BY 1
                """)),
        Rule.Same("what is set aside or gone is what the kits are made of",
            ("fulfilment", "SELECT concat_ws('/', race_id, item, size), concat_ws(' ', allocated, gone) FROM stock WHERE allocated + gone > 0"),
            ("fulfilment", """
                SELECT concat_ws('/', race_id, item, size), concat_ws(' ', count(*) FILTER (WHERE is_here), count(*) FILTER (WHERE NOT is_here))
                FROM deliveries
                CROSS JOIN LATERAL (VALUES ('TOP', top_size, top_allocated), ('BOTTOM', bottom_size, bottom_allocated)) AS part (item, size, is_allocated)
                CROSS JOIN LATERAL (SELECT status IN ('RECEIVED', 'BACKORDERED', 'READY') AS is_here) AS place
                WHERE is_allocated GROUP BY 1
                """)),
        Rule.Same("what passed an inspection is in stock, once",
            ("fulfilment", "SELECT concat_ws('/', procurement_id, item, size), sum(passed) FROM procurement_lines WHERE passed > 0 GROUP BY 1"),
            ("fulfilment", "SELECT concat_ws('/', procurement_id, item, size), sum(quantity) FROM stock_movements WHERE procurement_id IS NOT NULL GROUP BY 1")),
        Rule.None("an order is inspected wholly or not at all", "fulfilment",
            "SELECT count(*) FROM procurements",
            "SELECT DISTINCT format('order %s is %s', number, status) FROM procurements JOIN procurement_lines ON procurement_id = id WHERE (status = 'INSPECTED') <> (passed IS NOT NULL)"),
        Rule.None(Ordered, "fulfilment",
            "SELECT count(*) FROM procurements", "SELECT format('order %s is %s', number, status) FROM procurements WHERE status NOT IN ('INSPECTED', 'CANCELLED')"),
        Rule.None("nobody waits for what is there", "fulfilment",
            "SELECT count(*) FROM stock",
            """
            SELECT format('%s %s: %s are free', item, size, free) FROM stock WHERE free > 0 AND EXISTS (
              SELECT FROM deliveries WHERE deliveries.race_id = stock.race_id AND status IN ('RECEIVED', 'BACKORDERED')
                AND CASE item WHEN 'TOP' THEN top_size = size AND NOT top_allocated ELSE bottom_size = size AND NOT bottom_allocated END)
            """),
        Rule.None("a kit leaves again only when it has come back", "fulfilment",
            "SELECT count(*) FROM deliveries",
            """
            SELECT format('%s left %s times, arrived %s times and came back %s times', aggregate_id, away, arrived, back) FROM (
              SELECT aggregate_id, count(*) FILTER (WHERE type LIKE '%.goods-dispatched.%' OR type LIKE '%.goods-picked-up.%') AS away,
                count(*) FILTER (WHERE type LIKE '%.goods-delivered.%') AS arrived, count(*) FILTER (WHERE type LIKE '%.goods-returned.%') AS back
              FROM outbox WHERE stream = 'deliveries' GROUP BY aggregate_id) AS kit
            WHERE greatest(away, arrived) > back + 1
            """),
        Rule.Within("every parcel that our carrier has is in its books, under its number",
            ("fulfilment", "SELECT concat_ws('/', registration_id, parcels), tracking_number FROM deliveries WHERE carrier = 'Hanbit Parcel'"),
            ("fulfilment", "SELECT reference, tracking_number FROM carrier_parcels")),
        Rule.Same("a supplier is told of an inspection, once",
            ("fulfilment", "SELECT id, version FROM procurements WHERE status = 'INSPECTED'"),
            ("notification", "SELECT registration_id, max(cause_version) * count(*) FROM messages WHERE cause_stream = 'procurements' GROUP BY 1")),
    ];
}
