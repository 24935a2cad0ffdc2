-- What people were promised to get back for days after the race, when it was to be later: lastDay, percent. Of races that were moved before this was kept, nothing is known.
ALTER TABLE races ADD COLUMN promises_after jsonb NOT NULL DEFAULT '[]';
