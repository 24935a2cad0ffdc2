CREATE TABLE races (
  id                uuid PRIMARY KEY,
  name              text        NOT NULL,
  place             text        NOT NULL,
  date              date        NOT NULL,
  status            text        NOT NULL CHECK (status IN ('SCHEDULED', 'OPEN', 'SUSPENDED', 'CLOSED')),
  opens_at          timestamptz NOT NULL,
  closes_at         timestamptz NOT NULL,
  currency          text        NOT NULL,
  allows_duplicates boolean     NOT NULL,
  hold_seconds      int         NOT NULL CHECK (hold_seconds > 0),
  refund_tiers      jsonb       NOT NULL,
  version           int         NOT NULL  -- events told of this race
);

-- taken counts the registrations that hold a place; it changes only together with them.
CREATE TABLE divisions (
  id           uuid   PRIMARY KEY,
  race_id      uuid   NOT NULL REFERENCES races,
  name         text   NOT NULL,
  fee          int    NOT NULL CHECK (fee >= 0),
  capacity     int    NOT NULL CHECK (capacity >= 0),
  taken        int    NOT NULL DEFAULT 0 CHECK (taken BETWEEN 0 AND capacity),
  top_sizes    text[] NOT NULL,
  bottom_sizes text[] NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE registrations (
  id              uuid PRIMARY KEY,
  number          text        NOT NULL UNIQUE,
  access_key_hash bytea       NOT NULL,
  race_id         uuid        NOT NULL,  -- both are there: a hold has locked the division. A foreign key would look them up, and lock the race, for each row
  division_id     uuid        NOT NULL,
  status          text        NOT NULL CHECK (status IN ('HELD', 'REGISTERED', 'DECLINED', 'EXPIRED', 'CANCELLED')),
  pay_status      text        NOT NULL,
  name            text        NOT NULL,
  phone_no        text        NOT NULL,
  address         text        NOT NULL,
  top_size        text        NOT NULL,
  bottom_size     text        NOT NULL,
  language        text        NOT NULL,
  amount          int         NOT NULL,
  refund_due      int,
  payment_token   text,                 -- until settled: to charge again with
  identity        text,                 -- who it is, where a race takes the same person once
  idempotency_key text,
  request_hash    bytea,
  trace_parent    text,
  version         int         NOT NULL DEFAULT 0,  -- events told of this registration
  held_at         timestamptz NOT NULL,
  hold_until      timestamptz NOT NULL,
  awaits_payment  boolean     NOT NULL DEFAULT false,  -- the caller was told 202: the resolver may charge
  resolve_at      timestamptz NOT NULL,                -- while HELD: when the resolver looks, or looks again
  confirmed_at    timestamptz,
  cancelled_at    timestamptz
) WITH (fillfactor = 80);

CREATE UNIQUE INDEX registrations_idempotency ON registrations (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE UNIQUE INDEX registrations_once ON registrations (race_id, identity) WHERE identity IS NOT NULL AND status IN ('HELD', 'REGISTERED');
CREATE INDEX registrations_unsettled ON registrations (resolve_at) WHERE status = 'HELD';
