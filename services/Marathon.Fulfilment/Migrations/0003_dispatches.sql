-- Kits of a race that have left together under a key: sent again, it is those, and not the next ones.
CREATE TABLE dispatches (
  race_id          uuid        NOT NULL,
  request_key      text        NOT NULL,
  registration_ids uuid[]      NOT NULL DEFAULT '{}',
  at               timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (race_id, request_key)
);
