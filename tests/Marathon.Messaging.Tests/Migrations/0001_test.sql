-- What a teller changes, and what a listener notes of what it heard, in the order it was applied.
CREATE TABLE things (id uuid PRIMARY KEY, version int NOT NULL);
CREATE TABLE heard (place bigserial PRIMARY KEY, aggregate_id uuid NOT NULL, version int NOT NULL, text text NOT NULL);
