//! What a build is judged against: builds of the same place, and the last of its kind.

use rusqlite::{Connection, OptionalExtension};

use super::compact::time;
use super::error::{Fault, HistoryError};
use super::read::Reader;
use super::{History, intern};
use crate::timing::record::{Record, SeriesKey};

impl History {
    /// The newest `limit` good builds of this place, the newest first. With `before`, the id of a
    /// build, only those that began before it; an id that is not here leaves out none.
    pub fn comparable(
        &self,
        place: &SeriesKey,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Record>, HistoryError> {
        self.read(|connection| {
            let Some(place) = intern::find_place(connection, place)? else {
                return Ok(Vec::new());
            };
            let (started, build) = bound(connection, before)?;
            let mut select = connection.prepare_cached(COMPARABLE)?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let builds: Vec<i64> = select
                .query_map((place, started, build, limit), |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            Reader::new(connection).records(builds)
        })
    }

    /// The places where this profile was built, with how many good builds each has; those with the
    /// most first.
    pub fn places(
        &self,
        project: &str,
        profile: &str,
    ) -> Result<Vec<(SeriesKey, usize)>, HistoryError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(PLACES)?;
            let counts: Vec<(i64, usize)> = select
                .query_map((project, profile), |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            let mut reader = Reader::new(connection);
            counts.into_iter().map(|(id, count)| Ok((reader.place(id)?, count))).collect()
        })
    }

    /// Makes the builds of one project those of another one that has none yet; how many it were.
    pub fn adopt(&self, from: &str, to: &str) -> Result<usize, HistoryError> {
        let count = "SELECT count(*) FROM builds JOIN places USING (place_id) WHERE project = ?1";
        let builds = |connection: &Connection, project: &str| -> Result<usize, Fault> {
            Ok(connection.query_row(count, [project], |row| row.get(0))?)
        };
        let is_asked = |connection: &Connection| -> Result<bool, Fault> {
            Ok(from != to && builds(connection, to)? == 0 && builds(connection, from)? > 0)
        };
        if !self.read(is_asked)? {
            return Ok(0);
        }
        self.write(|connection| {
            if !is_asked(connection)? {
                return Ok(0);
            }
            let adopted = builds(connection, from)?;
            // Places without builds would be in the way.
            let sql = "DELETE FROM places WHERE place_id NOT IN (SELECT place_id FROM builds)";
            connection.execute(sql, [])?;
            connection.execute("UPDATE places SET project = ?2 WHERE project = ?1", [from, to])?;
            Ok(adopted)
        })
    }

    /// The newest good build of this profile up to this target (`None` is the last stage), on
    /// whatever machine and however its cache was used; with `engine_id`, on that engine. `before`
    /// is as in [`Self::comparable`].
    pub fn latest_built(
        &self,
        project: &str,
        profile: &str,
        target: Option<&str>,
        engine_id: Option<&str>,
        before: Option<&str>,
    ) -> Result<Option<Record>, HistoryError> {
        self.read(|connection| {
            let (started, build) = bound(connection, before)?;
            let mut places = connection.prepare_cached(
                "SELECT place_id FROM places
                 WHERE project = ?1 AND profile = ?2 AND target IS ?3",
            )?;
            let places: Vec<i64> = places
                .query_map((project, profile, target), |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            // One question a place: over several at once SQLite would sort all of their builds.
            let mut latest: Option<(String, i64)> = None;
            let mut select = connection.prepare_cached(LATEST_BUILT)?;
            for place in places {
                let key = (place, &started, build, engine_id);
                let found =
                    select.query_row(key, |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
                latest = latest.max(found);
            }
            let Some((_, build)) = latest else { return Ok(None) };
            Ok(Reader::new(connection).records(vec![build])?.pop())
        })
    }
}

pub(super) const COMPARABLE: &str = "SELECT build_id FROM builds
     WHERE place_id = ?1 AND ending = 'built' AND (started, build_id) < (?2, ?3)
     ORDER BY started DESC, build_id DESC LIMIT ?4";

pub(super) const PLACES: &str = "SELECT place_id, count(*) AS good
     FROM places JOIN builds USING (place_id)
     WHERE project = ?1 AND profile = ?2 AND ending = 'built'
     GROUP BY place_id ORDER BY good DESC, place_id";

pub(super) const LATEST_BUILT: &str = "SELECT started, build_id FROM builds
     WHERE place_id = ?1 AND ending = 'built' AND (started, build_id) < (?2, ?3)
         AND (?4 IS NULL OR engine_id = ?4)
     ORDER BY started DESC, build_id DESC LIMIT 1";

/// What only earlier builds lie below, as `(started, build_id)`.
pub(super) fn bound(connection: &Connection, before: Option<&str>) -> Result<(String, i64), Fault> {
    let found = before.map(|id| {
        let mut select =
            connection.prepare_cached("SELECT started, build_id FROM builds WHERE id = ?1")?;
        select.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()
    });
    let after_all = || (time(jiff::Timestamp::MAX), i64::MAX);
    Ok(found.transpose()?.flatten().unwrap_or_else(after_all))
}
