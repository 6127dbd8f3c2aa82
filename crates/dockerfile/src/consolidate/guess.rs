//! The weaker rules of [`Strategy::Minimal`](super::Strategy::Minimal): only dependencies that show.
//!
//! - What is understood is judged as ever.
//! - Steps of one user keep their order where one of them is not understood: that costs no switch. But a
//!   step that is understood and one that only installs packages are looked at more closely.
//! - A step stays behind every step of root that came before it and may have installed something.
//!   So root's steps move ahead and the others' do not, which is the order that people write by hand.
//! - Otherwise two steps keep their order where they name the same places, or one names a command that
//!   the other executes.

use super::edges::OrderReason;
use super::stage::{Kind, Node};
use crate::File;
use crate::effects::{Effects, StepUser, likely_conflict};

/// Why two nodes with effects keep their order.
pub(super) fn order(first: &Node, second: &Node) -> Option<OrderReason> {
    let (Some(mine), Some(theirs)) = (&first.effects, &second.effects) else { return None };
    let is_unknown = first.is_unknown() || second.is_unknown();
    if is_unknown && first.kind == Kind::Run && second.kind == Kind::Run {
        if first.user_id == second.user_id && !is_apart_from_packages(first, second) {
            return Some(OrderReason::SameUser);
        }
        let may_install = first.is_unknown() && !is_plain_user(&StepUser::of(&first.user));
        if may_install && second.is_unknown() {
            return Some(OrderReason::Installs);
        }
    }
    if gives_to(second, first, theirs, mine) {
        return None;
    }
    likely_conflict(mine, theirs).map(OrderReason::Conflict)
}

/// Whether one only installs packages and the other is understood, and makes no accounts: packages make
/// some too.
fn is_apart_from_packages(first: &Node, second: &Node) -> bool {
    let makes_no_account = |node: &Node| {
        let writes = node.effects.iter().flat_map(|effects| &effects.writes);
        !node.is_unknown() && !writes.into_iter().any(|write| write.is_resource())
    };
    first.only_installs_packages() && makes_no_account(second)
        || second.only_installs_packages() && makes_no_account(first)
}

fn is_plain_user(who: &StepUser) -> bool {
    matches!(who, StepUser::Named(_) | StepUser::Numeric(_))
}

/// Whether a step of root only gives folders to the user of an earlier step, which were there before
/// that step and would have been the user's anyway: what the step makes in them is its user's already.
fn gives_to(giver: &Node, user: &Node, change: &Effects, made: &Effects) -> bool {
    let StepUser::Named(name) = StepUser::of(&user.user) else { return false };
    user.kind == Kind::Run
        && giver.kind == Kind::Run
        && change.is_understood()
        && !change.owner_changes.is_empty()
        && change.makes.is_empty()
        && change.writes.iter().all(|write| {
            change
                .owner_changes
                .iter()
                .any(|given| given.place == *write && given.was_there && given.owner == name)
        })
        && change.owner_changes.iter().all(|given| {
            let folder = given.place.folder();
            let is_it = |place: &crate::effects::PathSet| place.folder() == folder;
            !made.writes.iter().any(is_it) && !made.makes.iter().any(|(place, _)| is_it(place))
        })
}

/// Whether a step depends on a variable that `ENV` or `ARG` sets; `is_first`: it sets it before the step.
pub(super) fn depends_on(
    file: &File,
    state: &Node,
    step: &Node,
    name: &str,
    is_first: bool,
) -> bool {
    let Some(effects) = &step.effects else { return false };
    let instruction = &file.blocks()[step.block].instruction;
    let mentions = |text: &str| text.contains(name);
    if mentions(&instruction.exact) || instruction.heredocs.iter().any(|body| mentions(body)) {
        return true;
    }
    if name == "PATH" {
        // A longer PATH finds what the shorter one found, unless something is put in front on purpose;
        // a step that came before it does not need it.
        let extends = file.blocks()[state.block].instruction.exact.contains("PATH}")
            || file.blocks()[state.block].instruction.exact.contains("$PATH");
        return is_first || !extends;
    }
    if effects.is_understood() {
        return effects.depends_on(name);
    }
    let is_general = ["HOME", "SHELL", "USER", "LANG", "TZ", "TMPDIR"].contains(&name)
        || ["LC_", "LD_", "XDG_", "BASH_"].iter().any(|prefix| name.starts_with(prefix))
        || name.to_ascii_lowercase().ends_with("_proxy")
        || name.starts_with("SSL_")
        || name.contains("CERT")
        || name.contains("CA_");
    is_general || effects.commands.iter().any(|command| is_setting_of(command, name))
}

/// Whether a variable is a setting of a command: `npm_config_prefix` of `npm`.
fn is_setting_of(command: &str, variable: &str) -> bool {
    let variable = variable.to_ascii_lowercase();
    let families: &[&str] = match command {
        "npm" | "npx" | "node" | "yarn" | "pnpm" | "corepack" => {
            &["npm_", "node_", "yarn_", "pnpm_", "corepack_"]
        }
        "pip" | "pip3" | "python" | "python3" | "uv" | "pipx" | "poetry" => {
            &["pip_", "python", "uv_", "pipx_", "poetry_", "virtual_env"]
        }
        "cargo" | "rustup" | "rustc" => &["cargo_", "rustup_", "rust", "cc", "cflags", "openssl_"],
        "apt-get" | "apt" | "dpkg" | "dpkg-reconfigure" => &["debian_", "apt_", "debconf_"],
        "go" => &["go", "cgo_", "cc"],
        "make" | "cmake" | "gcc" | "cc" => {
            &["cc", "cxx", "cflags", "cppflags", "ldflags", "make", "cmake_"]
        }
        "curl" | "wget" => &["curl_", "wget_"],
        "java" | "mvn" | "gradle" => &["java", "maven_", "gradle_", "jdk_"],
        _ => &[],
    };
    let own: String = command.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    families.iter().any(|family| variable.starts_with(family))
        || own.len() > 2 && variable.starts_with(&own.to_ascii_lowercase())
        // An installer that is downloaded and executed may look at anything.
        || matches!(command, "sh" | "bash") && !variable.starts_with("debian_")
}
