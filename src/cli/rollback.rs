//! `mad rollback`.

use crate::cli::error::{Context, Result};
use jiff::Timestamp;

use super::builds::existing;
use super::exit::CheckFailed;
use super::format::Format;
use super::globals::Globals;
use super::profile_args::chosen;
use super::{build, engine, interrupt};
use super::{print, runtime};
use crate::build::rollback::{Candidate, candidates, objection};
use crate::project::Source;
use crate::timing::clean_line;
use crate::timing::history::{History, Promotion, is_image_id};
use crate::timing::judge::Verdict;
use engine::Builder;

/// Move the tag back to the last good image
///
/// An image is good if it had the tag before, its build did not regress and was not held back (or
/// was accepted since), and the engine still has it. The rollback is recorded in the history, with its reason.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The profile whose tag to move [default: as for `mad build`]
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
    /// The tag [default: the one that `mad build -p PROFILE` gives]
    #[arg(short, long, value_name = "NAME:TAG")]
    tag: Option<String>,
    /// The reason, for the history [default: the verdict on the current image's build]
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Show what would be done; change nothing
    #[arg(long)]
    dry_run: bool,
    /// Output format; JSON is mad.rollback/1
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let tag = match &args.tag {
        Some(tag) => tag.clone(),
        None => build::default_tag(&project, &chosen(globals, &project, args.profile.as_deref())?),
    };
    let history = existing()?;
    let past = ProjectHistory { history: &history, project: Source::name_of(&project) };
    let back = runtime()?.block_on(async {
        let cancel = interrupt::token()?;
        let engine = engine(&cancel).await?;
        interrupt::or(&cancel, go_back(&engine, &past, &tag, args)).await
    })?;
    print(&match args.format {
        Format::Terminal => back.terminal(),
        Format::Json => back.json(),
    })
}

/// What was done, or would be.
struct Rollback {
    tag: String,
    from: String,
    to: Candidate,
    reason: String,
    is_done: bool,
}

async fn go_back(
    engine: &dyn Builder,
    past: &ProjectHistory<'_>,
    tag: &str,
    args: &Args,
) -> Result<Rollback> {
    let Some(current) = engine.image(tag).await? else {
        return Err(CheckFailed(format!("no image has the tag `{tag}`; nothing was moved")).into());
    };
    let promotions = past.promotions(engine, tag).await?;
    let mut passed_over = Vec::new();
    for candidate in candidates(&promotions, &current.id) {
        let short = short(&candidate.image);
        if !is_image_id(&candidate.image) {
            passed_over.push(format!("`{short}` (no id of an image)"));
        } else if let Some(why) = objection(past.history, &past.project, &candidate)? {
            passed_over.push(format!("{short} ({why})"));
        } else if engine.image(&candidate.image).await?.is_none() {
            passed_over.push(format!("{short} (no longer on the engine)"));
        } else {
            let reason = past.reason(&promotions, &current.id, args.reason.as_deref());
            let back = Rollback {
                tag: tag.to_owned(),
                from: current.id,
                to: candidate,
                reason,
                is_done: !args.dry_run,
            };
            if back.is_done {
                // Written first: a tag that moves without a trace could not be told back.
                let promotion = back.promotion(&promotions);
                let pending = past.history.promoting(&promotion)?;
                engine.tag(&back.to.image, tag).await?;
                pending.done().with_context(|| {
                    format!("`{tag}` points to {} now, which is not in the history", short)
                })?;
            }
            return Ok(back);
        }
    }
    let tried = match passed_over.as_slice() {
        [] => "the history has no other image that had this tag".to_owned(),
        some => format!("skipped: {}", some.join(", ")),
    };
    let message = format!("`{tag}` stays on {}: {tried}", short(&current.id));
    Err(CheckFailed(message).into())
}

/// What earlier builds were found to be.
struct ProjectHistory<'a> {
    history: &'a History,
    project: String,
}

impl ProjectHistory<'_> {
    /// Where the tag was moved on this engine, the newest first: the same tag of another one names
    /// other images.
    async fn promotions(&self, engine: &dyn Builder, tag: &str) -> Result<Vec<Promotion>> {
        let mut promotions = self.history.promotions(tag)?;
        let here = engine.host().await.ok().and_then(|host| host.engine_id);
        promotions.retain(|one| match (&one.engine_id, &here) {
            (Some(its), Some(here)) => its == here,
            _ => true,
        });
        Ok(promotions)
    }

    fn judged(&self, build: &str) -> Option<(Verdict, String)> {
        let judgement = self.history.find(&self.project, build).ok()?.judgement?;
        Some((judgement.verdict, judgement.reason))
    }

    /// Why the tag moves: in the words that were given, else what is known of the present image.
    fn reason(&self, promotions: &[Promotion], image: &str, given: Option<&str>) -> String {
        // The latest move may be a rollback to it, which names no build.
        let build =
            promotions.iter().filter(|one| one.image == image).find_map(|one| one.build.clone());
        match (given, build.and_then(|build| self.judged(&build))) {
            (Some(given), _) => given.to_owned(),
            (None, Some((Verdict::Regressed, reason))) => format!("regressed: {reason}"),
            (None, Some((verdict, _))) => {
                format!("requested manually; its build was {}", verdict.as_str())
            }
            (None, None) => "requested manually; its build is unknown".to_owned(),
        }
    }
}

impl Rollback {
    fn promotion(&self, promotions: &[Promotion]) -> Promotion {
        Promotion {
            at: Timestamp::now(),
            tag: self.tag.clone(),
            image: self.to.image.clone(),
            before: Some(self.from.clone()),
            build: None,
            engine_id: promotions.first().and_then(|latest| latest.engine_id.clone()),
            reason: self.reason.clone(),
        }
    }

    fn terminal(&self) -> String {
        let done = if self.is_done { "names" } else { "would name" };
        let build = self.to.build.as_deref().map(|build| format!(", of build {}", short(build)));
        format!(
            "{} {done} {}{} again\n  instead of {}\n  because    {}\n",
            self.tag,
            short(&self.to.image),
            build.unwrap_or_default(),
            short(&self.from),
            clean_line(&self.reason)
        )
    }

    fn json(&self) -> String {
        let back = serde_json::json!({
            "schema": "mad.rollback/1",
            "tag": self.tag,
            "from": self.from,
            "to": self.to.image,
            "build": self.to.build,
            "reason": self.reason,
            "done": self.is_done,
        });
        format!("{back:#}\n")
    }
}

/// Twelve digits of an id. It may have been imported, so it is cleaned like any text of others.
fn short(id: &str) -> String {
    clean_line(id).trim_start_matches("sha256:").chars().take(12).collect()
}
