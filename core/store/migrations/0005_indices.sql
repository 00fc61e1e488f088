-- Indices that are not there while a first download runs.
-- Programs of version 4 would ask for them by name.
UPDATE store_state SET min_reader = 5;

-- Name and statement of each; they are made again when the download ends, or at the next opening.
CREATE TABLE late_index (
  name TEXT PRIMARY KEY,
  sql TEXT NOT NULL
) WITHOUT ROWID;

-- No statement uses them: events are found by their enrolment, and whoever sends a record notes that
-- its sum is old.
DROP INDEX event_of_person;
DROP INDEX digest_unseen;
