-- Where the money is, from what Registration and Payment said, in whichever order it was heard. A registration that was confirmed has been paid, and one
-- that ended otherwise never will be, even if Payment's own word is still on its way.
CREATE FUNCTION pay_status_of(status text, payment_status text, refund_due int, registered_at timestamptz) RETURNS text IMMUTABLE LANGUAGE sql RETURN
  CASE
    WHEN payment_status IN ('REFUNDED', 'DECLINED', 'VOIDED') THEN payment_status
    WHEN status = 'CANCELLED' AND refund_due > 0 THEN 'REFUND_DUE'
    WHEN payment_status = 'COMPLETED' OR registered_at IS NOT NULL THEN 'COMPLETED'
    WHEN status = 'HELD' THEN 'PAYMENT_PENDING'
    WHEN status = 'DECLINED' THEN 'DECLINED'
    WHEN status IN ('EXPIRED', 'CANCELLED') THEN 'VOIDED'
  END;
ALTER TABLE registrations ADD COLUMN pay_status text GENERATED ALWAYS AS (pay_status_of(status, payment_status, refund_due, registered_at)) STORED;

-- The beginning of a number is looked for, too.
DROP INDEX registrations_by_number;
CREATE INDEX registrations_by_number ON registrations (number text_pattern_ops);

-- A registration has few messages: one index finds them and tells them apart.
ALTER TABLE messages DROP CONSTRAINT messages_pkey, ADD PRIMARY KEY (registration_id, message_id);
DROP INDEX messages_of_registration;

-- Which registrations a transaction has changed: a row for each statement, written with it, so that whoever follows need not ask for each registration.
-- Read by the difference of two snapshots, as the outbox is; kept for a minute.
CREATE TABLE changed (
  xid xid8   NOT NULL DEFAULT pg_current_xact_id(),
  ids uuid[] NOT NULL
);
CREATE INDEX changed_in_order ON changed (xid);
ALTER TABLE changed ALTER COLUMN ids SET STORAGE EXTERNAL; -- ids cannot be compressed

-- The digest: what lists and sums are read from. Digest.cs brings it up to what has changed, a few times a second and for many registrations at once, so
-- that a sell-out does not pay for it at every event. Of all this only one row in one table is written for a registration that did not move.
CREATE TABLE digested (
  snap pg_snapshot NOT NULL,                     -- what it has seen
  at   timestamptz NOT NULL
);
INSERT INTO digested VALUES ('1:1:', now());

-- All registrations that are alike: how many, and the sums over them.
CREATE TABLE cells (
  cell            int     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  race_id         uuid    NOT NULL,
  division_id     uuid    NOT NULL,              -- all zeros: not known, as of one that was never confirmed
  status          text    NOT NULL,
  pay_status      text    NOT NULL,              -- empty: not known
  delivery_status text    NOT NULL,              -- empty: none
  top_size        text    NOT NULL,
  bottom_size     text    NOT NULL,
  checked_in      boolean NOT NULL,
  count           bigint  NOT NULL DEFAULT 0,
  amount          bigint  NOT NULL DEFAULT 0,
  refund_due      bigint  NOT NULL DEFAULT 0,
  refunded        bigint  NOT NULL DEFAULT 0,
  accepted        bigint  NOT NULL DEFAULT 0,    -- messages, by where they are
  delivered       bigint  NOT NULL DEFAULT 0,
  failed          bigint  NOT NULL DEFAULT 0,
  UNIQUE (race_id, division_id, status, pay_status, delivery_status, top_size, bottom_size, checked_in)
) WITH (fillfactor = 50);

-- Which cell a registration is counted in, and with what.
CREATE TABLE listed (
  registration_id uuid     PRIMARY KEY,
  cell            int      NOT NULL,
  amount          int      NOT NULL,
  refund_due      int      NOT NULL,
  refunded        int      NOT NULL,
  accepted        smallint NOT NULL,
  delivered       smallint NOT NULL,
  failed          smallint NOT NULL,
  registered_at   timestamptz
) WITH (fillfactor = 80);
CREATE INDEX listed_in_cell ON listed (cell, registration_id);

-- When people came: those confirmed in each minute.
CREATE TABLE minutes (
  race_id    uuid        NOT NULL,
  minute     timestamptz NOT NULL,
  registered int         NOT NULL,
  PRIMARY KEY (race_id, minute)
);

-- Where a sum is not that of its rows. By name when it is called: it belongs to no table.
CREATE FUNCTION digest_differences() RETURNS TABLE (difference text) STABLE LANGUAGE sql AS $$
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
  SELECT format('%s %s: %s are counted, %s came', race_id, minute, minutes.registered, came.registered)
  FROM minutes FULL JOIN (
    SELECT race_id, date_trunc('minute', registered_at) AS minute, count(*) AS registered FROM rows WHERE registered_at IS NOT NULL GROUP BY 1, 2) AS came USING (race_id, minute)
  WHERE minutes.registered IS DISTINCT FROM came.registered
$$;

-- What was there before is digested like what comes.
INSERT INTO changed (ids)
SELECT array_agg(registration_id) FROM (SELECT registration_id, row_number() OVER () / 1000 AS part FROM registrations) AS known GROUP BY part;
