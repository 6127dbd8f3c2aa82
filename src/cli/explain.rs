//! `mad explain`.

mod code;
mod key;
mod step;

use super::exit::UsageError;
use super::globals::Globals;
use crate::cli::error::Result;
use crate::cli::print;
use crate::profile::key_docs;
use crate::project::yaml::suggest;
use crate::report::{FindingRule, rules};

/// Explain a key of a profile, a step of the last build, an exit code, or a kind of finding
///
/// `mad explain gpu.cuda`, `mad explain 6`, `mad explain users/chown-r`, `mad explain final.2`, `mad explain
/// "npm ci"`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The key, the exit code, the name of the finding; or a step: its ID, its stage and number (`final.2`), a
    /// stage, or words of its instruction
    #[arg(value_name = "WHAT", required = true)]
    what: Vec<String>,
    /// The profile whose value of a key, and whose last build, is shown [default: as for `mad build`]
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let what = args.what.join(" ");
    let what = what.trim();
    if let Some(text) = code::explain(what) {
        return print(&text);
    }
    if let Some(rule) = rules().into_iter().find(|rule| rule.id == what) {
        return print(&rule_text(&rule));
    }
    let docs = match key_docs(what) {
        Ok(docs) => return print(&key::explain(globals, &docs, what, args.profile.as_deref())),
        Err(near) => near,
    };
    if let Some(text) = step::explain(globals, what, args.profile.as_deref())? {
        return print(&text);
    }
    let all = rules();
    let near = docs.or_else(|| suggest(what, all.iter().map(|rule| rule.id)).map(str::to_owned));
    Err(UsageError {
        message: format!(
            "found `{what}`, expected a key of a profile, an exit code, a kind of finding, or a step of the last build"
        ),
        hint: Some(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`mad schema` prints the keys, `mad history show` the steps, `mad help` the exit codes".to_owned(),
        }),
    }
    .into())
}

fn rule_text(rule: &FindingRule) -> String {
    format!("{}: {}\n\n{}\n", rule.id, rule.title, rule.help)
}
