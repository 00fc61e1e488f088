-- Sums of tracked records, for lists and reports over more of them than can be opened.
-- Programs of version 3 would change records without saying that their sums are old.
UPDATE store_state SET min_reader = 4;

-- Programs and types whose records are summed up, under the program; version: whoever makes the sums
-- makes all of them anew when it changes.
CREATE TABLE digest_watch (
  watched TEXT PRIMARY KEY,
  program TEXT NOT NULL,
  version TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE digest (
  program TEXT NOT NULL,
  tracked_entity TEXT NOT NULL,
  -- When it was first seen where a team can see it, Unix ms; NULL: it is on this device alone.
  seen_ms INTEGER,
  -- Lists show the open ones, by sort.
  is_open INTEGER NOT NULL,
  sort INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (program, tracked_entity)
) WITHOUT ROWID;
CREATE INDEX digest_sort ON digest (program, is_open, sort, tracked_entity);
CREATE INDEX digest_unseen ON digest (program, tracked_entity) WHERE seen_ms IS NULL;

-- Whose sums are old.
CREATE TABLE digest_stale (
  program TEXT NOT NULL,
  tracked_entity TEXT NOT NULL,
  PRIMARY KEY (program, tracked_entity)
) WITHOUT ROWID;
