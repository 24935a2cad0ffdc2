-- The read model made anew from everything that was ever told, in the schema 'next' while it is not finished: see Rebuilding/Rebuild.cs.
CREATE TABLE rebuilds (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  requested_at timestamptz NOT NULL DEFAULT now(),
  started_at   timestamptz,
  scripts      int,                                -- migrations applied when it started: the tables of another version cannot take the place of these
  messages     bigint      NOT NULL DEFAULT 0,     -- read of the log so far
  of           bigint      NOT NULL DEFAULT 0,     -- read of it by the view that is shown
  missing      bigint,                             -- aggregates of which the new view knows less than the one that is shown; null: not looked yet
  asked_at     timestamptz,                        -- when their tellers were last asked for them
  finished_at  timestamptz,
  outcome      text                                -- DONE, CANCELLED
);
-- One at a time.
CREATE UNIQUE INDEX rebuilds_open ON rebuilds ((true)) WHERE finished_at IS NULL;
