-- The first schema. Released migrations never change; the next one is a file of its own.
-- Data tables have no foreign key to metadata: data never cascades from metadata.

CREATE TABLE store_state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  -- Oldest program version (of this schema) that may open the file.
  min_reader INTEGER NOT NULL,
  -- Metadata rows with a smaller or equal generation are visible; 0 means nothing was pulled yet.
  visible_generation INTEGER NOT NULL,
  -- Last device sequence number: every write takes one, so edits have an order without a clock.
  sequence INTEGER NOT NULL,
  -- End of the journal, so that a cut tail is noticed.
  journal_seq INTEGER NOT NULL,
  journal_hash BLOB NOT NULL
);
INSERT INTO store_state VALUES (1, 1, 0, 0, 0, zeroblob(32));

CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE secret (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- Metadata. The lists' indices (metadata/indices.sql) are made when the first pull becomes visible.
CREATE TABLE metadata_object (
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  uid TEXT NOT NULL,
  generation INTEGER NOT NULL,
  -- Gone on the server, kept because unsent work needs it.
  gone INTEGER NOT NULL,
  sort_order INTEGER NOT NULL,
  name TEXT NOT NULL,
  code TEXT,
  parent TEXT,
  search_text TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE UNIQUE INDEX metadata_uid ON metadata_object (kind, uid, generation);
CREATE INDEX metadata_gone ON metadata_object (kind, uid) WHERE gone = 1;
-- Options: a set may have 50,000, listed in order, searched by name, found by code.
CREATE INDEX metadata_option ON metadata_object (parent, sort_order, search_text, uid, generation)
  WHERE kind = 8;
CREATE INDEX metadata_option_code ON metadata_object (parent, code) WHERE kind = 8;

-- Assigned organisation units. Every list has one row with an empty unit, so that an empty list is
-- a list too.
CREATE TABLE assignment (
  object TEXT NOT NULL,
  generation INTEGER NOT NULL,
  organisation_unit TEXT NOT NULL,
  PRIMARY KEY (object, generation, organisation_unit)
) WITHOUT ROWID;

CREATE TABLE metadata_tombstone (
  kind INTEGER NOT NULL,
  uid TEXT NOT NULL,
  PRIMARY KEY (kind, uid)
) WITHOUT ROWID;

CREATE TABLE pull (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  scope TEXT,
  started_ms INTEGER,
  -- Rows with a larger id were staged by the pull under way.
  staged_after INTEGER NOT NULL
);
INSERT INTO pull VALUES (1, NULL, NULL, 0);

CREATE TABLE pull_kind (
  kind INTEGER PRIMARY KEY,
  watermark TEXT,
  count INTEGER NOT NULL,
  ids_compared_ms INTEGER,
  -- Sum of the content hashes of the visible objects.
  fingerprint BLOB NOT NULL
);

CREATE TABLE pull_progress (
  kind INTEGER PRIMARY KEY,
  pages_done INTEGER NOT NULL,
  total INTEGER,
  is_done INTEGER NOT NULL,
  ids_compared INTEGER NOT NULL,
  staged_count INTEGER NOT NULL,
  staged_watermark TEXT,
  staged_fingerprint BLOB NOT NULL
);

-- Captured data. What the server holds is the row itself, or the outbox row's base if there is one.
CREATE TABLE data_value (
  organisation_unit TEXT NOT NULL,
  period TEXT NOT NULL,
  attribute_option_combo TEXT NOT NULL,
  data_element TEXT NOT NULL,
  category_option_combo TEXT NOT NULL,
  value TEXT,
  comment TEXT,
  follow_up INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  stored_by TEXT,
  last_updated TEXT,
  seq INTEGER NOT NULL,
  PRIMARY KEY (organisation_unit, period, attribute_option_combo, data_element,
    category_option_combo)
) WITHOUT ROWID;

-- Slices of data sets in which something was entered or downloaded.
CREATE TABLE slice (
  data_set TEXT NOT NULL,
  organisation_unit TEXT NOT NULL,
  period TEXT NOT NULL,
  attribute_option_combo TEXT NOT NULL,
  PRIMARY KEY (data_set, organisation_unit, period, attribute_option_combo)
) WITHOUT ROWID;

CREATE TABLE completion (
  data_set TEXT NOT NULL,
  organisation_unit TEXT NOT NULL,
  period TEXT NOT NULL,
  attribute_option_combo TEXT NOT NULL,
  completed INTEGER NOT NULL,
  date TEXT,
  stored_by TEXT,
  seq INTEGER NOT NULL,
  PRIMARY KEY (data_set, organisation_unit, period, attribute_option_combo)
) WITHOUT ROWID;

CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  program TEXT NOT NULL,
  program_stage TEXT NOT NULL,
  organisation_unit TEXT NOT NULL,
  -- When it happened, else when it is planned; empty if neither is known.
  occurred TEXT NOT NULL,
  status TEXT NOT NULL,
  deleted INTEGER NOT NULL,
  server_updated_at TEXT,
  seq INTEGER NOT NULL,
  search_text TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX event_by_place ON event (program, organisation_unit, occurred, uid) WHERE deleted = 0;
CREATE INDEX event_by_day ON event (program, occurred, uid) WHERE deleted = 0;

CREATE TABLE draft (
  form TEXT NOT NULL,
  key TEXT NOT NULL,
  body TEXT NOT NULL,
  saved_ms INTEGER NOT NULL,
  PRIMARY KEY (form, key)
) WITHOUT ROWID;

CREATE TABLE download_cursor (
  subject TEXT PRIMARY KEY,
  watermark_ms INTEGER,
  chunks_done INTEGER NOT NULL,
  started_ms INTEGER,
  scope TEXT NOT NULL
) WITHOUT ROWID;

-- What waits to be sent. state: 0 pending, 1 in flight, 2 rejected, 3 conflict.
CREATE TABLE outbox (
  -- The device sequence number of the edit that made the row, so none is ever used again.
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  state INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  -- Revision that was sent last; an answer about another one leaves the row pending.
  sent_revision INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  -- 0 means ready; a claim sets the time back to 0 once it has come.
  not_before_ms INTEGER NOT NULL,
  in_flight_since_ms INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  payload_version INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  -- The record; begins with period and place for values, so that one form is one run of pages.
  subject TEXT NOT NULL,
  lane TEXT NOT NULL,
  edited_by TEXT NOT NULL,
  payload TEXT NOT NULL,
  base TEXT,
  -- What was sent with an unknown outcome.
  last_sent TEXT,
  -- What is in flight, if the row was edited meanwhile; else the payload itself is.
  in_flight TEXT,
  -- Why it was put off, in words.
  put_off_reason TEXT,
  rejection_code TEXT,
  rejection_field TEXT,
  rejection_reason TEXT,
  rejection_report TEXT
);
CREATE UNIQUE INDEX outbox_subject ON outbox (kind, subject);
CREATE INDEX outbox_oldest ON outbox (kind, id) WHERE state = 0 AND not_before_ms = 0;
CREATE INDEX outbox_lane ON outbox (kind, lane, subject)
  WHERE state = 0 AND not_before_ms = 0;
CREATE INDEX outbox_put_off ON outbox (not_before_ms) WHERE state = 0 AND not_before_ms > 0;
CREATE INDEX outbox_parked ON outbox (state, id) WHERE state > 0;

-- Rows by kind, lane and state: counting a million rows takes too long for a screen. What is added
-- is counted once per transaction by whoever adds it, for a trigger would make SQLite copy every
-- page that an insert touches; the rest is kept by triggers. Within a transaction a count may lag.
CREATE TABLE outbox_count (
  kind INTEGER NOT NULL,
  lane TEXT NOT NULL,
  state INTEGER NOT NULL,
  rows INTEGER NOT NULL,
  PRIMARY KEY (kind, lane, state)
) WITHOUT ROWID;
CREATE TRIGGER outbox_count_delete AFTER DELETE ON outbox BEGIN
  INSERT INTO outbox_count VALUES (old.kind, old.lane, old.state, -1)
    ON CONFLICT (kind, lane, state) DO UPDATE SET rows = rows - 1;
END;
CREATE TRIGGER outbox_count_update AFTER UPDATE OF state, lane ON outbox
  WHEN old.state <> new.state OR old.lane <> new.lane BEGIN
  INSERT INTO outbox_count VALUES (old.kind, old.lane, old.state, -1)
    ON CONFLICT (kind, lane, state) DO UPDATE SET rows = rows - 1;
  INSERT INTO outbox_count VALUES (new.kind, new.lane, new.state, 1)
    ON CONFLICT (kind, lane, state) DO UPDATE SET rows = rows + 1;
END;

CREATE TABLE conflict (
  outbox_id INTEGER PRIMARY KEY,
  payload_version INTEGER NOT NULL,
  -- What the server holds; base and own record are in the outbox row.
  theirs TEXT NOT NULL,
  fields TEXT NOT NULL,
  found_ms INTEGER NOT NULL
);

-- The server's last answer about a record that is no longer waiting.
CREATE TABLE last_answer (
  kind INTEGER NOT NULL,
  subject TEXT NOT NULL,
  outcome TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (kind, subject)
) WITHOUT ROWID;

-- Append-only; each hash covers the entry and the hash before it.
CREATE TABLE journal (
  seq INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  by TEXT NOT NULL,
  body TEXT NOT NULL,
  hash BLOB NOT NULL
);
CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN
  SELECT RAISE(ABORT, 'the journal is append-only');
END;
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN
  SELECT RAISE(ABORT, 'the journal is append-only');
END;
