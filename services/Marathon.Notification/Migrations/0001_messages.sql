-- Where to reach the runner of a registration, as the stream registrations last said.
CREATE TABLE contacts (
  registration_id uuid PRIMARY KEY,
  name            text NOT NULL,
  phone_no        text NOT NULL,
  language        text NOT NULL
);

-- One message per cause. QUEUED until the sender has taken it; one whose contact is not known yet stays so until it is.
CREATE TABLE messages (
  id              uuid        PRIMARY KEY,   -- the sender's reference
  registration_id uuid        NOT NULL,
  number          text        NOT NULL,
  kind            text        NOT NULL,
  cause_stream    text        NOT NULL,
  cause_version   int         NOT NULL,
  seq             bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,   -- the order within a registration
  status          text        NOT NULL DEFAULT 'QUEUED' CHECK (status IN ('QUEUED', 'ACCEPTED')),
  fields          jsonb       NOT NULL,
  text            text,                      -- from the first lease on, never another
  lease           uuid,
  lease_until     timestamptz,
  accepted_at     timestamptz,
  trace_parent    text,
  UNIQUE (registration_id, kind, cause_stream, cause_version)
) WITH (fillfactor = 70);

CREATE INDEX messages_queued ON messages (seq) WHERE status = 'QUEUED';
CREATE INDEX messages_queued_of ON messages (registration_id, seq) WHERE status = 'QUEUED';

-- The SMS history of a registration: how many events the stream notifications has told of it.
CREATE TABLE histories (
  registration_id uuid PRIMARY KEY,
  version         int NOT NULL
) WITH (fillfactor = 80);

-- The provider's side of the sandbox: what it was given, once per reference.
CREATE TABLE sandbox_sms (
  reference uuid        PRIMARY KEY,
  phone_no  text        NOT NULL,
  text      text        NOT NULL,
  taken_at  timestamptz NOT NULL DEFAULT now()
);
