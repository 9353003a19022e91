-- The counts and the decisions of one environment (docs/usage.md). Applied by `wrangler d1 migrations apply`.
-- Times are seconds since the epoch, at the beginning of a period, unless a comment says otherwise. '' stands for "none" wherever a name is part of a key.
-- Each key begins with the time, so that a question reads a range and what is too old goes from the front; each upsert writes one row and no index.

-- The batches that were counted, so that none is counted twice. `day`: of the end of its window, and so the same however late it comes.
CREATE TABLE batch (
  day INTEGER NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (day, id)
) WITHOUT ROWID;

-- Counts of batches that wait to be added to the tables below: a busy minute is added up once, not with every delivery. `rows`: a JSON object, table -> list of
-- rows; `at`: when they came; `size`: of `rows`, in characters.
CREATE TABLE pending (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  size INTEGER NOT NULL,
  rows TEXT NOT NULL
);

-- How counting itself fared, by hour: batches that were counted, that came again, and that were refused (malformed, too late); requests that isolates had
-- no room to count; decisions that were kept, and those that there was no room for.
CREATE TABLE delivery (
  hour INTEGER PRIMARY KEY,
  counted INTEGER NOT NULL DEFAULT 0,
  repeated INTEGER NOT NULL DEFAULT 0,
  refused INTEGER NOT NULL DEFAULT 0,
  uncounted INTEGER NOT NULL DEFAULT 0,
  kept INTEGER NOT NULL DEFAULT 0,
  dropped INTEGER NOT NULL DEFAULT 0
);

-- All requests. `period`: 60, 3600 or 86400 seconds. `alternative`: the scopes that let them in, as a JSON list; not by the minute.
CREATE TABLE traffic (
  period INTEGER NOT NULL,
  at INTEGER NOT NULL,
  service TEXT NOT NULL,
  rule TEXT NOT NULL,
  issuer TEXT NOT NULL,
  client TEXT NOT NULL,
  outcome TEXT NOT NULL,
  code TEXT NOT NULL,
  alternative TEXT NOT NULL,
  count INTEGER NOT NULL,
  last INTEGER NOT NULL, -- the second of the last one
  PRIMARY KEY (period, at, service, rule, issuer, client, outcome, code, alternative)
) WITHOUT ROWID;

-- Requests by scope and client. `period`: 3600 or 86400. `exercised`: it let them in; `missing`: they lacked it; `held`: they were let in and had it;
-- `rested`: they were let in on it, and it is deprecated.
CREATE TABLE scope_use (
  period INTEGER NOT NULL,
  at INTEGER NOT NULL,
  scope TEXT NOT NULL,
  issuer TEXT NOT NULL,
  client TEXT NOT NULL,
  exercised INTEGER NOT NULL,
  missing INTEGER NOT NULL,
  held INTEGER NOT NULL,
  rested INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (period, at, scope, issuer, client)
) WITHOUT ROWID;

-- Which scopes a client's tokens ever held, and when last. Days; `last_exercised` is 0 where it never was.
CREATE TABLE holding (
  scope TEXT NOT NULL,
  issuer TEXT NOT NULL,
  client TEXT NOT NULL,
  first_held INTEGER NOT NULL,
  last_held INTEGER NOT NULL,
  last_exercised INTEGER NOT NULL,
  PRIMARY KEY (scope, issuer, client)
) WITHOUT ROWID;

-- Requests that no rule covers. Anybody can make up paths, so a day has only so many; the others are counted together under the shape ''.
CREATE TABLE unmapped (
  day INTEGER NOT NULL,
  host TEXT NOT NULL,
  method TEXT NOT NULL,
  shape TEXT NOT NULL,
  count INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (day, host, method, shape)
) WITHOUT ROWID;

-- Requests that `observe` let through. `codes` and `missing` are JSON lists.
CREATE TABLE observed (
  day INTEGER NOT NULL,
  rule TEXT NOT NULL,
  issuer TEXT NOT NULL,
  client TEXT NOT NULL,
  codes TEXT NOT NULL,
  missing TEXT NOT NULL,
  count INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (day, rule, issuer, client, codes, missing)
) WITHOUT ROWID;

-- What a replay reads. `request`: a row of a usage file without its window and its count, as canonical JSON.
CREATE TABLE replay (
  day INTEGER NOT NULL,
  request TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (day, request)
) WITHOUT ROWID;

-- How the sinks of all isolates fared, by hour. `last_lost`: 0 where nothing was.
CREATE TABLE sink (
  hour INTEGER NOT NULL,
  name TEXT NOT NULL,
  sent INTEGER NOT NULL,
  lost INTEGER NOT NULL,
  last_lost INTEGER NOT NULL,
  PRIMARY KEY (hour, name)
) WITHOUT ROWID;

-- Single decisions. `at` in milliseconds; `codes` and `scopes` with a space before, between and after; `event`: JSON.
CREATE TABLE decision (
  at INTEGER NOT NULL,
  id TEXT NOT NULL,
  outcome TEXT NOT NULL,
  codes TEXT NOT NULL,
  rule TEXT NOT NULL,
  service TEXT NOT NULL,
  client TEXT NOT NULL,
  scopes TEXT NOT NULL,
  event TEXT NOT NULL,
  PRIMARY KEY (at, id)
) WITHOUT ROWID;

-- "Why was this refused?" begins with an id.
CREATE INDEX decision_by_id ON decision (id);
