//! Which masked messages are one kind, with words that vary too.
//!
//! After Brain (Yu et al., *Brain: Log Parsing with Bidirectional Parallel Tree*, IEEE TSC 2023): messages of one
//! length are split by the longest set of words that came equally often, which is what they have in common; a
//! place where those of one set differ is a parameter, or tells kinds apart when there are only a few plain words.

use std::collections::{BTreeMap, HashMap};

use super::mask::ANY;

/// So many different words in one place are a parameter.
const MANY: usize = 3;

pub struct Message<'a> {
    pub words: Vec<&'a str>,
    pub count: u64,
}

/// For each message the words of its kind.
pub fn group(messages: &[Message<'_>]) -> Vec<Vec<String>> {
    let mut kinds = vec![Vec::new(); messages.len()];
    let mut by_length: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
    for (at, message) in messages.iter().enumerate() {
        // A first word that is a parameter is none to go by.
        by_length.entry((message.words.len(), "")).or_default().push(at);
    }
    for members in by_length.into_values() {
        let mut often: HashMap<(usize, &str), u64> = HashMap::new();
        for at in &members {
            for (place, word) in messages[*at].words.iter().enumerate() {
                *often.entry((place, word)).or_default() += messages[*at].count;
            }
        }
        let mut common: HashMap<Vec<(usize, &str)>, Vec<usize>> = HashMap::new();
        for at in members {
            common.entry(longest_common(&messages[at].words, &often)).or_default().push(at);
        }
        for (root, members) in common {
            one_set(messages, &root, &members, &mut kinds);
        }
    }
    absorb(&mut kinds);
    kinds
}

/// The places and words of the largest set that came equally often; of equal ones the most frequent.
fn longest_common<'a>(
    words: &[&'a str],
    often: &HashMap<(usize, &'a str), u64>,
) -> Vec<(usize, &'a str)> {
    let mut sets: BTreeMap<u64, Vec<(usize, &str)>> = BTreeMap::new();
    for (place, word) in words.iter().enumerate() {
        if is_plain(word) {
            sets.entry(often[&(place, *word)]).or_default().push((place, word));
        }
    }
    sets.into_iter()
        .max_by_key(|(count, set)| (set.len(), *count))
        .map(|(_, set)| set)
        .unwrap_or_default()
}

fn one_set(
    messages: &[Message<'_>],
    root: &[(usize, &str)],
    members: &[usize],
    kinds: &mut [Vec<String>],
) {
    let length = messages[members[0]].words.len();
    let mut varies = vec![false; length];
    for (place, varies) in varies.iter_mut().enumerate() {
        if root.iter().any(|(known, _)| *known == place) {
            continue;
        }
        let mut words: Vec<&str> = members.iter().map(|at| messages[*at].words[place]).collect();
        words.sort_unstable();
        words.dedup();
        // Names are filled in, plain words are the program's own.
        *varies = words.len() >= MANY
            || (words.len() > 1 && (root.len() < 2 || words.iter().any(|word| is_name(word))));
    }
    for at in members {
        let words = messages[*at].words.iter().zip(&varies);
        kinds[*at] = words
            .map(|(word, varies)| if *varies { parameter(word) } else { (*word).to_owned() })
            .collect();
    }
}

/// What is around a word stays: `(a)` becomes `(<*>)`.
fn parameter(word: &str) -> String {
    let edge = |c: char| "[](){}\"'`,;:!?".contains(c);
    let core = word.trim_matches(edge);
    match word.find(core).filter(|_| !core.is_empty()) {
        Some(at) => format!("{}{ANY}{}", &word[..at], &word[at + core.len()..]),
        None => ANY.into(),
    }
}

fn is_plain(word: &str) -> bool {
    !word.contains(ANY)
}

/// `memory_usage`, `claude-flow`, `a.b`: made by somebody, and not a word of a sentence.
fn is_name(word: &str) -> bool {
    let core = word.trim_matches(|c: char| "[](){}\"'`,;:!?.".contains(c));
    core.contains(ANY)
        || core.contains(['_', '.', '/', '@'])
        || core.chars().any(|c| c.is_ascii_digit())
        || (core.contains('-') && core.len() > 2)
}

/// A kind that another one has with a parameter in the place of a word is that one.
fn absorb(kinds: &mut [Vec<String>]) {
    let mut distinct: Vec<Vec<String>> = kinds.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let open: Vec<&Vec<String>> =
        distinct.iter().filter(|kind| kind.iter().any(|word| word.contains(ANY))).collect();
    for kind in kinds.iter_mut() {
        let wider = open.iter().filter(|other| {
            other.len() == kind.len()
                && ***other != *kind
                // One that is nothing but parameters takes all.
                && other.iter().filter(|word| is_plain(word)).count() * 2 >= other.len()
                && other.iter().zip(kind.iter()).all(|(wide, word)| wide == word || covers(wide, word))
        });
        if let Some(wider) =
            wider.max_by_key(|other| other.iter().filter(|word| is_plain(word)).count())
        {
            *kind = (*wider).clone();
        }
    }
}

fn covers(wide: &str, word: &str) -> bool {
    wide.split_once(ANY).is_some_and(|(begin, end)| {
        word.len() >= begin.len() + end.len() && word.starts_with(begin) && word.ends_with(end)
    })
}
