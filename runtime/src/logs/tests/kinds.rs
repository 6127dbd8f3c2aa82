//! How well kinds of lines are told apart, on corpora whose kinds are known.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::corpus::{FORMS, Form, Random, choose, fill};
use super::held_out::{HELD_OUT, MENDED};
use crate::logs::level::Level;
use crate::logs::patterns::Summaries;
use crate::logs::record::Head;
use crate::logs::stream::Stream;
use crate::logs::time;

const BEGIN: i64 = 1_795_949_561_000_000;

/// Each with what it is, the forms, and how many of the faults are at least to be seen as errors: of programs that
/// nobody has looked at, those that name no level in any way are not.
const CORPORA: [(&str, &[Form], f64); 3] = [
    ("our services", FORMS, 0.95),
    ("other programs, mistakes mended", MENDED, 0.95),
    ("other programs, held out", HELD_OUT, 0.6),
];

/// Lines through the whole way from bytes on, each with its form.
fn kept(forms: &[Form], seed: u64, count: usize) -> Vec<(usize, Vec<u8>)> {
    let mut random = Random(seed);
    let mut kept = Vec::new();
    for at in 0..count {
        // Every form comes, also the rare ones.
        let form =
            if at < 3 * forms.len() { at % forms.len() } else { choose(&mut random, forms.len()) };
        let now = BEGIN + at as i64 * 10_000;
        let mut text = String::new();
        fill(&forms[form], &mut random, &time::text(now), &mut text);
        let mut stream = Stream::new(forms[form].service, "stderr");
        let mut out = Vec::new();
        let records =
            stream.read(format!("{text}\n").as_bytes(), now, &mut out) + stream.end(now, &mut out);
        assert_eq!(records, 1, "{text}");
        kept.push((form, out));
    }
    kept
}

#[test]
fn kinds_of_lines_are_told_apart() {
    let mut worst = f64::MAX;
    for (corpus, forms, _) in CORPORA {
        for seed in [1, 2, 3] {
            worst = worst.min(accuracy(corpus, forms, seed));
        }
    }
    assert!(worst >= 0.95, "{worst}");
}

/// Grouping accuracy: the share of lines whose group is exactly that of their form (Zhu et al., ICSE-SEIP 2019).
fn accuracy(corpus: &str, forms: &[Form], seed: u64) -> f64 {
    let kept = kept(forms, seed, 20_000);
    let mut summaries = Summaries::default();
    for (_, line) in &kept {
        summaries.lines(line);
    }
    let kinds = summaries.kinds();
    let mut groups: HashMap<&String, BTreeMap<usize, usize>> = HashMap::new();
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    for (form, line) in &kept {
        let key = Summaries::default().key_of(line);
        *groups.entry(&kinds[&key]).or_default().entry(*form).or_default() += 1;
        *sizes.entry(*form).or_default() += 1;
    }
    let mut right = 0;
    for (kind, of) in &groups {
        let (form, count) = of.iter().next().expect("one at least");
        if of.len() == 1 && sizes[form] == *count {
            right += count;
        } else {
            println!(
                "{kind}: {of:?} of {:?}",
                of.keys().map(|form| sizes[form]).collect::<Vec<_>>()
            );
        }
    }
    let accuracy = right as f64 / kept.len() as f64;
    let (kinds, forms) = (groups.len(), forms.len());
    println!(
        "{corpus}, seed {seed}: grouping accuracy {accuracy:.4}, {kinds} kinds of {forms} forms"
    );
    accuracy
}

#[test]
fn error_patterns_are_the_injected_faults() {
    for (corpus, forms, least) in CORPORA {
        let kept = kept(forms, 7, 20_000);
        let mut summaries = Summaries::default();
        let mut is_error = BTreeSet::new();
        let mut said = BTreeSet::new();
        for (form, line) in &kept {
            summaries.lines(line);
            let head = Head::of(line).expect("a kept line");
            if forms[*form].is_error {
                is_error.insert(*form);
            }
            if head.level >= Level::Error {
                said.insert(*form);
            }
        }
        let both = is_error.intersection(&said).count() as f64;
        let (precision, recall) = (both / said.len() as f64, both / is_error.len() as f64);
        let faults = is_error.len();
        println!(
            "{corpus}: error patterns: precision {precision:.3}, recall {recall:.3}, of {faults} faults"
        );
        for form in is_error.symmetric_difference(&said) {
            println!("{}", forms[*form].text);
        }
        assert!(precision >= 0.95 && recall >= least, "{corpus}: {precision} {recall}");
        // By pattern, as `logs patterns --errors` prints them.
        let found = summaries.grouped().patterns;
        let errors = found.iter().filter(|pattern| pattern.level >= Level::Error).count();
        println!("  {errors} patterns");
        assert!(errors.abs_diff(said.len()) <= 1, "{corpus}: {errors} of {}", said.len());
    }
}
