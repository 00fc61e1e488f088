-- Places without network: who is who, what was handed over in files, what was taken over from others.
-- Programs of version 2 would let a row of somebody else go without telling who captured it.
UPDATE store_state SET min_reader = 3;

-- Key ring, own card, key list of the centre: documents of the exchange library.
CREATE TABLE exchange_state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- Numbering and hash chain of the files between this device and a partner, named by its first key.
-- direction: 0 what came, 1 what was written. kind: data or receipt.
CREATE TABLE exchange_stream (
  direction INTEGER NOT NULL,
  partner TEXT NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (direction, partner, kind)
) WITHOUT ROWID;

-- Files that came too early, in pieces: they wait for those before them.
CREATE TABLE exchange_waiting (
  id INTEGER PRIMARY KEY,
  partner TEXT NOT NULL,
  kind TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  first_missing INTEGER NOT NULL,
  last_missing INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  kept_ms INTEGER NOT NULL
);
CREATE TABLE exchange_waiting_piece (
  file INTEGER NOT NULL,
  number INTEGER NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (file, number)
);

-- Rows of the outbox that were handed to a partner in a file.
CREATE TABLE handed_over (
  row INTEGER NOT NULL,
  partner TEXT NOT NULL,
  -- The revision that was in the file, and the file's number.
  revision INTEGER NOT NULL,
  file INTEGER NOT NULL,
  -- 1: the partner answers for that revision. NULL: nothing is known yet.
  stage INTEGER,
  -- Why it waits there, in words.
  reason TEXT,
  PRIMARY KEY (row, partner)
) WITHOUT ROWID;
CREATE INDEX handed_over_file ON handed_over (partner, file);
CREATE TRIGGER handed_over_gone AFTER DELETE ON outbox BEGIN
  DELETE FROM handed_over WHERE row = old.id;
END;

-- Records that came from others: who captured and carried them, and what became of them. What is not
-- told to the partner yet follows from this table and the outbox.
CREATE TABLE carried (
  id INTEGER PRIMARY KEY,
  -- Who handed it over, and in which file it came last.
  partner TEXT NOT NULL,
  file INTEGER NOT NULL,
  file_hash TEXT NOT NULL,
  -- Names it in receipts: the device that captured it, its row and revision there.
  device TEXT NOT NULL,
  device_row INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  -- Knows it again: what it is about, and the hash of what it says.
  kind INTEGER NOT NULL,
  subject TEXT NOT NULL,
  content BLOB NOT NULL,
  captured_by TEXT NOT NULL,
  captured_ms INTEGER NOT NULL,
  -- Capturer and carriers as JSON, as they came.
  provenance TEXT NOT NULL,
  -- The row in which it waits here to be sent.
  outbox INTEGER,
  -- 0 in the outbox, 1 on the server, 2 given up here, 3 kept aside.
  stage INTEGER NOT NULL,
  reason TEXT,
  payload_version INTEGER NOT NULL,
  -- The record, if it is kept aside, if the row says something else meanwhile, or once it is on the
  -- server: its capturer's next version was made of it.
  payload TEXT,
  base TEXT
);
CREATE UNIQUE INDEX carried_content ON carried (partner, device, kind, subject, content);
CREATE INDEX carried_subject ON carried (kind, subject);
CREATE INDEX carried_outbox ON carried (outbox) WHERE outbox IS NOT NULL;
CREATE INDEX carried_row ON carried (device, device_row);
CREATE INDEX carried_aside ON carried (id) WHERE stage = 3;
-- A row leaves when the server has it; whoever gives one up says so before.
CREATE TRIGGER carried_settled AFTER DELETE ON outbox BEGIN
  UPDATE carried SET stage = 1, outbox = NULL, reason = NULL, base = NULL,
      payload_version = iif(payload IS NULL, old.payload_version, payload_version),
      payload = coalesce(payload, old.payload)
    WHERE outbox = old.id;
END;
