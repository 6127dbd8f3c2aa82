//! What is wrong with the limits of a gate, at the place of the gate; and with whom an alert tells.

use crate::profile::Gates;
use crate::profile::fault::Fault;
use crate::project::yaml::{Located, Mark, Node, Shape, to_json};

/// The faults of `gates`, which has its shape.
pub(super) fn faults(root: &Node, shape: &Shape) -> Vec<Located<Fault>> {
    let Some(gates) = root.get("gates") else { return Vec::new() };
    let shape = shape.field("gates");
    let fault = |mark: &Mark, key: &str, problem: String| {
        Located::new(mark, Fault::Runtime { key: format!("gates.{key}"), problem })
    };
    let mut faults = Vec::new();
    for entry in gates.entries() {
        let value = to_json(&entry.value, shape.field(&entry.key));
        let read = serde_json::from_value::<Gates>(serde_json::json!({ &entry.key: value }));
        match read {
            Err(error) => faults.push(fault(&entry.key_mark, &entry.key, error.to_string())),
            Ok(Gates { permissions: Some(gate), .. }) if !is_user(&gate.user) => {
                let problem = format!("`{}` is no user; write `UID:GID`", gate.user);
                faults.push(fault(&entry.key_mark, "permissions.user", problem));
            }
            Ok(_) => {}
        }
    }
    faults
}

/// The faults of `notify`, which has its shape.
pub(super) fn notify_faults(root: &Node) -> Vec<Located<Fault>> {
    let Some(notify) = root.entry("notify").filter(|entry| !entry.value.is_null()) else {
        return Vec::new();
    };
    let fault = |mark: &Mark, key: &str, problem: &str| {
        let problem = problem.to_owned();
        Located::new(mark, Fault::Runtime { key: format!("notify{key}"), problem })
    };
    let is_there = |node: &Node, key: &str| node.get(key).is_some_and(|node| !node.is_null());
    let command = notify.value.get("command").map_or(&[][..], Node::items);
    let Some(webhook) = notify.value.get("webhook").filter(|node| !node.is_null()) else {
        return match command.is_empty() {
            true => vec![fault(&notify.key_mark, "", "names neither `command` nor `webhook`")],
            false => Vec::new(),
        };
    };
    let mut faults = Vec::new();
    if is_there(webhook, "url") == is_there(webhook, "url_from") {
        faults.push(fault(&webhook.mark, ".webhook", "needs one of `url` and `url_from`"));
    }
    for (key, rule, words) in [
        ("url", is_address as fn(&str) -> bool, "no address, `https://…`, or one with a login"),
        ("url_from", is_variable, "no name of a variable"),
        ("token_from", is_variable, "no name of a variable"),
    ] {
        let node = webhook.get(key).filter(|node| !node.is_null());
        if let Some(node) = node.filter(|node| !node.as_text().is_some_and(rule)) {
            faults.push(fault(&node.mark, &format!(".webhook.{key}"), words));
        }
    }
    faults
}

fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control();
    rest.is_some_and(|rest| {
        let host = rest.split('/').next().unwrap_or_default();
        !host.is_empty() && !host.contains('@') && rest.chars().all(is_plain)
    })
}

fn is_variable(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !text.starts_with(|c: char| c.is_ascii_digit()) && !text.is_empty() && text.chars().all(is_word)
}

/// Two numbers, or nobody.
fn is_user(text: &str) -> bool {
    let is_number = |text: &str| text.parse::<u32>().is_ok();
    text.is_empty()
        || text.split_once(':').is_some_and(|(uid, gid)| is_number(uid) && is_number(gid))
}
