-- From format 1 to format 2, within a transaction: executions name their code, and code, programs, acceptances and
-- nondeterminism are recorded. What stands here is never changed: it makes format 2, whatever comes after it.
--
-- The check of an execution covers its new column, so it is made again, where the old one holds. A row that was damaged
-- stays so: no check is of no bytes.

ALTER TABLE executions RENAME TO executions_1;

CREATE TABLE executions (
  id               INTEGER PRIMARY KEY,
  run              INTEGER NOT NULL,
  pipeline         TEXT NOT NULL,
  step             TEXT NOT NULL,
  status           INTEGER NOT NULL,
  key              BLOB NOT NULL,
  code             BLOB NOT NULL,
  cached_for_later INTEGER NOT NULL,
  why_not          TEXT NOT NULL,
  started_ns       INTEGER NOT NULL,
  duration_ns      INTEGER NOT NULL,
  key_parts        BLOB NOT NULL,
  outputs          BLOB NOT NULL,
  output_names     BLOB NOT NULL,
  events           BLOB NOT NULL,
  metrics          BLOB NOT NULL,
  error            TEXT NOT NULL,
  log              BLOB NOT NULL,
  "check"          BLOB NOT NULL
) STRICT;

INSERT INTO executions
  SELECT id, run, pipeline, step, status, key, x'', cached_for_later, why_not, started_ns, duration_ns, key_parts,
         outputs, output_names, events, metrics, error, log,
         CASE WHEN row_holds('executions', id, run, pipeline, step, status, key, cached_for_later, why_not, started_ns,
                             duration_ns, key_parts, outputs, output_names, events, metrics, error, log, "check")
              THEN row_check('executions', id, run, pipeline, step, status, key, x'', cached_for_later, why_not,
                             started_ns, duration_ns, key_parts, outputs, output_names, events, metrics, error, log)
              ELSE x'' END
  FROM executions_1 ORDER BY id;

DROP TABLE executions_1;

CREATE TABLE code_parts (
  id      INTEGER PRIMARY KEY,
  digest  BLOB NOT NULL UNIQUE,
  blob    BLOB NOT NULL,
  "check" BLOB NOT NULL
) STRICT;

CREATE TABLE code_signatures (
  digest  BLOB PRIMARY KEY NOT NULL,
  blob    BLOB NOT NULL,
  "check" BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE programs (
  path       BLOB PRIMARY KEY NOT NULL,
  identity   BLOB NOT NULL,
  signatures BLOB NOT NULL,
  "check"    BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE acceptances (
  id          INTEGER PRIMARY KEY,
  pipeline    TEXT NOT NULL,
  step        TEXT NOT NULL,
  code_now    BLOB NOT NULL,
  code_before BLOB NOT NULL,
  accepted_by TEXT NOT NULL,
  note        TEXT NOT NULL,
  accepted_ns INTEGER NOT NULL,
  revoked_ns  INTEGER NOT NULL,
  "check"     BLOB NOT NULL
) STRICT;

CREATE TABLE nondeterminism (
  key             BLOB NOT NULL,
  output          TEXT NOT NULL,
  first_execution INTEGER NOT NULL,
  other_execution INTEGER NOT NULL,
  difference      TEXT NOT NULL,
  "check"         BLOB NOT NULL,
  PRIMARY KEY (key, output)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 2;
