-- Records that came from others are found by what they are about; the index over everything that is
-- known of one was the longest of all.
-- Programs of version 5 would ask for the unique one.
UPDATE store_state SET min_reader = 6;

DROP INDEX carried_content;
DROP INDEX carried_row;
CREATE INDEX carried_row ON carried (device_row);
-- What a partner is told, file by file; written in this order too.
CREATE INDEX carried_partner ON carried (partner, file DESC, device, device_row);

-- What a device said of something before what carried knows of it: a device that was restored from a
-- backup says old things again, and new ones under old numbers.
CREATE TABLE carried_before (
  kind INTEGER NOT NULL,
  subject TEXT NOT NULL,
  device TEXT NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (kind, subject, device, content)
) WITHOUT ROWID;
