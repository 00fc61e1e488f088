-- Long entries of the journal are packed: their body is a blob, a frame of zstd, instead of text.
-- Programs of version 6 would take them for tampered with.
UPDATE store_state SET min_reader = 7;

-- What is kept aside though something newer of its row was known when it came: its device was restored
-- in between. Whatever comes later, it is no older version of that.
ALTER TABLE carried ADD COLUMN is_news INTEGER NOT NULL DEFAULT 0;
