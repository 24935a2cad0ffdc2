-- Goes up with whatever an organiser changes at the division's race: a hold that was prepared under older terms is prepared again.
ALTER TABLE divisions ADD COLUMN terms int NOT NULL DEFAULT 0;

-- The kit has left: sizes, address and phone number are what they are.
ALTER TABLE registrations ADD COLUMN kit_dispatched boolean NOT NULL DEFAULT false;
