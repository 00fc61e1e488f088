-- Records that came from others are found by what they are about; the index over everything that is
-- known of one was the longest of all.
-- Programs of version 5 would ask for the unique one.
UPDATE store_state SET min_reader = 6;

DROP INDEX carried_content;
DROP INDEX carried_row;
CREATE INDEX carried_row ON carried (device_row);
-- What a partner is told, file by file; written in this order too.
CREATE INDEX carried_partner ON carried (partner, file DESC, device, device_row);
