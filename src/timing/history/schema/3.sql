-- Version 3: what a judged build counts for (`good`, `accident`, `suspect`, `regressed`, `held`,
-- `accepted`; NULL for builds that came to no image), and images are found by their id.

ALTER TABLE judgements ADD COLUMN standing TEXT;

UPDATE judgements SET standing = (
    SELECT CASE
        WHEN verdict <> 'regressed' THEN 'good'
        -- Since promotions are kept, a build without one was held back.
        WHEN started > (SELECT min(at) FROM promotions)
            AND NOT EXISTS (SELECT 1 FROM promotions WHERE build = builds.id) THEN 'held'
        ELSE 'regressed'
    END
    FROM builds WHERE builds.build_id = judgements.build_id AND ending = 'built');

CREATE INDEX judgements_by_standing ON judgements (standing);
CREATE INDEX builds_by_image ON builds (image_id);

DROP VIEW build_overview;

CREATE VIEW build_overview AS
    SELECT id, started, project, profile, target, builder, machine, cache, ending, verdict, standing,
        reason, wall_ms, steps, steps_ran, steps_cached, image_id, image_bytes, git_commit, git_branch
    FROM builds JOIN places USING (place_id) LEFT JOIN judgements USING (build_id);
