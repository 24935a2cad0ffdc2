-- What runners choose from, from the stream of races. What the oldest events did not say is null.
CREATE TABLE races (
  race_id      uuid        PRIMARY KEY,
  name         text        NOT NULL,
  place        text        NOT NULL,
  date         date        NOT NULL,
  status       text        NOT NULL,              -- SCHEDULED, OPEN, SUSPENDED, CLOSED
  opens_at     timestamptz,
  closes_at    timestamptz,
  currency     text        NOT NULL,
  kit_handover text        NOT NULL,              -- SHIPPING, PICK_UP
  refund_tiers jsonb,                             -- as the event has them
  as_of        timestamptz NOT NULL
);

CREATE TABLE divisions (
  division_id  uuid    PRIMARY KEY,
  race_id      uuid    NOT NULL,
  position     int     NOT NULL,                  -- in the order in which the organiser named them
  name         text    NOT NULL,
  fee          int     NOT NULL,
  capacity     int     NOT NULL,
  top_sizes    text[]  NOT NULL,
  bottom_sizes text[]  NOT NULL,
  sold_out     boolean NOT NULL DEFAULT false     -- as Registration said, which alone knows who only holds a place
);
CREATE INDEX divisions_of_race ON divisions (race_id, position);

-- Where a race's goods are, from the stream of stock: what ever came is the sum of the four.
CREATE TABLE stock (
  race_id   uuid NOT NULL,
  item      text NOT NULL,                        -- TOP, BOTTOM
  size      text NOT NULL,
  free      int  NOT NULL,
  allocated int  NOT NULL,
  gone      int  NOT NULL,
  scrapped  int  NOT NULL,
  PRIMARY KEY (race_id, item, size)
);
