-- The bib counter of each race. One row per race, locked by whoever gives bibs until they commit.
CREATE TABLE races (
  race_id  uuid PRIMARY KEY,
  name     text NOT NULL,
  last_bib int  NOT NULL
) WITH (fillfactor = 50);

-- The organiser's roll. A line stays when its runner leaves, so that its bib can never be another's.
CREATE TABLE register_masters (
  registration_id uuid        PRIMARY KEY,
  number          text        NOT NULL,
  race_id         uuid        NOT NULL,     -- its counter was moved on in the same transaction
  bib             int         NOT NULL,
  division_id     uuid        NOT NULL,
  division_name   text        NOT NULL,
  name            text        NOT NULL,
  phone_no        text        NOT NULL,
  address         text        NOT NULL,
  top_size        text        NOT NULL,
  bottom_size     text        NOT NULL,
  received_at     timestamptz NOT NULL,
  removed_at      timestamptz,
  UNIQUE (race_id, bib)
);

-- A kit and where it is. It keeps the address and sizes it was sent with.
CREATE TABLE deliveries (
  registration_id uuid        PRIMARY KEY,
  number          text        NOT NULL,
  status          text        NOT NULL CHECK (status IN ('RECEIVED', 'DISPATCHED', 'DELIVERED', 'CANCELLED', 'RETURN_REQUESTED')),
  since           timestamptz NOT NULL,   -- in this status
  name            text        NOT NULL,
  phone_no        text        NOT NULL,
  address         text        NOT NULL,
  top_size        text        NOT NULL,
  bottom_size     text        NOT NULL,
  carrier         text,
  tracking_number text,
  version         int         NOT NULL    -- events told of it in the stream deliveries
) WITH (fillfactor = 80);

CREATE INDEX deliveries_due ON deliveries (status, since);
