-- Whether the runner wants the messages that nothing depends on, too.
ALTER TABLE registrations ADD COLUMN wants_all_messages boolean NOT NULL DEFAULT true;
