-- What was written and never read is written no more. The columns stay for the replicas of the version before, which write them still while they are exchanged.
ALTER TABLE race_divisions ALTER name DROP NOT NULL, ALTER place DROP NOT NULL;

-- The sum of the other four, by every statement that wrote it; with it goes the check that it is.
ALTER TABLE stock ALTER received DROP NOT NULL, DROP CONSTRAINT stock_check;

-- Nobody asks for the movements of a kit.
DROP INDEX stock_movements_of_registration;
