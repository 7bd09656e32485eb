-- The tables of metadata.db. docs/formats/metadata.md explains them, the layout of the blobs, and what a change here
-- means for the format version.
--
-- In every table the last column, "check", is the first 8 bytes of a SHA-256 over the table's name and all other columns,
-- in the order given here. Digests are 32 bytes; a digest that there is none of is a blob of no bytes. Times are
-- nanoseconds since 1970-01-01 UTC. Unsigned numbers are kept by their bits. What may hold any byte, as paths, is a BLOB.

PRAGMA application_id = 0x53434d44;  -- "SCMD"
PRAGMA user_version = 2;             -- the format version

-- 'secret': 32 random bytes, under which environment variables are digested. 'last_run', 'last_execution',
-- 'last_acceptance': ids up to these were given once, although their rows may be gone; they are not given again.
CREATE TABLE settings (
  name    TEXT PRIMARY KEY NOT NULL,
  value   BLOB NOT NULL,
  "check" BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  id          INTEGER PRIMARY KEY,
  pipeline    TEXT NOT NULL,
  status      INTEGER NOT NULL,    -- 1 running, 2 completed, 3 failed, 4 cancelled, 5 interrupted
  started_ns  INTEGER NOT NULL,
  ended_ns    INTEGER NOT NULL,    -- 0 while it runs
  duration_ns INTEGER NOT NULL,
  saved_ns    INTEGER NOT NULL,
  program     BLOB NOT NULL,
  arguments   BLOB NOT NULL,       -- a list of texts
  folder      BLOB NOT NULL,
  process     INTEGER NOT NULL,
  parameters  TEXT NOT NULL,       -- JSON
  graph       BLOB NOT NULL,       -- names a row of graphs
  steps       BLOB NOT NULL,       -- names a row of run_steps; of no bytes while it runs
  cached      INTEGER NOT NULL,
  completed   INTEGER NOT NULL,
  failed      INTEGER NOT NULL,
  skipped     INTEGER NOT NULL,
  tags        BLOB NOT NULL,       -- a list of texts
  note        TEXT NOT NULL,
  pinned      INTEGER NOT NULL,
  first_execution INTEGER NOT NULL,  -- what ran in it lies between the two, beside what ran in others at the time
  last_execution  INTEGER NOT NULL,  -- 0 while it runs
  "check"     BLOB NOT NULL
) STRICT;

-- Asked for at each opening; holds next to nothing.
CREATE INDEX runs_running ON runs (id) WHERE status = 1;

-- The shape of a pipeline, once for all runs that have it.
CREATE TABLE graphs (
  digest  BLOB PRIMARY KEY NOT NULL,
  blob    BLOB NOT NULL,
  "check" BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What became of the steps of a run, once for all runs in which the same became of them. Named by its SHA-256.
CREATE TABLE run_steps (
  digest  BLOB PRIMARY KEY NOT NULL,
  blob    BLOB NOT NULL,
  "check" BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- All that a hit needs, found by one seek.
CREATE TABLE cache_entries (
  key         BLOB NOT NULL,
  observed    BLOB NOT NULL,
  execution   INTEGER NOT NULL,
  run         INTEGER NOT NULL,
  duration_ns INTEGER NOT NULL,
  outputs     BLOB NOT NULL,
  "check"     BLOB NOT NULL,
  PRIMARY KEY (key, observed)
) STRICT, WITHOUT ROWID;

-- What ran. The events of an execution are in its own row.
CREATE TABLE executions (
  id               INTEGER PRIMARY KEY,
  run              INTEGER NOT NULL,
  pipeline         TEXT NOT NULL,
  step             TEXT NOT NULL,
  status           INTEGER NOT NULL,  -- 3 completed, 5 failed, 7 cancelled, ...
  key              BLOB NOT NULL,     -- of no bytes: uncacheable
  code             BLOB NOT NULL,     -- code signature, may name a row of code_signatures; of no bytes: not known
  cached_for_later INTEGER NOT NULL,
  why_not          TEXT NOT NULL,
  started_ns       INTEGER NOT NULL,
  duration_ns      INTEGER NOT NULL,
  key_parts        BLOB NOT NULL,
  outputs          BLOB NOT NULL,
  output_names     BLOB NOT NULL,     -- a list of texts
  events           BLOB NOT NULL,
  metrics          BLOB NOT NULL,
  error            TEXT NOT NULL,
  log              BLOB NOT NULL,
  "check"          BLOB NOT NULL
) STRICT;

-- The same events by artifact, of the executions up to the setting 'last_execution_in_events': added for many at once,
-- when they are asked for, because one at a time their random order would cost each finished step two pages more.
CREATE TABLE events (
  artifact  BLOB NOT NULL,
  execution INTEGER NOT NULL,
  kind      INTEGER NOT NULL,  -- 1 input, 2 output
  position  INTEGER NOT NULL,
  port      TEXT NOT NULL,
  "check"   BLOB NOT NULL,
  PRIMARY KEY (artifact, execution, kind, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE artifacts (
  digest       BLOB PRIMARY KEY NOT NULL,
  type         TEXT NOT NULL,
  materializer TEXT NOT NULL,
  size_bytes   INTEGER NOT NULL,
  pinned       INTEGER NOT NULL,
  content      BLOB,             -- null: a file under objects/
  "check"      BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Files under objects/, as they were when last verified.
CREATE TABLE objects (
  digest      BLOB PRIMARY KEY NOT NULL,
  device      INTEGER NOT NULL,
  inode       INTEGER NOT NULL,
  size_bytes  INTEGER NOT NULL,
  mtime_ns    INTEGER NOT NULL,
  ctime_ns    INTEGER NOT NULL,
  verified_ns INTEGER NOT NULL,
  "check"     BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Files outside the store, as they were when last read.
CREATE TABLE file_observations (
  path        BLOB PRIMARY KEY NOT NULL,
  device      INTEGER NOT NULL,
  inode       INTEGER NOT NULL,
  size_bytes  INTEGER NOT NULL,
  mtime_ns    INTEGER NOT NULL,
  ctime_ns    INTEGER NOT NULL,
  observed_ns INTEGER NOT NULL,
  digest      BLOB NOT NULL,
  "check"     BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- One piece of code or data that a step can reach, once for all signatures that it is part of. An id that is gone may
-- be given again: a signature tells by the digests of its parts whether they are those that it was made of.
CREATE TABLE code_parts (
  id      INTEGER PRIMARY KEY,
  digest  BLOB NOT NULL UNIQUE,  -- of blob
  blob    BLOB NOT NULL,
  "check" BLOB NOT NULL
) STRICT;

-- Which parts a code signature was made of, and which of them reach which.
CREATE TABLE code_signatures (
  digest  BLOB PRIMARY KEY NOT NULL,
  blob    BLOB NOT NULL,         -- names rows of code_parts by their id
  "check" BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What was found in a program's file, so that it is read once for each build.
CREATE TABLE programs (
  path       BLOB PRIMARY KEY NOT NULL,
  identity   BLOB NOT NULL,
  signatures BLOB NOT NULL,
  "check"    BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Edits that somebody declared to change no result.
CREATE TABLE acceptances (
  id          INTEGER PRIMARY KEY,
  pipeline    TEXT NOT NULL,
  step        TEXT NOT NULL,
  code_now    BLOB NOT NULL,     -- code signature that is accepted
  code_before BLOB NOT NULL,     -- the one that it counts as
  accepted_by TEXT NOT NULL,     -- user name
  note        TEXT NOT NULL,
  accepted_ns INTEGER NOT NULL,
  revoked_ns  INTEGER NOT NULL,  -- 0: in force
  "check"     BLOB NOT NULL
) STRICT;

-- Keys that were computed again and gave other bytes.
CREATE TABLE nondeterminism (
  key             BLOB NOT NULL,
  output          TEXT NOT NULL,  -- output port
  first_execution INTEGER NOT NULL,
  other_execution INTEGER NOT NULL,
  difference      TEXT NOT NULL,  -- the first one, for people
  "check"         BLOB NOT NULL,
  PRIMARY KEY (key, output)
) STRICT, WITHOUT ROWID;
