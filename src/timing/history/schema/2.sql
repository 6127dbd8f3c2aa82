-- Version 2: places and judgements have tables of their own, promotions are kept, and every
-- question of `mad build` and `mad history` has its index.

CREATE TABLE places (
    place_id INTEGER PRIMARY KEY,
    project TEXT NOT NULL,
    profile TEXT NOT NULL,
    target TEXT CHECK (target <> ''),
    builder TEXT NOT NULL,
    machine TEXT NOT NULL,
    cache TEXT NOT NULL
);

-- NULLs would all differ from each other.
CREATE UNIQUE INDEX places_once
    ON places (project, profile, coalesce(target, ''), builder, machine, cache);

INSERT INTO places (project, profile, target, builder, machine, cache)
    SELECT DISTINCT project, profile, target, builder, machine, cache FROM builds;

-- A build. `started` is RFC 3339 in UTC with nine digits after the point, so that it sorts as text.
-- `facts` is what has no column, as JSON under zlib.
CREATE TABLE new_builds (
    build_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    place_id INTEGER NOT NULL REFERENCES places,
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
    facts BLOB NOT NULL
);

INSERT INTO new_builds
    SELECT build_id, id, place_id, started, wall_ms, ending, steps, steps_ran, steps_cached, plan_id,
        plan_hash, engine_id, image_id, image_bytes, git_commit, git_branch, facts
    FROM builds JOIN places ON places.project = builds.project
        AND places.profile = builds.profile AND places.target IS builds.target
        AND places.builder = builds.builder AND places.machine = builds.machine
        AND places.cache = builds.cache;

-- What was found when a build was judged. `facts` is all of it, as JSON under zlib.
CREATE TABLE judgements (
    build_id INTEGER PRIMARY KEY REFERENCES builds ON DELETE CASCADE,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    facts BLOB NOT NULL
);

INSERT INTO judgements
    SELECT build_id, verdict, reason, judgement FROM builds WHERE judgement IS NOT NULL;

DROP TABLE builds;
ALTER TABLE new_builds RENAME TO builds;

CREATE INDEX builds_by_place ON builds (place_id, ending, started);
CREATE INDEX builds_by_started ON builds (started, place_id, ending);
CREATE INDEX builds_by_plan ON builds (plan_id);
CREATE INDEX steps_by_plan ON steps (planned_id);
CREATE INDEX steps_by_inputs ON steps (inputs_id);
CREATE INDEX inputs_by_instruction ON inputs (instruction_id);

-- What a tag named from then on. `build` is the id of a build that may be gone from here.
CREATE TABLE promotions (
    promotion_id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    tag TEXT NOT NULL,
    image TEXT NOT NULL,
    image_before TEXT,
    build TEXT,
    engine_id TEXT,
    reason TEXT NOT NULL
);

CREATE UNIQUE INDEX promotions_once ON promotions (tag, at, image);
CREATE INDEX promotions_by_build ON promotions (build);

-- For people.
CREATE VIEW build_overview AS
    SELECT id, started, project, profile, target, builder, machine, cache, ending, verdict, reason,
        wall_ms, steps, steps_ran, steps_cached, image_id, image_bytes, git_commit, git_branch
    FROM builds JOIN places USING (place_id) LEFT JOIN judgements USING (build_id);

CREATE VIEW step_overview AS
    SELECT builds.id AS build, builds.started, seq, stage, ordinal, label, state, start_ms, ran_ms,
        bytes, error, origin_file, origin_line, step
    FROM steps JOIN builds USING (build_id) JOIN planned_steps USING (planned_id);
