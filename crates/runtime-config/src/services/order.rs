//! Who is started before whom.

use std::collections::{BTreeMap, BTreeSet};

use super::Services;

/// Every program after those that it needs, by name where that leaves a choice; or a cycle, as the names
/// along it.
pub fn in_order(services: &Services) -> Result<Vec<&str>, Vec<&str>> {
    let mut left: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, service) in services {
        let known = service.needs.keys().filter(|need| services.contains_key(*need));
        left.entry(name).or_default().extend(known.map(String::as_str));
    }
    let mut order = Vec::new();
    while !left.is_empty() {
        let Some(next) = left.iter().find(|(_, needs)| needs.is_empty()).map(|(name, _)| *name)
        else {
            return Err(cycle(&left));
        };
        left.remove(next);
        for needs in left.values_mut() {
            needs.remove(next);
        }
        order.push(next);
    }
    Ok(order)
}

/// All that is left needs something that is left: walking along it meets a name again.
fn cycle<'a>(left: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<&'a str> {
    let mut path: Vec<&str> = Vec::new();
    let mut at = *left.keys().next().expect("something is left");
    loop {
        if let Some(begin) = path.iter().position(|name| *name == at) {
            path.push(at);
            return path.split_off(begin);
        }
        path.push(at);
        at = left[at].iter().next().expect("each needs another");
    }
}
