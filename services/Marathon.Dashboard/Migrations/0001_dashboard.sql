-- What is known of a registration, from every stream that speaks of it. Each stream writes its own columns, and only from a newer version of
-- itself, so the order between streams does not matter: whichever comes first makes the row, and the other streams' columns are still null.
CREATE TABLE registrations (
  registration_id      uuid        PRIMARY KEY,
  number               text        NOT NULL,
  as_of                timestamptz NOT NULL,          -- when the newest event known here happened

  -- registrations
  registration_version int         NOT NULL DEFAULT 0,
  status               text,                          -- REGISTERED, CANCELLED, DECLINED, EXPIRED
  access_key_hash      text,                          -- base64 of SHA-256; without it nobody may see the row
  race_id              uuid,
  race_name            text,
  race_date            date,
  division_id          uuid,
  division_name        text,
  name                 text,
  phone_no             text,
  address              text,
  top_size             text,
  bottom_size          text,
  amount               int,
  currency             text,
  refund_due           int,
  registered_at        timestamptz,
  ended_at             timestamptz,                   -- cancelled, declined or expired

  -- payments
  payment_version      int         NOT NULL DEFAULT 0,
  payment_status       text,                          -- COMPLETED, DECLINED, VOIDED, REFUNDED
  paid_at              timestamptz,
  refunded_amount      int,
  refunded_at          timestamptz,

  -- deliveries
  delivery_version     int         NOT NULL DEFAULT 0,
  delivery_status      text,                          -- RECEIVED, DISPATCHED, DELIVERED, CANCELLED, RETURN_REQUESTED
  bib                  int,
  carrier              text,
  tracking_number      text,
  received_at          timestamptz,
  dispatched_at        timestamptz,
  delivered_at         timestamptz,
  delivery_ended_at    timestamptz                    -- cancelled or asked back
) WITH (fillfactor = 70); -- a row is written once per event: room for the next version on the same page

-- Not unique: that numbers are is Registration's business, and this side shall not stand still over what others say.
CREATE INDEX registrations_by_number ON registrations (number);

-- notifications
CREATE TABLE messages (
  message_id           uuid        PRIMARY KEY,
  registration_id      uuid        NOT NULL,          -- may be told of before the registration itself
  version              int         NOT NULL,          -- of the registration's stream of notifications
  kind                 text        NOT NULL,
  text                 text        NOT NULL,
  status               text        NOT NULL,          -- ACCEPTED
  at                   timestamptz NOT NULL
);

CREATE INDEX messages_of_registration ON messages (registration_id, version);
