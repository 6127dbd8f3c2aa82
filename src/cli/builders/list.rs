//! `mad builders list`.

use serde_json::json;

use crate::cli::builder_choice::{self, Candidate};
use crate::cli::error::{Context, Result};
use crate::cli::format::Format;
use crate::cli::globals::Globals;
use crate::cli::{environment, interrupt, runtime};
use engine::{BuildKit, EngineError, Worker};

/// List the builders that `mad build --builder` can name, and ask each whether it answers
///
/// Those in `builders` of mad.yaml, in the order in which a profile would try them, and those of buildx.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Output format; JSON is mad.builders/1
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
    /// The profile whose order it is [default: the order of mad.yaml]
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
}

struct Row {
    name: String,
    /// `mad.yaml` or `buildx`.
    from: &'static str,
    address: String,
    found: Result<Worker, String>,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let own = builder_choice::listed(&project, args.profile.as_deref())?;
    let rows = runtime()?.block_on(async {
        let cancel = interrupt::token().context("cannot listen for signals")?;
        let asked = own.into_iter().map(ask);
        interrupt::or(&cancel, async {
            Ok::<_, EngineError>(futures_util::future::join_all(asked).await)
        })
        .await
    })?;
    super::super::print(&match args.format {
        Format::Terminal => terminal(&rows),
        Format::Json => format!("{:#}\n", to_json(&rows)),
    })
}

async fn ask((from, name, candidate): (&'static str, String, Result<Candidate, String>)) -> Row {
    let candidate = match candidate {
        Ok(candidate) => candidate,
        Err(why) => return Row { name, from, address: String::new(), found: Err(why) },
    };
    let config_dir = environment::docker_settings().config_dir;
    let found = BuildKit::connect(&name, &candidate.address, config_dir).await;
    let found = found.map(|buildkit| buildkit.worker().clone()).map_err(|error| match error {
        EngineError::BuilderUnreachable { why, .. } => why,
        error => error.to_string(),
    });
    Row { name, from, address: candidate.address.to_string(), found }
}

fn terminal(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "no builders: name some in `builders` of mad.yaml, or give an address, `--builder tcp://HOST:PORT`\n".to_owned();
    }
    let width = |text: fn(&Row) -> &str| {
        rows.iter().map(|row| console::measure_text_width(text(row))).max().unwrap_or(0)
    };
    let (names, addresses) = (width(|row| &row.name), width(|row| &row.address));
    let line = |row: &Row| {
        let state = match &row.found {
            Ok(worker) => {
                let version = worker.version.as_deref().unwrap_or("BuildKit");
                format!("{version}  {}", worker.platforms.join(", "))
            }
            Err(why) => format!("not usable: {why}"),
        };
        format!("{:<names$}  {:<addresses$}  {:<8}  {state}\n", row.name, row.address, row.from)
    };
    rows.iter().map(line).collect()
}

fn to_json(rows: &[Row]) -> serde_json::Value {
    let row = |row: &Row| match &row.found {
        Ok(worker) => json!({
            "name": row.name, "from": row.from, "address": row.address, "answers": true,
            "version": worker.version, "platforms": worker.platforms,
        }),
        Err(why) => json!({
            "name": row.name, "from": row.from, "address": row.address, "answers": false, "why": why,
        }),
    };
    json!({ "schema": "mad.builders/1", "builders": rows.iter().map(row).collect::<Vec<_>>() })
}
