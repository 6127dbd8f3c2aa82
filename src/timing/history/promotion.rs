//! What tags named, and when.

use jiff::Timestamp;
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::History;
use super::compact::{read_time, time};
use super::error::{Fault, HistoryError};

/// A tag moved to an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Promotion {
    /// When.
    pub at: Timestamp,
    /// The tag: `mad/cpu:latest`.
    pub tag: String,
    /// Id of the image that it names from then on.
    pub image: String,
    /// Id of the image that it named before, where it named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Id of the build that made the image, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    /// The engine that it happened on, as a record names it: the same tag of another engine names
    /// other images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine_id: Option<String>,
    /// Why: `built`, or the reason of a rollback.
    pub reason: String,
}

impl History {
    /// Keeps a promotion; one that is known is not kept twice.
    pub fn promoted(&self, promotion: &Promotion) -> Result<(), HistoryError> {
        self.write(|connection| promote(connection, promotion).map(drop))
    }

    /// Writes a promotion that is about to happen; it is kept once it is [done](Pending::done). So no
    /// tag moves where the history cannot tell of it.
    pub fn promoting(&self, promotion: &Promotion) -> Result<Pending<'_>, HistoryError> {
        self.outside(|connection| {
            let transaction =
                Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
            promote(&transaction, promotion)?;
            Ok(Pending { transaction, history: self })
        })
    }

    /// The promotions of a tag, the newest first.
    pub fn promotions(&self, tag: &str) -> Result<Vec<Promotion>, HistoryError> {
        self.read(|connection| {
            let sql = format!("{PROMOTIONS} WHERE tag = ?1 ORDER BY at DESC, promotion_id DESC");
            select(connection, &sql, [tag])
        })
    }
}

/// A promotion that is written and not kept yet; dropped, it did not happen.
#[derive(Debug)]
#[must_use = "dropped, the promotion did not happen"]
pub struct Pending<'a> {
    transaction: Transaction<'a>,
    history: &'a History,
}

impl Pending<'_> {
    /// The tag has moved: the promotion is kept.
    pub fn done(self) -> Result<(), HistoryError> {
        let path = self.history.path();
        self.transaction.commit().map_err(|error| HistoryError::of_sqlite(error, path.to_owned()))
    }
}

const PROMOTIONS: &str =
    "SELECT at, tag, image, image_before, build, engine_id, reason FROM promotions";

/// Within a transaction. Whether it was new.
pub(super) fn promote(connection: &Connection, promotion: &Promotion) -> Result<bool, Fault> {
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO promotions (at, tag, image, image_before, build, engine_id, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let Promotion { at, tag, image, before, build, engine_id, reason } = promotion;
    Ok(insert.execute(params![time(*at), tag, image, before, build, engine_id, reason])? > 0)
}

/// All promotions, the oldest first; with `project`, those of tags that its builds were given.
pub(super) fn all(connection: &Connection, project: Option<&str>) -> Result<Vec<Promotion>, Fault> {
    let sql = format!(
        "{PROMOTIONS} WHERE ?1 IS NULL OR tag IN (
             SELECT tag FROM promotions JOIN builds ON id = build JOIN places USING (place_id)
             WHERE project = ?1)
         ORDER BY at, promotion_id"
    );
    select(connection, &sql, [project])
}

fn select(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
) -> Result<Vec<Promotion>, Fault> {
    let mut select = connection.prepare_cached(sql)?;
    let mut rows = select.query(params)?;
    let mut promotions = Vec::new();
    while let Some(row) = rows.next()? {
        promotions.push(promotion(row)?);
    }
    Ok(promotions)
}

fn promotion(row: &Row<'_>) -> Result<Promotion, Fault> {
    Ok(Promotion {
        at: read_time(&row.get::<_, String>(0)?)?,
        tag: row.get(1)?,
        image: row.get(2)?,
        before: row.get(3)?,
        build: row.get(4)?,
        engine_id: row.get(5)?,
        reason: row.get(6)?,
    })
}
