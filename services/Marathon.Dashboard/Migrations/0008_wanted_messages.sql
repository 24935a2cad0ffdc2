-- Whether a runner wants the messages that nothing depends on, too: shown, and changed, on their own page.
ALTER TABLE registrations ADD COLUMN wants_all_messages boolean NOT NULL DEFAULT true;
