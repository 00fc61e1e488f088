-- Indices of the metadata lists. The first pull fills the table without them: sorting 50,000 rows
-- once costs a tenth of inserting them one by one into four trees.
CREATE INDEX IF NOT EXISTS metadata_name
  ON metadata_object (kind, search_text, uid, generation);
CREATE INDEX IF NOT EXISTS metadata_parent
  ON metadata_object (kind, parent, sort_order, search_text, uid, generation)
  WHERE parent IS NOT NULL;
CREATE INDEX IF NOT EXISTS metadata_path
  ON metadata_object (path) WHERE path IS NOT NULL;
CREATE INDEX IF NOT EXISTS metadata_code
  ON metadata_object (parent, code) WHERE kind = 8;
CREATE INDEX IF NOT EXISTS metadata_gone ON metadata_object (kind, uid) WHERE gone = 1;
