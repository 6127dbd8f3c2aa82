//! What `mad build` adds to a decision: the words of its errors, and the report.

use crate::cli::error::Result;

use super::Args;
use crate::build::{Decided, Objection, Policy};
use crate::cli::builds;
use crate::cli::exit::{NoVerdict, Refused, Regressed};
use crate::profile::{AlertAction, Loaded};
use crate::report::build::BuildReport;
use crate::timing::graph::breakdown;
use crate::timing::judge::Action;

/// What was asked for.
pub(super) fn policy(args: &Args, loaded: &Loaded) -> Policy {
    Policy {
        on_regression: args.on_regression.map(Action::from),
        has_rollback: loaded
            .profile
            .alerts
            .iter()
            .any(|alert| alert.action == AlertAction::Rollback),
        confirm: args.confirm,
        require_verdict: args.require_verdict,
    }
}

/// All that is to be told of a build; `None` where nothing is known to tell.
pub(super) fn report(decided: &Decided) -> Option<BuildReport> {
    let (record, judgement) = (decided.record.clone(), decided.judgement.clone()?);
    let breakdown = breakdown(&record);
    let promotion = builds::promotion(&record);
    let mut report = BuildReport::new(record, judgement, breakdown);
    report.promotion = promotion;
    Some(report)
}

/// What is wrong with a good build, as the error that the command ends with.
/// `kept_as` is the name of an image that was held back.
pub(super) fn objection(objection: Option<Objection>, kept_as: Option<&str>) -> Result<()> {
    let look = kept_as.map_or(String::new(), |name| {
        format!("; look into the image: `docker run --rm -it --entrypoint sh {name}`")
    });
    match objection {
        None => Ok(()),
        Some(Objection::Refused(reason)) => {
            // The reason begins with the gate: "the gate `ready`: …".
            let gate = reason.split('`').nth(1).unwrap_or("NAME");
            let hint = format!(
                "the whole of it: `mad report last`{look}; promote it all the same: `--set gates.{gate}=warn`"
            );
            let message = format!("the image is held back: {reason}");
            Err(Refused { message, hint }.into())
        }
        Some(Objection::Regressed(message)) => {
            let hint = "details: `mad report last`; rerun the slow steps: `--confirm 3`; accept it: `mad baseline accept last --reason … --until …`";
            Err(Regressed { message, hint: hint.to_owned() }.into())
        }
        Some(Objection::HeldBefore(reason)) => {
            let hint = "accept it: `mad baseline accept last --reason … --until …`; or move the tag anyway: `--on-regression warn`";
            let message = format!("the image stays held back: {reason}");
            Err(Regressed { message, hint: hint.to_owned() }.into())
        }
        Some(Objection::NoVerdict(message)) => Err(NoVerdict { message }.into()),
    }
}
