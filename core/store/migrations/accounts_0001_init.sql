-- Who has signed in on this device, and in which file their data is.
CREATE TABLE account (
  server TEXT NOT NULL,
  user TEXT NOT NULL,
  database_file TEXT NOT NULL UNIQUE,
  offline_verifier TEXT,
  lockout TEXT,
  last_used_ms INTEGER NOT NULL,
  PRIMARY KEY (server, user)
) WITHOUT ROWID;
