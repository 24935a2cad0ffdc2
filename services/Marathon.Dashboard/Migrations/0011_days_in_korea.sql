-- Neither in the middle of a digest of the version before, which would count by other days, nor in that of a rebuild, which would put tables of its own in the place of these.
SELECT pg_advisory_xact_lock(1145653061, hashtext(current_schema()));
UPDATE rebuilds SET finished_at = now(), outcome = 'CANCELLED' WHERE finished_at IS NULL;

-- Under another name: an older version's digest finds nothing any more, and leaves it to this one.
ALTER TABLE digested RENAME COLUMN seen TO snapshot;

-- When people came is counted by the days of Korea: from nine to nine, as days of UTC are there, nobody plans. From a Monday, so that what is put together of seven days is a week.
CREATE FUNCTION bin_in_korea(grain int, at timestamptz) RETURNS timestamptz IMMUTABLE LANGUAGE sql
RETURN date_bin(grain * interval '1 s', at, timestamptz '1969-12-29 00:00+09');

DELETE FROM arrivals WHERE grain = 86400;
INSERT INTO arrivals (race_id, grain, at, registered)
SELECT race_id, 86400, bin_in_korea(86400, at), sum(registered) FROM arrivals WHERE grain = 3600 GROUP BY 1, 3;

-- As in 0010, by those days.
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
    SELECT line AS race_id, grain, bin_in_korea(grain, registered_at) AS at, count(*) AS registered
    FROM rows, unnest(ARRAY[race_id, '00000000-0000-0000-0000-000000000000']) AS line, unnest(ARRAY[60, 3600, 86400]) AS grain WHERE registered_at IS NOT NULL
    GROUP BY 1, 2, 3) AS came USING (race_id, grain, at)
  WHERE arrivals.registered IS DISTINCT FROM came.registered
$$;
