-- Kits that were to leave together under a key: sent again, it is those, and not the next ones.
CREATE TABLE dispatches (
  request_key      text        PRIMARY KEY,
  registration_ids uuid[]      NOT NULL,
  at               timestamptz NOT NULL DEFAULT now()
);
