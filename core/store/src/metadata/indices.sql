-- Indices of the metadata lists. The first pull fills the table without them: sorting 50,000 rows
-- once costs a tenth of inserting them one by one, in the order of their ids, into two trees.
CREATE INDEX IF NOT EXISTS metadata_name
  ON metadata_object (kind, search_text, uid, generation);
CREATE INDEX IF NOT EXISTS metadata_parent
  ON metadata_object (kind, parent, sort_order, uid, generation) WHERE parent IS NOT NULL;
