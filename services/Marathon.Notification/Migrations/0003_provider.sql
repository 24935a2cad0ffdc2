-- Messages go to a provider that may be slow, away or in doubt; what became of each is known.

-- How many events the stream notifications has told of a registration is kept with its contact: one row less for each.
ALTER TABLE contacts
  ADD version      int         NOT NULL DEFAULT 0,
  ADD race_id      uuid,
  ADD confirmed_at timestamptz,                      -- from then on it stood, and a link may lead to it
  ADD ended_at     timestamptz,
  ADD wants_all    boolean     NOT NULL DEFAULT true; -- also what need not be told
ALTER TABLE contacts SET (fillfactor = 70);
UPDATE contacts SET version = histories.version FROM histories WHERE histories.registration_id = contacts.registration_id;
INSERT INTO contacts (registration_id, name, phone_no, language, version)
  SELECT registration_id, '', '', 'ko', version FROM histories ON CONFLICT DO NOTHING;
DROP TABLE histories;
UPDATE contacts SET confirmed_at = now() WHERE number IS NOT NULL;
UPDATE contacts SET ended_at = now() WHERE EXISTS (SELECT FROM messages WHERE messages.registration_id = contacts.registration_id AND kind IN ('cancelled', 'declined', 'expired'));
UPDATE contacts SET number = (SELECT number FROM messages WHERE messages.registration_id = contacts.registration_id LIMIT 1) WHERE number IS NULL;
CREATE INDEX contacts_number ON contacts (number);

-- A message's id is made of its cause, so that its key alone keeps a cause from having two.
ALTER TABLE messages
  DROP CONSTRAINT messages_registration_id_kind_cause_stream_cause_version_key,
  DROP CONSTRAINT messages_status_check,
  ADD CONSTRAINT messages_status_check CHECK (status IN ('QUEUED', 'ACCEPTED', 'DELIVERED', 'FAILED', 'UNWANTED')),
  ALTER fields DROP NOT NULL,                        -- none are needed once there is a text
  ADD queued_at   timestamptz NOT NULL DEFAULT now(),
  ADD due_at      timestamptz NOT NULL DEFAULT now(),
  ADD deferred    boolean     NOT NULL DEFAULT false, -- to the morning: what cannot wait goes before it
  ADD attempts    int         NOT NULL DEFAULT 0,     -- how often it was given to the provider
  ADD given_at    timestamptz,                        -- and has got no answer yet: the provider is asked before it is given again
  ADD provider_id text,
  ADD settled_at  timestamptz,                        -- delivered or failed
  ADD reason      text,
  ADD report_at   timestamptz;                        -- when the provider is asked what became of it; null: not
DROP INDEX messages_queued;
DROP INDEX messages_queued_of;
CREATE INDEX messages_due ON messages (due_at, seq) WHERE status = 'QUEUED';
CREATE INDEX messages_of ON messages (registration_id, seq);
CREATE INDEX messages_latest ON messages (seq);
CREATE INDEX messages_unreported ON messages (report_at) WHERE report_at IS NOT NULL;

-- The attempts that were not accepted at once. That the last one was, the message itself says.
CREATE TABLE attempts (
  message_id uuid        NOT NULL,
  attempt    int         NOT NULL,
  at         timestamptz NOT NULL,
  outcome    text        NOT NULL CHECK (outcome IN ('REFUSED', 'LATER', 'UNKNOWN', 'LOST')),
  reason     text        NOT NULL,
  PRIMARY KEY (message_id, attempt)
);

-- How much the provider takes: one bucket of tokens for all dispatchers, and a pause while it is away.
CREATE TABLE pace (
  id           boolean          PRIMARY KEY DEFAULT true CHECK (id),
  tokens       double precision NOT NULL DEFAULT 0,
  filled_at    timestamptz      NOT NULL DEFAULT now(),
  failures     int              NOT NULL DEFAULT 0,
  paused_until timestamptz
);
INSERT INTO pace DEFAULT VALUES;

-- What is to be told to everybody who is registered for a race.
CREATE TABLE races (
  race_id uuid PRIMARY KEY,
  name    text NOT NULL
);
CREATE TABLE announcements (
  race_id      uuid        NOT NULL,
  version      int         NOT NULL,                 -- the event's
  kind         text        NOT NULL,
  at           timestamptz NOT NULL,
  trace_parent text,
  told_until   uuid        NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',  -- the last registration that was looked at
  is_told      boolean     NOT NULL DEFAULT false,
  PRIMARY KEY (race_id, version)
);

-- What the simulated provider says of a message later.
ALTER TABLE sandbox_sms ADD fails_with text;
