-- Version 4: builds of a job of CI are found by it, and builds that left no record are known. What was
-- kept of values that may be secrets is hidden: `hide_old.rs`.

-- The job of a CI service that built it, as the service names it.
ALTER TABLE builds ADD COLUMN ci_run TEXT;
CREATE INDEX builds_by_run ON builds (ci_run) WHERE ci_run IS NOT NULL;

-- A build that was begun. Where no build of its profile is as young, it left no record; `why` is the
-- error that it ended with, as far as it could tell.
CREATE TABLE attempts (
    attempt_id INTEGER PRIMARY KEY,
    project TEXT NOT NULL,
    profile TEXT NOT NULL,
    ci_run TEXT,
    started TEXT NOT NULL,
    why TEXT
);

CREATE INDEX attempts_by_started ON attempts (project, started);
