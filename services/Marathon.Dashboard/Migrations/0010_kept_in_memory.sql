-- Neither in the middle of a digest of the version before, which would move cells and not say so, nor in that of a rebuild, which would put tables of its own in the place of these.
SELECT pg_advisory_xact_lock(1145653061, hashtext(current_schema()));
UPDATE rebuilds SET finished_at = now(), outcome = 'CANCELLED' WHERE finished_at IS NULL;

-- By which digest a cell was last moved, and which was the last: whoever keeps the cells in memory reads those that were moved since.
ALTER TABLE cells ADD COLUMN moved xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE digested ADD COLUMN moved xid8 NOT NULL DEFAULT pg_current_xact_id();

-- Under another name: the digest of an older version, which would note neither that nor what follows, finds nothing any more, and leaves it to this one.
ALTER TABLE digested RENAME COLUMN snap TO seen;

-- When people came to any race: a line of its own, of the race of all zeros.
INSERT INTO arrivals (race_id, grain, at, registered)
SELECT '00000000-0000-0000-0000-000000000000', grain, at, sum(registered) FROM arrivals GROUP BY grain, at;
DROP INDEX arrivals_in_order;

-- What was added to the index and not yet sorted in is read by every search from end to end: of some hundred names, and not of 25,000.
ALTER INDEX searched_by_name SET (gin_pending_list_limit = 128);

-- As in 0009, with the line of all races.
CREATE OR REPLACE FUNCTION digest_differences() RETURNS TABLE (difference text) STABLE LANGUAGE sql AS $$
  WITH rows AS (
    SELECT registration_id, race_id, coalesce(division_id, '00000000-0000-0000-0000-000000000000') AS division_id, status, coalesce(pay_status, '') AS pay_status,
      coalesce(delivery_status, '') AS delivery_status, top_size, bottom_size, checked_in_at IS NOT NULL AS checked_in,
      coalesce(amount, 0) AS amount, coalesce(refund_due, 0) AS refund_due, coalesce(refunded_amount, 0) AS refunded, registered_at
    FROM registrations WHERE race_id IS NOT NULL),
  sums AS (
    SELECT race_id, division_id, status, pay_status, delivery_status, top_size, bottom_size, checked_in,
      count(*) AS count, sum(amount) AS amount, sum(refund_due) AS refund_due, sum(refunded) AS refunded,
      sum(accepted) AS accepted, sum(delivered) AS delivered, sum(failed) AS failed
    FROM rows LEFT JOIN (
      SELECT registration_id, count(*) FILTER (WHERE status = 'ACCEPTED') AS accepted, count(*) FILTER (WHERE status = 'DELIVERED') AS delivered,
        count(*) FILTER (WHERE status = 'FAILED') AS failed
      FROM messages GROUP BY registration_id) AS told USING (registration_id)
    GROUP BY race_id, division_id, status, pay_status, delivery_status, top_size, bottom_size, checked_in)
  SELECT format('%s %s %s %s %s %s %s: %s are counted, there are %s', race_id, status, pay_status, delivery_status, top_size, bottom_size, checked_in,
    concat_ws('/', cells.count, cells.amount, cells.refund_due, cells.refunded, cells.accepted, cells.delivered, cells.failed),
    concat_ws('/', sums.count, sums.amount, sums.refund_due, sums.refunded, coalesce(sums.accepted, 0), coalesce(sums.delivered, 0), coalesce(sums.failed, 0)))
  FROM (SELECT * FROM cells WHERE count <> 0) AS cells
  FULL JOIN sums USING (race_id, division_id, status, pay_status, delivery_status, top_size, bottom_size, checked_in)
  WHERE (cells.count, cells.amount, cells.refund_due, cells.refunded, cells.accepted, cells.delivered, cells.failed)
    IS DISTINCT FROM (sums.count, sums.amount::bigint, sums.refund_due::bigint, sums.refunded::bigint,
      coalesce(sums.accepted, 0)::bigint, coalesce(sums.delivered, 0)::bigint, coalesce(sums.failed, 0)::bigint)
  UNION ALL
  SELECT format('%s %s (%s s): %s are counted, %s came', race_id, at, grain, arrivals.registered, came.registered)
  FROM arrivals FULL JOIN (
    SELECT line AS race_id, grain, date_bin(grain * interval '1 s', registered_at, 'epoch') AS at, count(*) AS registered
    FROM rows, unnest(ARRAY[race_id, '00000000-0000-0000-0000-000000000000']) AS line, unnest(ARRAY[60, 3600, 86400]) AS grain WHERE registered_at IS NOT NULL
    GROUP BY 1, 2, 3) AS came USING (race_id, grain, at)
  WHERE arrivals.registered IS DISTINCT FROM came.registered
$$;
