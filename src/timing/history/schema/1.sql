-- Version 1 of the history: builds with their place in their own columns, and one judgement each.

-- What was built: templates, values and images. `facts` is JSON under zlib.
CREATE TABLE plans (
    plan_id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    facts BLOB NOT NULL
);

-- A step as it is planned.
CREATE TABLE planned_steps (
    planned_id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    step TEXT NOT NULL,
    stage TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    label TEXT NOT NULL,
    origin_file TEXT,
    origin_line INTEGER
);

-- What a step is made from, without its files. `facts` is JSON: state, args, needs, images.
CREATE TABLE instructions (
    instruction_id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    text TEXT NOT NULL,
    facts TEXT NOT NULL
);

-- A file of the context: 32 bytes of SHA-256 (`hex(sha256)` shows them).
CREATE TABLE files (
    file_id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    path TEXT NOT NULL,
    mode TEXT NOT NULL,
    sha256 BLOB NOT NULL
);

-- What a step is made from. `files` is a packed list of file ids; NULL where there are none.
CREATE TABLE inputs (
    inputs_id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    instruction_id INTEGER NOT NULL REFERENCES instructions,
    files BLOB
);

CREATE TABLE builds (
    build_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    project TEXT NOT NULL,
    profile TEXT NOT NULL,
    target TEXT,
    builder TEXT NOT NULL,
    machine TEXT NOT NULL,
    cache TEXT NOT NULL,
    started TEXT NOT NULL,
    wall_ms INTEGER NOT NULL,
    ending TEXT NOT NULL,
    steps INTEGER NOT NULL,
    steps_ran INTEGER NOT NULL,
    steps_cached INTEGER NOT NULL,
    plan_id INTEGER NOT NULL REFERENCES plans,
    plan_hash TEXT NOT NULL,
    engine_id TEXT,
    image_id TEXT,
    image_bytes INTEGER,
    git_commit TEXT,
    git_branch TEXT,
    facts BLOB NOT NULL,
    verdict TEXT,
    reason TEXT,
    judgement BLOB
);

CREATE INDEX builds_by_started ON builds (started);

CREATE TABLE steps (
    build_id INTEGER NOT NULL REFERENCES builds ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    planned_id INTEGER NOT NULL REFERENCES planned_steps,
    inputs_id INTEGER NOT NULL REFERENCES inputs,
    state TEXT NOT NULL,
    start_ms INTEGER,
    ran_ms INTEGER NOT NULL,
    spans TEXT,
    bytes INTEGER,
    same_as TEXT,
    error TEXT,
    PRIMARY KEY (build_id, seq)
) WITHOUT ROWID;
