"""The tables, as a list of migrations: entry N brings a store from version N to N + 1 (``PRAGMA user_version``).

An entry never changes once released; docs/store.md describes the result. Names of operations, agents, arms and the like stand once in
``names``, the unchanging part of a failure once in ``causes``, an API once in ``apis``, a body once in ``bodies``; the rows refer to them.
"""

APPLICATION_ID = 0x534E544C  # "SNTL", in the file's header at byte 68

_VERSION_1 = """
CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

CREATE TABLE apis (digest TEXT PRIMARY KEY, title TEXT NOT NULL, version TEXT NOT NULL, model BLOB NOT NULL);

CREATE TABLE runs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    target TEXT NOT NULL,
    api TEXT NOT NULL,
    request BLOB,
    keep TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '',
    started_at REAL NOT NULL,
    ended_at REAL,
    resumed INTEGER NOT NULL DEFAULT 0,
    pruned INTEGER NOT NULL DEFAULT 0,
    owner TEXT NOT NULL DEFAULT ''
);
CREATE INDEX runs_of_target ON runs (target, seq);

CREATE TABLE verdicts (
    run INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    purpose INTEGER NOT NULL,
    agent INTEGER NOT NULL,
    arm INTEGER NOT NULL,
    job INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    digest BLOB NOT NULL,
    operation INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    status INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    started_ms INTEGER NOT NULL,
    correction REAL NOT NULL,
    settled BLOB,
    PRIMARY KEY (run, ordinal, attempt)
) WITHOUT ROWID;

CREATE TABLE causes (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    key TEXT NOT NULL,
    check_name TEXT NOT NULL,
    severity TEXT NOT NULL,
    title TEXT NOT NULL,
    rule TEXT NOT NULL,
    operation TEXT NOT NULL,
    signature TEXT NOT NULL,
    note INTEGER NOT NULL
);

CREATE TABLE failures (
    run INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    position INTEGER NOT NULL,
    cause INTEGER NOT NULL,
    step TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (run, ordinal, attempt, position)
) WITHOUT ROWID;

CREATE TABLE exchanges (
    run INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    failing INTEGER NOT NULL,
    exchange BLOB NOT NULL,
    UNIQUE (run, ordinal, attempt)
);

CREATE TABLE bodies (digest BLOB NOT NULL UNIQUE, size_bytes INTEGER NOT NULL, compressed INTEGER NOT NULL, content BLOB NOT NULL);

CREATE TABLE body_uses (
    run INTEGER NOT NULL,
    owner TEXT NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (run, owner, digest)
) WITHOUT ROWID;

CREATE TABLE jobs (
    run INTEGER NOT NULL,
    job INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    agent INTEGER NOT NULL,
    operation_group INTEGER NOT NULL,
    arm INTEGER NOT NULL,
    reason TEXT NOT NULL,
    answers INTEGER NOT NULL,
    requested INTEGER NOT NULL,
    wall_us INTEGER NOT NULL,
    cpu_us INTEGER NOT NULL,
    queue_us INTEGER NOT NULL,
    failed TEXT NOT NULL,
    PRIMARY KEY (run, job)
) WITHOUT ROWID;

CREATE TABLE intents (
    run INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    step TEXT NOT NULL,
    request TEXT NOT NULL,
    undecided INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run, ordinal, attempt, step)
) WITHOUT ROWID;

CREATE TABLE made (
    run INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    path TEXT NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0,
    object BLOB NOT NULL,
    PRIMARY KEY (run, ordinal, attempt, path)
) WITHOUT ROWID;
CREATE INDEX made_at ON made (run, path) WHERE removed = 0;

CREATE TABLE findings (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    target TEXT NOT NULL,
    operation TEXT NOT NULL,
    agent TEXT NOT NULL,
    first_run TEXT NOT NULL,
    first_seen_at REAL NOT NULL,
    last_run TEXT NOT NULL,
    last_seen_at REAL NOT NULL,
    standing TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX findings_of_target ON findings (target, standing);

CREATE TABLE sightings (
    run INTEGER NOT NULL,
    finding TEXT NOT NULL,
    standing TEXT NOT NULL,
    state TEXT NOT NULL,
    check_name TEXT NOT NULL,
    severity TEXT NOT NULL,
    operation TEXT NOT NULL,
    title TEXT NOT NULL,
    note INTEGER NOT NULL,
    merged_into TEXT NOT NULL DEFAULT '',
    evidence BLOB,
    UNIQUE (run, finding)
);
CREATE INDEX sightings_of_finding ON sightings (finding, run);

CREATE TABLE coverage (run INTEGER PRIMARY KEY, coverage BLOB NOT NULL);

CREATE TABLE target_states (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    state TEXT NOT NULL,
    detail TEXT NOT NULL,
    after_ordinal INTEGER NOT NULL
);
CREATE INDEX target_states_of_run ON target_states (run);

CREATE TABLE snapshots (name TEXT PRIMARY KEY, state BLOB NOT NULL, written_at REAL NOT NULL);

CREATE VIEW trials AS
SELECT runs.id AS run, ordinal, attempt, purpose.name AS purpose, agent.name AS agent, arm.name AS arm, job, epoch,
       lower(hex(verdicts.digest)) AS digest, operation.name AS operation, outcome.name AS outcome, status,
       duration_us / 1000.0 AS duration_ms, started_ms / 1000.0 AS started_at, correction
FROM verdicts
JOIN runs ON runs.seq = verdicts.run
JOIN names AS purpose ON purpose.id = verdicts.purpose
JOIN names AS agent ON agent.id = verdicts.agent
JOIN names AS arm ON arm.id = verdicts.arm
JOIN names AS operation ON operation.id = verdicts.operation
JOIN names AS outcome ON outcome.id = verdicts.outcome;

CREATE VIEW faults AS
SELECT runs.id AS run, ordinal, attempt, check_name, severity, note, operation, step, title, rule, signature, failures.detail AS detail, key
FROM failures
JOIN runs ON runs.seq = failures.run
JOIN causes ON causes.id = failures.cause;
"""

_VERSION_2 = """
CREATE TABLE products (
    run INTEGER NOT NULL,
    job INTEGER NOT NULL,
    position INTEGER NOT NULL,
    agent INTEGER NOT NULL,
    kind TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (run, job, position)
) WITHOUT ROWID;

CREATE TABLE decisions (run INTEGER NOT NULL, job INTEGER NOT NULL, decision BLOB NOT NULL, PRIMARY KEY (run, job)) WITHOUT ROWID;

ALTER TABLE jobs ADD COLUMN deterministic INTEGER NOT NULL DEFAULT 1;
"""

_VERSION_3 = """
CREATE TABLE not_made (
    run INTEGER NOT NULL,
    job INTEGER NOT NULL,
    operation INTEGER NOT NULL,
    reason TEXT NOT NULL,
    agent INTEGER NOT NULL,
    ordinals INTEGER NOT NULL,
    PRIMARY KEY (run, job, operation, reason)
) WITHOUT ROWID;
"""

MIGRATIONS: tuple[str, ...] = (_VERSION_1, _VERSION_2, _VERSION_3)
