-- When its person was erased. Nothing changes after that.
ALTER TABLE registrations ADD COLUMN erased_at timestamptz;

-- Until when a race's registrations are kept with their persons; null: a year after the race.
ALTER TABLE races ADD COLUMN retain_until date;
