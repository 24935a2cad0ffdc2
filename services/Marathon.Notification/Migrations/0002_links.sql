-- A phone number as its owner may dial it: digits, without Korea's country code. Korean numbers begin with 0, so a leading 82 is that code.
CREATE FUNCTION dialled(phone_no text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN regexp_replace(regexp_replace(phone_no, '\D', '', 'g'), '^820?', '0');

-- Of a registration that was confirmed once. Others have no page that a link could lead to, and cost nothing: whoever likes could make some with anybody's phone number.
ALTER TABLE contacts ADD number text;
UPDATE contacts SET number = (SELECT number FROM messages WHERE messages.registration_id = contacts.registration_id AND kind = 'confirmed' LIMIT 1);
CREATE INDEX contacts_dialled ON contacts (dialled(phone_no), registration_id) WHERE phone_no <> '';

-- Somebody asks for the links to the registrations with a phone number, known or not. Gone once it is answered.
CREATE TABLE searches (
  id           int  PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  phone_no     text NOT NULL,
  trace_parent text
);

-- Links that open a registration without its access key, once. The code itself is nowhere but in the message.
CREATE TABLE links (
  code_hash       bytea       PRIMARY KEY,
  registration_id uuid        NOT NULL,
  number          text        NOT NULL,
  made_at         timestamptz NOT NULL DEFAULT now(),
  used_at         timestamptz
);

CREATE INDEX links_of ON links (registration_id, made_at);
CREATE INDEX links_made ON links (made_at);
