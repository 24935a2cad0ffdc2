-- The registrations whose person was erased from this database. Erasing is the one thing that changes a row of the outbox: its payload, and nothing
-- that the relay reads by.
CREATE TABLE erasures (
  registration_id uuid        PRIMARY KEY,
  at              timestamptz NOT NULL
);
