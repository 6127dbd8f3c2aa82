//! What earlier versions kept of values as plain text is hidden, once.
//!
//! Rows are changed as JSON, whatever their types are by now. The key is thrown away: what was hidden
//! by it can be compared with nothing, and nothing can be tried against it.

use rusqlite::{Connection, params};
use serde_json::Value;

use super::compact::{pack, unpack};
use super::error::Fault;
use crate::redact::{Key, Plain, Redactor, Texts};

/// Within the transaction of the migration.
pub(super) fn hide_old(connection: &Connection) -> Result<(), Fault> {
    let mut redactor = Redactor::new(Key::random(), Plain::default());
    let sql = "SELECT plan_id, facts FROM plans";
    for (row, facts) in rows::<Vec<u8>>(connection, sql)? {
        let mut facts: Value = unpack(&facts)?;
        for (key, value) in entries(&mut facts, "values") {
            hide(value, |text| redactor.profile_value(key, text));
        }
        let sql = "UPDATE plans SET facts = ?2, digest = randomblob(16) WHERE plan_id = ?1";
        connection.execute(sql, params![row, pack(&facts)?])?;
    }
    let mut instructions = Vec::new();
    let sql = "SELECT instruction_id, facts FROM instructions";
    for (row, facts) in rows::<String>(connection, sql)? {
        let mut facts: Value =
            serde_json::from_str(&facts).map_err(|error| Fault::Content(error.to_string()))?;
        for (name, value) in entries(&mut facts, "args") {
            hide(value, |text| redactor.variable(name, text));
        }
        let lines = facts.get_mut("state").and_then(Value::as_array_mut);
        for line in lines.into_iter().flatten() {
            hide(line, |line| match line.strip_prefix("ENV ").and_then(|l| l.split_once('=')) {
                Some((name, value)) => format!("ENV {name}={}", redactor.variable(name, value)),
                None => line.to_owned(),
            });
        }
        instructions.push((row, facts));
    }
    // All values are known now: they are looked for in every text.
    let texts = redactor.texts();
    for (row, mut facts) in instructions {
        walk(&mut facts, &texts, &mut redactor);
        let sql = "UPDATE instructions SET facts = ?2, digest = randomblob(16)
             WHERE instruction_id = ?1";
        connection.execute(sql, params![row, facts.to_string()])?;
    }
    for (table, row, column) in [
        ("instructions", "instruction_id", "text"),
        ("planned_steps", "planned_id", "label"),
        ("judgements", "build_id", "reason"),
    ] {
        for (id, text) in
            rows::<String>(connection, &format!("SELECT {row}, {column} FROM {table}"))?
        {
            let hidden = texts.hide(&text);
            if *hidden != text {
                let sql = format!("UPDATE {table} SET {column} = ?2 WHERE {row} = ?1");
                connection.execute(&sql, params![id, hidden])?;
            }
        }
    }
    for table in ["builds", "judgements"] {
        let sql = format!("SELECT build_id, facts FROM {table}");
        for (row, facts) in rows::<Vec<u8>>(connection, &sql)? {
            let mut facts: Value = unpack(&facts)?;
            walk(&mut facts, &texts, &mut redactor);
            let sql = format!("UPDATE {table} SET facts = ?2 WHERE build_id = ?1");
            connection.execute(&sql, params![row, pack(&facts)?])?;
        }
    }
    let sql = "SELECT rowid, error FROM (SELECT build_id * 1000000 + seq AS rowid, error FROM steps
         WHERE error IS NOT NULL)";
    for (row, error) in rows::<String>(connection, sql)? {
        let sql = "UPDATE steps SET error = ?3 WHERE build_id = ?1 AND seq = ?2";
        let (build, seq) = (row / 1_000_000, row % 1_000_000);
        connection.execute(sql, params![build, seq, texts.hide(&error)])?;
    }
    // Digests were plain hashes of what is hidden now.
    connection.execute_batch(
        "UPDATE planned_steps SET digest = randomblob(16); UPDATE inputs SET digest = randomblob(16)",
    )?;
    Ok(())
}

fn rows<T: rusqlite::types::FromSql>(
    connection: &Connection,
    sql: &str,
) -> Result<Vec<(i64, T)>, Fault> {
    let mut select = connection.prepare(sql)?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn entries<'v>(facts: &'v mut Value, key: &str) -> impl Iterator<Item = (&'v str, &'v mut Value)> {
    let entries = facts.get_mut(key).and_then(Value::as_object_mut);
    entries.into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

fn hide(value: &mut Value, hidden: impl FnOnce(&str) -> String) {
    if let Value::String(text) = value {
        *text = hidden(text);
    }
}

/// Every text, and the values that a cause names by their name.
fn walk(value: &mut Value, texts: &Texts, redactor: &mut Redactor) {
    match value {
        Value::String(text) => *text = texts.hide(text).into_owned(),
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, texts, redactor)),
        Value::Object(entries) => {
            let word = |key: &str| entries.get(key).and_then(Value::as_str).map(str::to_owned);
            let (kind, name, key) = (word("kind"), word("name"), word("key"));
            for (entry, value) in entries.iter_mut() {
                if matches!(entry.as_str(), "old" | "new") {
                    match (kind.as_deref(), &name, &key) {
                        (Some("argument"), Some(name), _) => {
                            hide(value, |t| redactor.variable(name, t))
                        }
                        (Some("value"), _, Some(key)) => {
                            hide(value, |t| redactor.profile_value(key, t))
                        }
                        _ => {}
                    }
                }
                walk(value, texts, redactor);
            }
        }
        _ => {}
    }
}
