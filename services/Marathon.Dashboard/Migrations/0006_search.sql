-- What people are looked for by, of registrations whose race is known. Names are in small letters, phone numbers are their digits from the last to the first.
CREATE TABLE searched (
  registration_id uuid PRIMARY KEY,
  race_id         uuid NOT NULL,
  name            text NOT NULL,
  phone           text NOT NULL
);

-- A part of a Korean name has one or two syllables, and pg_trgm needs three letters: so this is of the pairs of letters that follow each other, as numbers, and of
-- single letters beyond the Latin, Greek and Cyrillic ones. With the race as one more key, which is larger than any pair.
CREATE FUNCTION pairs_of(words text) RETURNS bigint[] IMMUTABLE STRICT LANGUAGE sql RETURN (
  SELECT coalesce(array_agg(DISTINCT pair), '{}') FROM (
    SELECT ascii(substr(words, at, 1)) * 2097152::bigint + ascii(substr(words, at + 1, 1)) AS pair FROM generate_series(1, length(words) - 1) AS at
    UNION ALL SELECT ascii(substr(words, at, 1)) * 2097152::bigint FROM generate_series(1, length(words)) AS at WHERE ascii(substr(words, at, 1)) >= 4352) AS pairs);

CREATE FUNCTION key_of_race(race_id uuid) RETURNS bigint IMMUTABLE STRICT LANGUAGE sql RETURN ('x' || substr(replace(race_id::text, '-', ''), 1, 16))::bit(64)::bigint;

CREATE INDEX searched_by_name ON searched USING gin ((pairs_of(name) || key_of_race(race_id)));
CREATE INDEX searched_by_phone ON searched (phone text_pattern_ops);
CREATE INDEX searched_of_race ON searched (race_id, registration_id);

-- Beside the registrations: an index there would make each of their many changes dearer.
CREATE TABLE bibs (
  bib             int  NOT NULL,
  registration_id uuid NOT NULL,
  PRIMARY KEY (bib, registration_id)
);
