//! Which value of a profile has which rule.

use std::str::FromStr;

use super::{Rule, gates, runtime};
use crate::profile::ProfileError;
use crate::profile::condition::Condition;
use crate::profile::fault::Fault;
use crate::profile::image_ref::ImageRef;
use crate::profile::schema::profile_shape;
use crate::project::yaml::{self, Located, Mark, Node, Source, Value, suggest};
use crate::project::{PROFILE_IN_TAG, Project};

/// The faults of a merged profile that has its shape.
pub(in crate::profile) fn check(project: &Project, root: &Node) -> Vec<Located<Fault>> {
    let mut check = Check { project, faults: Vec::new() };
    check.base(root);
    check.value(root.get("description"), Rule::OneLine);
    check.value(at(root, "user.name"), Rule::UserName);
    check.value(at(root, "user.uid"), Rule::UserId);
    check.value(at(root, "user.gid"), Rule::UserId);
    check.values(at(root, "apt.build"), Rule::AptPackage);
    check.values(at(root, "apt.runtime"), Rule::AptPackage);
    check.map(at(root, "node.packages"), Rule::NpmName, Rule::NpmVersion);
    check.tree(at(root, "node.overrides"));
    check.value(at(root, "node.npm"), Rule::NpmVersion);
    check.values(at(root, "node.scripts"), Rule::NpmName);
    check.asset(at(root, "node.lock"));
    check.values(at(root, "python.packages"), Rule::PythonRequirement);
    check.asset(at(root, "python.lock"));
    check.patches(root.get("patches"));
    for file in root.get("files").map_or(&[][..], Node::items) {
        check.source(file.get("source"));
        check.value(file.get("dest"), Rule::Destination);
        check.value(file.get("mode"), Rule::Mode);
    }
    for step in root.get("run").map_or(&[][..], Node::items) {
        check.value(step.get("command").or(Some(step)), Rule::Command);
    }
    check.map(root.get("env"), Rule::EnvName, Rule::OneLine);
    check.value(at(root, "gpu.cuda"), Rule::CudaVersion);
    for mount in root.get("mounts").map_or(&[][..], Node::items) {
        let kind = mount.get("kind").and_then(Node::as_text);
        check.value(
            mount.get("target"),
            match kind {
                Some("config" | "secret") => Rule::Destination,
                Some("runtime") => Rule::MemoryTarget,
                _ => Rule::MountTarget,
            },
        );
        check.mount_source(mount.get("source"));
    }
    check.value(at(root, "resources.cpus"), Rule::Processors);
    check.value(at(root, "resources.pids"), Rule::ProcessCount);
    check.value(at(root, "resources.memory"), Rule::Bytes);
    check.value(at(root, "resources.shm"), Rule::Bytes);
    // What a rule has refused is not refused again in other words.
    let refused: Vec<Mark> = check.faults.iter().map(|fault| fault.mark.clone()).collect();
    let others = runtime::faults(root, profile_shape());
    check.faults.extend(others.into_iter().filter(|fault| !refused.contains(&fault.mark)));
    check.faults.extend(runtime::absent_packages(root));
    check.map(root.get("labels"), Rule::LabelName, Rule::OneLine);
    check.faults.extend(gates::faults(root, profile_shape()));
    check.faults.extend(gates::notify_faults(root));
    for alert in root.get("alerts").map_or(&[][..], Node::items) {
        check.value(alert.get("name"), Rule::OneLine);
        check.condition(alert.get("condition"));
    }
    // The tag of `mad.yaml` is no part of the profile, but this is where settings meet the grammar.
    if let Some(tag) = project.settings().node("tag") {
        let named = tag.as_text().unwrap_or_default().replace(PROFILE_IN_TAG, "profile");
        check.image_text(tag, &named);
    }
    check.faults
}

/// An image reference that was typed, for `-t`: the same grammar and the same words.
pub fn parse_image(flag: &str, text: &str) -> Result<ImageRef, ProfileError> {
    let source = Source::argument(flag, text);
    let mark = Mark::new(&source, 1, 1, text.chars().count());
    ImageRef::from_str(text).map_err(|reason| {
        ProfileError::one(Located::new(&mark, Fault::Image { found: text.to_owned(), reason }))
    })
}

fn at<'a>(root: &'a Node, path: &str) -> Option<&'a Node> {
    path.split('.').try_fold(root, |node, key| node.get(key))
}

struct Check<'a> {
    project: &'a Project,
    faults: Vec<Located<Fault>>,
}

impl Check<'_> {
    fn fail(&mut self, mark: &Mark, fault: impl Into<Fault>) {
        self.faults.push(Located::new(mark, fault.into()));
    }

    fn text(&mut self, text: &str, mark: &Mark, rule: Rule) {
        if !rule.allows(text) {
            self.fail(mark, Fault::Refused { found: text.to_owned(), rule });
        }
    }

    fn value(&mut self, node: Option<&Node>, rule: Rule) {
        if let Some(node) = node
            && let Some(text) = node.as_text()
        {
            self.text(text, &node.mark, rule);
        }
    }

    fn values(&mut self, list: Option<&Node>, rule: Rule) {
        for item in list.map_or(&[][..], Node::items) {
            self.value(Some(item), rule);
        }
    }

    fn map(&mut self, map: Option<&Node>, key: Rule, value: Rule) {
        for entry in map.map_or(&[][..], Node::entries) {
            self.text(&entry.key, &entry.key_mark, key);
            self.value(Some(&entry.value), value);
        }
    }

    /// npm's overrides nest freely; only what would break a line is refused.
    fn tree(&mut self, node: Option<&Node>) {
        let Some(node) = node else { return };
        match &node.value {
            Value::Scalar(_) => self.value(Some(node), Rule::OneLine),
            Value::List(items) => items.iter().for_each(|item| self.tree(Some(item))),
            Value::Map(entries) => {
                for entry in entries {
                    self.text(&entry.key, &entry.key_mark, Rule::OneLine);
                    self.tree(Some(&entry.value));
                }
            }
        }
    }

    fn base(&mut self, root: &Node) {
        match root.get("base") {
            Some(base) => self.image(base),
            None => {
                let missing =
                    yaml::Fault::Missing { key: "base".to_owned(), parent: String::new() };
                self.fail(&root.mark, missing);
            }
        }
    }

    fn image(&mut self, node: &Node) {
        self.image_text(node, node.as_text().unwrap_or_default());
    }

    /// The reference `text` that `node` stands for.
    fn image_text(&mut self, node: &Node, text: &str) {
        if let Err(reason) = ImageRef::from_str(text) {
            self.fail(&node.mark, Fault::Image { found: text.to_owned(), reason });
        }
    }

    fn asset(&mut self, node: Option<&Node>) {
        if let Some(node) = node
            && let Err(error) = self.project.asset(node.as_text().unwrap_or_default())
        {
            self.fail(&node.mark, error);
        }
    }

    fn source(&mut self, node: Option<&Node>) {
        if let Some(node) = node
            && let Err(error) = self.project.walk(node.as_text().unwrap_or_default())
        {
            self.fail(&node.mark, error);
        }
    }

    /// What is outside the project is only mounted where the project, or this machine, says so.
    fn mount_source(&mut self, node: Option<&Node>) {
        let Some((node, text)) = node.and_then(|node| Some((node, node.as_text()?))) else {
            return;
        };
        self.text(text, &node.mark, Rule::OneLine);
        let allowed = self.project.settings().mount_sources();
        let is_in = |folder: &String| {
            let folder = folder.trim_end_matches('/');
            text.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if text.starts_with('/') && !allowed.iter().any(is_in) {
            self.fail(&node.mark, Fault::MountSource { found: text.to_owned(), allowed });
        }
    }

    fn condition(&mut self, node: Option<&Node>) {
        if let Some(node) = node
            && let Err(error) = Condition::parse(node.as_text().unwrap_or_default())
        {
            let name = error.name().and_then(|name| node.mark.find(name));
            self.fail(&name.unwrap_or_else(|| node.mark.clone()), error);
        }
    }

    fn patches(&mut self, list: Option<&Node>) {
        for item in list.map_or(&[][..], Node::items) {
            let name = item.as_text().unwrap_or_default();
            if !Rule::PatchSeries.allows(name) {
                self.text(name, &item.mark, Rule::PatchSeries);
                continue;
            }
            match self.project.assets(&format!("patches/{name}")) {
                Ok(found) if !found.is_empty() => {}
                Ok(_) => {
                    let known = self.series();
                    let suggestion =
                        suggest(name, known.iter().map(String::as_str)).map(str::to_owned);
                    self.fail(
                        &item.mark,
                        Fault::NoPatches { name: name.to_owned(), suggestion, known },
                    );
                }
                Err(error) => self.fail(&item.mark, error),
            }
        }
    }

    /// The folders under `patches/`.
    fn series(&self) -> Vec<String> {
        let assets = self.project.assets("patches").unwrap_or_default();
        let mut names: Vec<String> = assets
            .iter()
            .filter_map(|asset| asset.path.split('/').nth(1))
            .map(str::to_owned)
            .collect();
        names.dedup();
        names
    }
}
