-- Tracker: people, enrolments, their events, relationships, ownership, files, reserved values.
-- Programs of version 1 do not know the state 4 (held) of the outbox: they may not open the file.
UPDATE store_state SET min_reader = 2;

-- What waits for another record. state 4: held, because a record that it needs is parked.
ALTER TABLE outbox ADD COLUMN record TEXT;
UPDATE outbox SET record = subject WHERE kind = 3;
CREATE INDEX outbox_record ON outbox (record) WHERE record IS NOT NULL;

-- Which records a row needs on the server first, by id; whether they wait too is looked up.
CREATE TABLE outbox_edge (
  child INTEGER NOT NULL,
  parent TEXT NOT NULL,
  PRIMARY KEY (child, parent)
) WITHOUT ROWID;
CREATE INDEX outbox_edge_parent ON outbox_edge (parent, child);

-- Uploads that the server turned into a job; their rows stay in flight until its end is known.
CREATE TABLE kept_job (
  id TEXT PRIMARY KEY,
  kind INTEGER NOT NULL,
  started_ms INTEGER NOT NULL,
  -- JSON: [[row, revision], …]
  rows TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE tracked_entity (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  tracked_entity_type TEXT NOT NULL,
  organisation_unit TEXT NOT NULL,
  -- What lists sort by: the folded values of the type's list attributes.
  name_key TEXT NOT NULL,
  deleted INTEGER NOT NULL,
  potential_duplicate INTEGER NOT NULL DEFAULT 0,
  server_updated_at TEXT,
  seq INTEGER NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX tracked_entity_name ON tracked_entity (tracked_entity_type, name_key, uid)
  WHERE deleted = 0;

-- Which attributes make the name of a type, as JSON list of ids; from the metadata that was visible
-- when they were last looked at.
CREATE TABLE name_attributes (
  tracked_entity_type TEXT PRIMARY KEY,
  attributes TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE enrollment (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  tracked_entity TEXT NOT NULL,
  program TEXT NOT NULL,
  organisation_unit TEXT NOT NULL,
  status TEXT NOT NULL,
  -- Dates as on the wire; empty if not known.
  enrolled TEXT NOT NULL,
  completed TEXT NOT NULL,
  follow_up INTEGER NOT NULL,
  -- The person's.
  name_key TEXT NOT NULL,
  deleted INTEGER NOT NULL,
  server_updated_at TEXT,
  seq INTEGER NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX enrollment_of_person ON enrollment (tracked_entity, program);
CREATE INDEX enrollment_by_name ON enrollment (program, name_key, uid) WHERE deleted = 0;
CREATE INDEX enrollment_by_place_name ON enrollment (program, organisation_unit, name_key, uid)
  WHERE deleted = 0;
CREATE INDEX enrollment_by_day ON enrollment (program, enrolled, uid) WHERE deleted = 0;
CREATE INDEX enrollment_by_place_day ON enrollment (program, organisation_unit, enrolled, uid)
  WHERE deleted = 0;
CREATE INDEX enrollment_by_status ON enrollment (program, status, completed, uid)
  WHERE deleted = 0;
CREATE INDEX enrollment_follow_up ON enrollment (program, enrolled, uid)
  WHERE follow_up = 1 AND deleted = 0;

ALTER TABLE event ADD COLUMN enrollment TEXT;
ALTER TABLE event ADD COLUMN tracked_entity TEXT;
ALTER TABLE event ADD COLUMN assigned_user TEXT;
ALTER TABLE event ADD COLUMN follow_up INTEGER NOT NULL DEFAULT 0;
-- The planned day of an event that has not taken place; NULL otherwise.
ALTER TABLE event ADD COLUMN due TEXT;
UPDATE event SET due = json_extract(body, '$.scheduledAt'),
    assigned_user = json_extract(body, '$.assignedUser'),
    follow_up = coalesce(json_extract(body, '$.followUp'), 0);
UPDATE event SET due = NULL WHERE status NOT IN ('SCHEDULE', 'OVERDUE') OR deleted = 1;
CREATE INDEX event_of_enrollment ON event (enrollment, occurred, uid)
  WHERE enrollment IS NOT NULL;
CREATE INDEX event_of_person ON event (tracked_entity) WHERE tracked_entity IS NOT NULL;
CREATE INDEX event_due ON event (program, due, uid) WHERE due IS NOT NULL;
CREATE INDEX event_due_place ON event (program, organisation_unit, due, uid)
  WHERE due IS NOT NULL;
CREATE INDEX event_due_person ON event (tracked_entity, due) WHERE due IS NOT NULL;
CREATE INDEX event_assigned ON event (assigned_user, program, occurred, uid)
  WHERE assigned_user IS NOT NULL AND deleted = 0;
CREATE INDEX event_follow_up ON event (program, occurred, uid)
  WHERE follow_up = 1 AND deleted = 0;

-- Attributes by number, so that a million values do not repeat their ids.
CREATE TABLE attribute_number (id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE);
-- Values of attributes as they are compared: trimmed, lower case, cut. person is the number of the
-- tracked entity; enrollment that of the enrolment on which the value lies, or 0.
CREATE TABLE attribute_value (
  attribute INTEGER NOT NULL,
  value TEXT NOT NULL,
  person INTEGER NOT NULL,
  enrollment INTEGER NOT NULL,
  PRIMARY KEY (attribute, value, person, enrollment)
) WITHOUT ROWID;
-- Folded texts of a tracked entity's attributes, for the search by any part of a name; the row is
-- the tracked entity's number.
CREATE VIRTUAL TABLE person_text USING fts5(
  text, content = '', contentless_delete = 1,
  tokenize = "trigram case_sensitive 1"
);

CREATE TABLE relationship (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  relationship_type TEXT NOT NULL,
  from_uid TEXT NOT NULL,
  to_uid TEXT NOT NULL,
  deleted INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX relationship_from ON relationship (from_uid, relationship_type, uid);
CREATE INDEX relationship_to ON relationship (to_uid, relationship_type, uid);

CREATE TABLE program_owner (
  tracked_entity TEXT NOT NULL,
  program TEXT NOT NULL,
  organisation_unit TEXT NOT NULL,
  PRIMARY KEY (tracked_entity, program)
) WITHOUT ROWID;

-- Where a person broke the glass.
CREATE TABLE temporary_ownership (
  tracked_entity TEXT NOT NULL,
  program TEXT NOT NULL,
  reason TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (tracked_entity, program)
) WITHOUT ROWID;

-- Records that stored ones name and that are not on the device. kind: 1 tracked entity, 2 enrolment.
CREATE TABLE missing_record (
  uid TEXT PRIMARY KEY,
  kind INTEGER NOT NULL,
  program TEXT
) WITHOUT ROWID;

CREATE TABLE reserved_value (
  attribute TEXT NOT NULL,
  -- Empty: for every place.
  organisation_unit TEXT NOT NULL,
  value TEXT NOT NULL,
  -- Server time, Unix ms; the largest number means for good.
  expires_ms INTEGER NOT NULL,
  -- The record that took it. A row stays when it was taken: a value is never handed out twice.
  taken_by TEXT,
  PRIMARY KEY (attribute, organisation_unit, value)
) WITHOUT ROWID;
CREATE INDEX reserved_value_free ON reserved_value (attribute, organisation_unit, expires_ms, value)
  WHERE taken_by IS NULL;

-- Values made on the device because no reserved one was left; exchanged before they are sent.
CREATE TABLE temporary_value (
  record TEXT NOT NULL,
  attribute TEXT NOT NULL,
  organisation_unit TEXT NOT NULL,
  value TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (record, attribute)
) WITHOUT ROWID;
CREATE INDEX temporary_value_attribute ON temporary_value (attribute, organisation_unit, seq);

CREATE TABLE file_resource (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  -- NULL: content whose record was not saved yet.
  body TEXT,
  bytes INTEGER NOT NULL,
  is_whole INTEGER NOT NULL,
  stored_ms INTEGER NOT NULL,
  seq INTEGER NOT NULL
);
-- The content in pieces, apart from the rows above so that lists of them stay small.
CREATE TABLE file_chunk (
  file INTEGER NOT NULL,
  number INTEGER NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (file, number)
);

-- What a person chose to hold of a program.
CREATE TABLE program_setting (
  program TEXT PRIMARY KEY,
  enabled INTEGER NOT NULL,
  only_active INTEGER NOT NULL,
  changed_within_days INTEGER,
  people_max INTEGER
) WITHOUT ROWID;

-- Lists that a person put together.
CREATE TABLE working_list (
  id TEXT PRIMARY KEY,
  program TEXT NOT NULL,
  name TEXT NOT NULL,
  filter TEXT NOT NULL
) WITHOUT ROWID;

-- Which journal entries are about which record.
CREATE TABLE journal_record (
  record TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (record, seq)
) WITHOUT ROWID;
