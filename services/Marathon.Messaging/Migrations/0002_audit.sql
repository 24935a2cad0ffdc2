-- What people did: written with the change itself, when somebody outside made it. Ids only; whose they are stands elsewhere, as long as it may.
CREATE TABLE audit (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at           timestamptz NOT NULL DEFAULT now(),
  actor        text        NOT NULL,   -- the account, or 'runner'
  role         text        NOT NULL,
  network      text        NOT NULL,   -- where from: 203.0.113.0/24
  action       text        NOT NULL,   -- the event that told it, or what an operator did
  stream       text,
  aggregate_id uuid,
  version      int
);
CREATE INDEX audit_of_aggregate ON audit (aggregate_id, id);
CREATE INDEX audit_of_actor ON audit (actor, id);
