-- What was written and never read. Replicas of the version before must be stopped first: they write it still.
ALTER TABLE race_divisions DROP name, DROP place;

-- The sum of the other four, by every statement that wrote it; with it goes the check that it is.
ALTER TABLE stock DROP received;

-- Nobody asks for the movements of a kit.
DROP INDEX stock_movements_of_registration;
