//! `users/world-writable`: what every user of the image may change. The sticky bit (`1777`, `+t`)
//! makes a folder one to share, as `/tmp` is.

use super::super::RuleContext;
use super::super::facts::Severity;
use super::super::home;
use super::super::modes::{Mode, ModeChange};
use super::super::rule::{Rule, RuleMatch};

pub(in super::super) const RULE: Rule = Rule {
    id: "users/world-writable",
    title: "World-writable",
    severity: Severity::Warning,
    help: "Give the files to the user that writes them (`chown`, `COPY --chown`), or to a group (`chmod g+w`, `g+s`); for a shared folder add the sticky bit.",
    check: |context| {
        let mut found = Vec::new();
        for (index, block) in context.file.blocks().iter().enumerate() {
            let instruction = &block.instruction;
            for mode in instruction.flag("chmod").filter(|mode| Mode::read(mode).opens_to_all) {
                let to = instruction.words().pop().unwrap_or_default();
                let whose = whose(context, block.stage, &[&to]);
                let message = format!("`--chmod={mode}` makes {whose}the files world-writable");
                found.push(RuleMatch::at(*block.lines.start(), message));
            }
            for command in context.commands.at(index) {
                let Some(given) = ModeChange::by(command) else { continue };
                if Mode::read(given.mode).opens_to_all {
                    let whose = whose(context, block.stage, &given.paths);
                    let paths = given.paths.join(" ");
                    let message = format!("`{}` makes {whose}`{paths}` world-writable", given.mode);
                    found.push(RuleMatch::at(command.line, message));
                }
            }
        }
        found
    },
};

/// `the home of dev, ` where one of the paths is a home, or in one.
fn whose(context: &RuleContext<'_>, stage: Option<usize>, paths: &[&str]) -> String {
    let home = paths.iter().find_map(|path| {
        let path = path.trim_end_matches("/*").trim_end_matches('/');
        match path {
            "~" | "$HOME" | "${HOME}" => return Some("a home, ".to_owned()),
            "/home" => return Some("all homes, ".to_owned()),
            _ => {}
        }
        let of_account = context.accounts.with_home(stage?, path);
        let by_custom = || home::around(path).filter(|home| *home == path);
        let home = of_account.map(|account| account.name.clone());
        let name = home.or_else(|| {
            by_custom().map(|home| home.rsplit('/').next().unwrap_or_default().to_owned())
        })?;
        Some(format!("the home of `{name}`, "))
    });
    home.unwrap_or_default()
}
