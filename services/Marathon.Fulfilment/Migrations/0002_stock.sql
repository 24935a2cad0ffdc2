-- Replicas of the version before must be stopped first: they give bibs by the counter that goes here, and know nothing of the columns that are new.

-- What Registration says of a race. A race that is heard of by its first runner before its own event has no divisions and sizes for that moment.
ALTER TABLE races
  ADD picks_up      boolean NOT NULL DEFAULT false,
  ADD top_sizes     text[]  NOT NULL DEFAULT '{}',
  ADD bottom_sizes  text[]  NOT NULL DEFAULT '{}',
  ADD stock_version int     NOT NULL DEFAULT 0;      -- events told of it in the stream stock

CREATE TABLE race_divisions (
  division_id uuid PRIMARY KEY,
  race_id     uuid NOT NULL,
  name        text NOT NULL,
  capacity    int  NOT NULL,
  place       int  NOT NULL       -- among the divisions of its race
);

CREATE INDEX race_divisions_of ON race_divisions (race_id);

-- Bib numbers by division. Changed only under the lock of the race's row.
CREATE TABLE bib_blocks (
  race_id     uuid NOT NULL,
  division_id uuid NOT NULL,
  first       int  NOT NULL,
  last        int  NOT NULL CHECK (last >= first),
  next        int  NOT NULL CHECK (next BETWEEN first AND last + 1),
  PRIMARY KEY (race_id, first)
) WITH (fillfactor = 50);

-- Until now a race's bibs counted up through all divisions. Those given stay; nobody gets one of them again.
INSERT INTO bib_blocks SELECT race_id, '00000000-0000-0000-0000-000000000000', 1, last_bib, last_bib + 1 FROM races WHERE last_bib > 0;
ALTER TABLE races DROP last_bib;

ALTER TABLE register_masters
  ADD note          text,
  ADD checked_in_at timestamptz,
  ADD checked_in_by text;               -- an account, or 'runner'

CREATE UNIQUE INDEX register_masters_number ON register_masters (number);

ALTER TABLE deliveries
  ADD race_id          uuid,
  ADD confirmed_at     timestamptz,                    -- who was first is served first
  ADD top_allocated    boolean NOT NULL DEFAULT false, -- a piece of the stock: set aside, or gone with the runner
  ADD bottom_allocated boolean NOT NULL DEFAULT false,
  ADD parcels          int     NOT NULL DEFAULT 0,
  DROP CONSTRAINT deliveries_status_check,
  ADD CHECK (status IN ('RECEIVED', 'BACKORDERED', 'READY', 'DISPATCHED', 'DELIVERED', 'PICKED_UP', 'CANCELLED', 'RETURN_REQUESTED', 'RETURNED')),
  ADD CHECK (status <> 'READY' OR (top_allocated AND bottom_allocated)),
  ADD CHECK (NOT (top_allocated OR bottom_allocated) OR status NOT IN ('CANCELLED', 'RETURNED'));

UPDATE deliveries SET race_id = roll.race_id, confirmed_at = roll.received_at, parcels = CASE WHEN carrier IS NULL THEN 0 ELSE 1 END
FROM register_masters AS roll WHERE roll.registration_id = deliveries.registration_id;
ALTER TABLE deliveries ALTER race_id SET NOT NULL, ALTER confirmed_at SET NOT NULL;

DROP INDEX deliveries_due;
CREATE INDEX deliveries_of_race ON deliveries (race_id, status, since);
CREATE INDEX deliveries_in_order ON deliveries (race_id, confirmed_at, registration_id);
CREATE UNIQUE INDEX deliveries_number ON deliveries (number);
CREATE INDEX deliveries_carried ON deliveries (tracking_number) WHERE tracking_number IS NOT NULL;
-- The queues.
CREATE INDEX deliveries_await_top ON deliveries (race_id, top_size, confirmed_at, registration_id) WHERE NOT top_allocated AND status IN ('RECEIVED', 'BACKORDERED');
CREATE INDEX deliveries_await_bottom ON deliveries (race_id, bottom_size, confirmed_at, registration_id) WHERE NOT bottom_allocated AND status IN ('RECEIVED', 'BACKORDERED');

-- What there is of an item in a size; the sum of its movements. Changed only under the lock of the race's row.
CREATE TABLE stock (
  race_id   uuid NOT NULL,
  item      text NOT NULL CHECK (item IN ('TOP', 'BOTTOM')),
  size      text NOT NULL,
  free      int  NOT NULL CHECK (free >= 0),
  allocated int  NOT NULL CHECK (allocated >= 0),
  gone      int  NOT NULL CHECK (gone >= 0),
  scrapped  int  NOT NULL CHECK (scrapped >= 0),
  received  int  NOT NULL,
  PRIMARY KEY (race_id, item, size),
  CHECK (free + allocated + gone + scrapped = received)
) WITH (fillfactor = 50);

-- The ledger. Only ever added to.
CREATE TABLE stock_movements (
  seq             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  race_id         uuid        NOT NULL,
  item            text        NOT NULL,
  size            text        NOT NULL,
  kind            text        NOT NULL CHECK (kind IN ('RECEIVED', 'ALLOCATED', 'RELEASED', 'DISPATCHED', 'RETURNED', 'SCRAPPED')),
  quantity        int         NOT NULL CHECK (quantity > 0),
  registration_id uuid,
  procurement_id  uuid,
  note            text,
  actor           text,                  -- the account that decided it; null: a rule did
  request_key     text        UNIQUE,    -- of a movement by hand: sent again, it is not made again
  at              timestamptz NOT NULL
);

CREATE INDEX stock_movements_of_sku ON stock_movements (race_id, item, size, seq);
CREATE INDEX stock_movements_of_registration ON stock_movements (registration_id) WHERE registration_id IS NOT NULL;

-- Orders of goods to suppliers.
CREATE SEQUENCE procurement_numbers;
CREATE TABLE procurements (
  id               uuid        PRIMARY KEY,
  number           text        NOT NULL UNIQUE,
  race_id          uuid        NOT NULL,
  status           text        NOT NULL CHECK (status IN ('REQUESTED', 'ACCEPTED', 'SHIPPED', 'INSPECTED', 'CANCELLED')),
  version          int         NOT NULL,
  supplier         text,
  contact_name     text,
  contact_phone_no text,
  contact_language text,
  price            bigint,
  currency         text,
  due_date         date,
  request_key      text        UNIQUE,     -- sent again, it is not ordered again
  requested_at     timestamptz NOT NULL,
  since            timestamptz NOT NULL    -- in this status
);

CREATE INDEX procurements_of_race ON procurements (race_id, requested_at);

CREATE TABLE procurement_lines (
  procurement_id uuid NOT NULL REFERENCES procurements,
  place          int  NOT NULL,
  item           text NOT NULL CHECK (item IN ('TOP', 'BOTTOM')),
  size           text NOT NULL,
  quantity       int  NOT NULL CHECK (quantity > 0),
  passed         int  CHECK (passed >= 0),
  failed         int  CHECK (failed >= 0),
  PRIMARY KEY (procurement_id, place),
  UNIQUE (procurement_id, item, size),
  CHECK ((passed IS NULL) = (failed IS NULL)),
  CHECK (passed + failed <= quantity)
);

-- The simulated carrier's side: what it was given, once per reference.
CREATE TABLE carrier_parcels (
  reference       text        PRIMARY KEY,
  tracking_number text        NOT NULL UNIQUE,
  booked_at       timestamptz NOT NULL DEFAULT now(),
  reported_at     timestamptz
);

CREATE INDEX carrier_parcels_due ON carrier_parcels (booked_at) WHERE reported_at IS NULL;
