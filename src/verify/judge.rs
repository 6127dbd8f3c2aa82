//! From what was seen of an image, and what is wanted of it, to checks. Pure.
//!
//! Long because each check is one function here, and they share the words for users, times and lists.

use std::collections::BTreeSet;

use runtime_config::Mount;
use runtime_config::mounts::{Kind, Owner};

use super::dpkg;
use super::facts::{Check, CheckState, ImageFinding, LogLine, Run, RunEnd, median};
use super::files::Files;
use super::secrets::Found;
use super::wanted::Wanted;
use crate::patch;
use crate::profile::{GateAction, GateName, Profile, pypi_name};
use crate::text::{count, human_bytes, human_duration, human_ms};
use crate::timing::clean_line;

/// What a distribution's own packages install with set-user-id or set-group-id: for images of which nobody knows
/// what they start from.
const ORDINARY: [&str; 17] = [
    "/bin/bbsuid",
    "/bin/mount",
    "/bin/ping",
    "/bin/su",
    "/bin/umount",
    "/sbin/unix_chkpwd",
    "/usr/bin/chage",
    "/usr/bin/chfn",
    "/usr/bin/chsh",
    "/usr/bin/expiry",
    "/usr/bin/gpasswd",
    "/usr/bin/mount",
    "/usr/bin/newgrp",
    "/usr/bin/passwd",
    "/usr/bin/su",
    "/usr/bin/umount",
    "/usr/sbin/unix_chkpwd",
];

/// Items of a list in a sentence.
const MOST_NAMED: usize = 12;
/// Findings of a check.
const MOST_FINDINGS: usize = 50;
/// Lines of logs with a finding.
const MOST_LINES: usize = 20;

/// What was seen of an image.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub size_bytes: u64,
    /// The image's own user, as its configuration has it.
    pub user: String,
    /// How it is asked whether it is ready.
    pub readiness: Option<String>,
    pub runs: Vec<Run>,
    pub files: Option<Files>,
    /// What has set-user-id in the image that it starts from; `None` where that is not known.
    pub base_setuid: Option<BTreeSet<String>>,
    /// What looks like a credential in variables, labels and the history.
    pub texts: Vec<Found>,
    pub patches: Vec<patch::ImageVerification>,
}

/// Every check that is wanted, in the order of [`GateName::ALL`].
pub(super) fn checks(seen: &Seen, wanted: &Wanted) -> Vec<Check> {
    let tried = GateName::ALL.into_iter().filter(|name| wanted.action(*name) != GateAction::Off);
    tried.map(|name| check(name, seen, wanted)).collect()
}

/// What came of one: its findings and a sentence, or why there is nothing to judge by.
type Judged = Result<(Vec<ImageFinding>, String), String>;

fn check(name: GateName, seen: &Seen, wanted: &Wanted) -> Check {
    let judged = match name {
        GateName::Start => start(seen),
        GateName::Ready => ready(seen, wanted),
        GateName::Services => services(seen, wanted),
        GateName::Permissions => permissions(seen),
        GateName::Directories => directories(seen, wanted),
        GateName::Setuid => setuid(seen, wanted),
        GateName::Secrets => secrets(seen, wanted),
        GateName::Tools => tools(seen, wanted),
        GateName::Patches => patches(seen, wanted),
        GateName::Size => size(seen, wanted),
    };
    let (state, mut findings, summary) = match judged {
        Ok((findings, summary)) if findings.is_empty() => (CheckState::Passed, findings, summary),
        Ok((findings, summary)) => (CheckState::Failed, findings, summary),
        Err(why) => (CheckState::Skipped, Vec::new(), why),
    };
    // Several containers as one user mostly say the same.
    findings.dedup_by(|one, other| one.message == other.message);
    let more = findings.len().saturating_sub(MOST_FINDINGS);
    if more > 0 {
        findings.truncate(MOST_FINDINGS);
        findings.push(ImageFinding::plain(format!("and {more} more")));
    }
    Check { name, action: wanted.action(name), state, summary, findings }
}

fn start(seen: &Seen) -> Judged {
    if seen.runs.is_empty() {
        return Err("no container was started".to_owned());
    }
    let mut findings = Vec::new();
    for run in &seen.runs {
        let user = &run.user;
        match &run.end {
            RunEnd::Refused { why } => findings.push(ImageFinding::plain(format!(
                "as {user}: the engine does not start it: {why}"
            ))),
            // One that should become ready is told of there.
            RunEnd::Ended { status, is_out_of_memory }
                if seen.readiness.is_none() && *status != 0 =>
            {
                findings.push(ImageFinding {
                    message: format!("as {user}: it ended {}", ending(*status, *is_out_of_memory)),
                    log: lines(&run.log),
                });
            }
            _ => {}
        }
    }
    let words = |run: &Run| match &run.end {
        RunEnd::Ready | RunEnd::NotReady { .. } | RunEnd::Running => {
            format!("as {} it runs", run.user)
        }
        RunEnd::Ended { status, .. } => format!("as {} it ended with status {status}", run.user),
        RunEnd::Refused { .. } => format!("as {} it does not start", run.user),
    };
    let mut told: Vec<String> = seen.runs.iter().map(words).collect();
    told.dedup();
    Ok((findings, told.join(", ")))
}

fn ending(status: i64, is_out_of_memory: bool) -> String {
    match is_out_of_memory {
        true => format!("with status {status}: it ran out of memory"),
        false => format!("with status {status}"),
    }
}

fn ready(seen: &Seen, wanted: &Wanted) -> Judged {
    if seen.readiness.is_none() {
        return Err("the image has no health check: it has no notion of ready, and nobody can ask"
            .to_owned());
    }
    let mut findings = Vec::new();
    for run in &seen.runs {
        let message = match &run.end {
            RunEnd::NotReady { why, after_ms } => {
                let why =
                    if why.is_empty() { String::new() } else { format!(": {}", why.join("; ")) };
                format!("as {}: not ready after {}{why}", run.user, human_ms(*after_ms))
            }
            RunEnd::Ended { status, is_out_of_memory } if run.ready_ms.is_none() => {
                let how = ending(*status, *is_out_of_memory);
                format!("as {}: it ended {how} before it was ready", run.user)
            }
            RunEnd::Ended { status, is_out_of_memory } => {
                let how = ending(*status, *is_out_of_memory);
                format!("as {}: it was ready, and ended {how}", run.user)
            }
            RunEnd::Refused { .. } => format!("as {}: it was not started", run.user),
            RunEnd::Ready | RunEnd::Running => continue,
        };
        findings.push(ImageFinding { message, log: lines(&run.log) });
    }
    let within = wanted.within();
    let own: Vec<u64> =
        seen.runs.iter().filter(|run| run.is_own).filter_map(|run| run.ready_ms).collect();
    let Some(middle) = median(own.clone()) else {
        return Ok((findings, format!("it has {} to become ready", human_duration(within))));
    };
    let times: Vec<String> = own.iter().map(|ms| human_ms(*ms)).collect();
    let of = match times.len() {
        1 => String::new(),
        many => format!(" (median of {many}: {})", times.join(", ")),
    };
    if u128::from(middle) > within.as_millis() {
        let message = format!(
            "ready after {}{of}, expected {} at most",
            human_ms(middle),
            human_duration(within)
        );
        findings.push(ImageFinding::plain(message));
    }
    Ok((
        findings,
        format!("ready after {}{of}; {} are allowed", human_ms(middle), human_duration(within)),
    ))
}

fn services(seen: &Seen, wanted: &Wanted) -> Judged {
    let names: BTreeSet<&str> =
        seen.runs.iter().flat_map(|run| &run.services).map(|one| one.name.as_str()).collect();
    if names.is_empty() {
        let was_asked = wanted.profile.as_ref().is_some_and(|profile| !profile.services.is_empty());
        return match was_asked {
            true => {
                let finding = ImageFinding::plain("no container could say how its programs are");
                Ok((vec![finding], "the programs could not be asked for".to_owned()))
            }
            false => Err("the image starts no programs under mad-runtime".to_owned()),
        };
    }
    let mut findings = Vec::new();
    for run in &seen.runs {
        for service in &run.services {
            // What another program keeps from being ready is no fault of this one.
            let is_up = service.phase == "ready";
            if is_up && service.incidents.is_empty() {
                continue;
            }
            let gap = if service.problem.is_empty() { "" } else { ": " };
            let mut message = format!(
                "as {}: {} is {}{gap}{}",
                run.user, service.name, service.phase, service.problem
            );
            if !service.incidents.is_empty() {
                message += &format!("; it failed: {}", list(&service.incidents));
            }
            let own: Vec<LogLine> =
                run.log.iter().filter(|line| line.source == service.name).cloned().collect();
            findings.push(ImageFinding { message, log: lines(&own) });
        }
    }
    let uptime = seen.runs.iter().filter_map(|run| run.uptime).reduce(f64::min).unwrap_or_default();
    let summary = format!(
        "{} watched for {} from readiness on; up for {:.1} % of the time",
        count(names.len(), "program"),
        human_duration(wanted.watch()),
        uptime * 100.0
    );
    Ok((findings, summary))
}

fn permissions(seen: &Seen) -> Judged {
    let started: Vec<&Run> =
        seen.runs.iter().filter(|run| !matches!(run.end, RunEnd::Refused { .. })).collect();
    if started.is_empty() {
        return Err("no container was started, so that there is no log".to_owned());
    }
    let findings = started.iter().filter(|run| !run.denied.is_empty()).map(|run| {
        let lines_of = count(run.denied.len(), "line");
        let tell = if run.denied.len() == 1 { "tells" } else { "tell" };
        ImageFinding {
            message: format!(
                "as {}: {lines_of} of the logs {tell} of a denied permission",
                run.user
            ),
            log: lines(&run.denied),
        }
    });
    let mut users: Vec<&str> = started.iter().map(|run| run.user.as_str()).collect();
    users.dedup();
    Ok((findings.collect(), format!("the logs of containers as {}", users.join(" and "))))
}

fn directories(seen: &Seen, wanted: &Wanted) -> Judged {
    let (Some(profile), Some(files)) = (&wanted.profile, &seen.files) else {
        return Err(NO_PROFILE.to_owned());
    };
    let (uid, gid) = owner(seen, files, profile);
    let mut findings = Vec::new();
    let folders = folders(profile);
    for (path, mode) in &folders {
        let Some(node) = files.folders.get(path) else {
            findings.push(ImageFinding::plain(format!("`{path}` is not there, or is no folder")));
            continue;
        };
        let is_shared = mode == &Some(0o1777);
        if !is_shared && (node.uid, node.gid) != (uid, gid) {
            let found = format!("{}:{}", node.uid, node.gid);
            findings.push(ImageFinding::plain(format!(
                "`{path}` is owned by {found}, expected {uid}:{gid}"
            )));
        }
        if let Some(mode) = mode.filter(|mode| *mode != node.mode) {
            findings.push(ImageFinding::plain(format!(
                "`{path}` has mode {:04o}, expected {mode:04o}",
                node.mode
            )));
        }
    }
    Ok((findings, format!("{}, of {uid}:{gid}", count(folders.len(), "folder"))))
}

const NO_PROFILE: &str = "there is no profile to hold it against";

/// The folders of a profile's image, with their mode where it is fixed.
pub(super) fn folders(profile: &Profile) -> Vec<(String, Option<u32>)> {
    let mut folders = vec![(format!("/home/{}", profile.user.name), None)];
    // Those that are a folder of the image; the others come with the container.
    let is_work = |mount: &&Mount| {
        matches!(mount.kind, Kind::Persistent | Kind::Cache) && mount.owner == Owner::User
    };
    let mounts = profile.mounts.iter().filter(is_work);
    let mounts = mounts.map(|mount| mount.target.trim_end_matches('/').to_owned());
    folders.extend(mounts.map(|target| (target, Some(0o2775))));
    if !profile.services.is_empty() {
        folders.push((runtime_config::services::RUN_DIRECTORY.to_owned(), Some(0o1777)));
    }
    folders
}

/// The numbers of the image's user: by its configuration, which a build argument may have changed.
fn owner(seen: &Seen, files: &Files, profile: &Profile) -> (u64, u64) {
    let (name, group) = seen.user.split_once(':').unwrap_or((&seen.user, ""));
    let known = files.users.get(name).copied();
    let default = (u64::from(profile.user.uid), u64::from(profile.user.gid));
    let uid = name.parse().ok().or(known.map(|(uid, _)| uid)).unwrap_or(default.0);
    let gid = group.parse().ok().or(known.map(|(_, gid)| gid)).unwrap_or(default.1);
    (uid, gid)
}

fn setuid(seen: &Seen, wanted: &Wanted) -> Judged {
    let Some(files) = &seen.files else { return Err("the files were not read".to_owned()) };
    let allowed = wanted.gates.setuid.as_ref().map_or(&[][..], |gate| &gate.allow);
    let has_sudo = wanted.profile.as_ref().is_some_and(|profile| profile.user.sudo);
    let is_expected = |path: &str| {
        allowed.iter().any(|allowed| allowed == path) || has_sudo && path == "/usr/bin/sudo"
    };
    let is_of_base = |path: &str| match &seen.base_setuid {
        Some(base) => base.contains(path),
        None => ORDINARY.contains(&path),
    };
    let new = files.setuid.iter().filter(|(path, _)| !is_expected(path) && !is_of_base(path));
    let findings = new.map(|(path, node)| {
        let bits = match node.mode & 0o6000 {
            0o4000 => "set-user-id",
            0o2000 => "set-group-id",
            _ => "set-user-id and set-group-id",
        };
        let message = format!(
            "`{}` has {bits}: mode {:04o}, of {}:{}",
            clean_line(path),
            node.mode,
            node.uid,
            node.gid
        );
        ImageFinding::plain(message)
    });
    let against = match &seen.base_setuid {
        Some(base) => format!("the base image has {}", base.len()),
        None => {
            "the base image is not known: those that distributions have were left out".to_owned()
        }
    };
    Ok((
        findings.collect(),
        format!(
            "{} with set-user-id or set-group-id; {against}",
            count(files.setuid.len(), "file")
        ),
    ))
}

fn secrets(seen: &Seen, wanted: &Wanted) -> Judged {
    let Some(files) = &seen.files else { return Err("the files were not read".to_owned()) };
    let allowed = wanted.gates.secrets.as_ref().map_or(&[][..], |gate| &gate.allow);
    let all = seen.texts.iter().chain(&files.secrets);
    let found = all.filter(|found| !allowed.contains(&found.place));
    let findings = found.map(|found| {
        let place = clean_line(&found.place);
        ImageFinding::plain(format!("{} in `{place}`", found.what))
    });
    let canaries = match wanted.canaries.len() {
        0 => String::new(),
        some => format!(", and {} of the build", count(some, "secret")),
    };
    let summary = format!(
        "logins, tokens and keys{canaries}, in {} of {}, the variables, the labels and the history",
        count(usize::try_from(files.counts.files).unwrap_or(usize::MAX), "file"),
        human_bytes(files.counts.bytes),
    );
    Ok((findings.collect(), summary))
}

fn tools(seen: &Seen, wanted: &Wanted) -> Judged {
    let (Some(profile), Some(files)) = (&wanted.profile, &seen.files) else {
        return Err(NO_PROFILE.to_owned());
    };
    let mut findings = Vec::new();
    let mut tried = 0;
    let mut expect =
        |what: &str, name: &str, expected: &str, found: Option<&String>, fits: bool| {
            tried += 1;
            if !fits {
                let found = found.map_or("none".to_owned(), |found| clean_line(found));
                findings.push(ImageFinding::plain(format!(
                    "{what} {name}: found {found}, expected {expected}"
                )));
            }
        };
    for package in &profile.apt.runtime {
        let (name, version) = package.split_once('=').map_or((package.as_str(), "*"), |pair| pair);
        let name = name.split(':').next().unwrap_or(name);
        let found = files.debian.as_ref().and_then(|all| all.get(name));
        let fits = found.is_some_and(|found| dpkg::fits(version, found));
        expect(
            "the Debian package",
            name,
            if version == "*" { "any version" } else { version },
            found,
            fits,
        );
    }
    for (name, version) in &profile.node.packages {
        let found = files.npm.get(name);
        expect("the npm package", name, version, found, found == Some(version));
    }
    for requirement in &profile.python.packages {
        let (name, version) = requirement.split_once("==").unwrap_or((requirement, ""));
        let name = pypi_name(name.split('[').next().unwrap_or(name));
        let found = files.python.get(&name);
        expect(
            "the Python package",
            &name,
            version,
            found,
            found.is_some_and(|found| found == version),
        );
    }
    Ok((findings, format!("{} of the profile", count(tried, "package"))))
}

fn patches(seen: &Seen, wanted: &Wanted) -> Judged {
    if wanted.series.is_empty() {
        return Err(match wanted.profile {
            Some(_) => "the profile has no patches".to_owned(),
            None => NO_PROFILE.to_owned(),
        });
    }
    let difference = |difference: &patch::Difference| {
        let patch::Difference { what, expected, found, .. } = difference;
        let text = format!("{what}: expected {expected}, found {found}");
        ImageFinding::plain(clean_line(&text))
    };
    let findings = seen.patches.iter().flat_map(|one| &one.differences).map(difference).collect();
    let files: usize = seen.patches.iter().map(|one| one.targets.len()).sum();
    let probes: usize = seen.patches.iter().map(|one| one.probes.len()).sum();
    Ok((findings, format!("{} and {}", count(files, "patched file"), count(probes, "probe"))))
}

fn size(seen: &Seen, wanted: &Wanted) -> Judged {
    let found = human_bytes(seen.size_bytes);
    let Some(max) = wanted.gates.size.as_ref().and_then(|gate| gate.max) else {
        return Err(format!("the image has {found}; no budget is set"));
    };
    let mut findings = Vec::new();
    if seen.size_bytes > max.0 {
        let message = format!("the image has {found}, expected {} at most", human_bytes(max.0));
        findings.push(ImageFinding::plain(message));
    }
    Ok((findings, format!("{found} of {}", human_bytes(max.0))))
}

fn list(items: &[String]) -> String {
    let shown: Vec<&str> = items.iter().take(MOST_NAMED).map(String::as_str).collect();
    match items.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{}, and {more} more", shown.join(", ")),
    }
}

/// The last lines.
fn lines(log: &[LogLine]) -> Vec<LogLine> {
    log[log.len().saturating_sub(MOST_LINES)..].to_vec()
}

#[cfg(test)]
mod tests;
