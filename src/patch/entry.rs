//! What a new patch of a series is called, and how it stands in `series.yaml`.

use super::Series;

/// `05-ping.patch`: by the patch's number, for an id that is new the next one.
pub fn patch_file(series: &Series, id: &str) -> String {
    format!("{}.patch", stem(series, id))
}

/// `05-ping.LABEL.patch`.
pub fn variant_file(series: &Series, id: &str, label: &str) -> String {
    format!("{}.{label}.patch", stem(series, id))
}

/// `probes/05-ping.mjs`.
pub fn probe_file(series: &Series, id: &str) -> String {
    let known = series.patches.iter().find(|patch| patch.id == id);
    known.map_or_else(|| format!("probes/{}.mjs", stem(series, id)), |patch| patch.probe.clone())
}

fn stem(series: &Series, id: &str) -> String {
    let number = |file: &str| file.split_once('-')?.0.parse::<u32>().ok();
    let files = |patch: &super::Patch| patch.variants.iter().map(|v| v.file.clone()).next();
    let known = series.patches.iter().find(|patch| patch.id == id).and_then(files);
    let next = || {
        let all = series.patches.iter().filter_map(files);
        all.filter_map(|file| number(&file)).max().unwrap_or(0) + 1
    };
    let number = known.as_deref().and_then(number).unwrap_or_else(next);
    format!("{number:02}-{id}")
}

/// The entry of a new patch, to be appended to `series.yaml`; what only a person knows is asked for.
pub fn entry(series: &Series, id: &str, target: &str, file: &str) -> String {
    let probe = probe_file(series, id);
    format!(
        "  - id: {id}
    why: >-
      TODO what is wrong without it.
    upstream: TODO link, or none known
    remove_when: TODO condition, or its probe passes without it
    target: {target}
    probe: {probe}
    variants:
      - versions: \"*\"
        file: {file}
"
    )
}

/// One more variant of a patch that the series has.
pub fn variant_entry(versions: &str, file: &str) -> String {
    format!("      - versions: \"{versions}\"\n        file: {file}\n")
}

/// The prose at the head of a new patch.
pub fn header(id: &str) -> String {
    format!(
        "TODO one sentence: what `{id}` does.

TODO what is wrong without it, in which versions, and how this mends it.

Upstream: TODO link, or not reported that we know of.
May go: TODO when, or when the probe passes without the patch.
"
    )
}

/// A probe that finds its fault until somebody writes it: it cannot make a patch look proven.
pub fn probe(id: &str) -> String {
    format!(
        "// TODO what the server must do with `{id}` applied. It has to fail on the pristine package
// and to pass on the patched one; as it stands it fails on both.
import {{ check, probe, short }} from './lib/mcp.mjs';

await probe(async ({{ start, seen }}) => {{
  const server = start();
  await server.initialize();
  seen.answer = await server.request('TODO');
  check(false, `the probe of {id} is not written yet; seen: ${{short(seen.answer)}}`);
}});
"
    )
}

/// Whether a text still has what only a person can write.
pub fn is_unfinished(text: &str) -> bool {
    text.contains("TODO")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = include_str!("../../patches/claude-flow/series.yaml");

    #[test]
    fn names_follow_those_of_the_series() {
        let series = Series::parse(TEXT).unwrap();
        let last = series.patches.len();
        assert_eq!(patch_file(&series, "new"), format!("{:02}-new.patch", last + 1));
        assert_eq!(variant_file(&series, "ping", "2.7.47"), "05-ping.2.7.47.patch");
        assert_eq!(probe_file(&series, "ping"), "probes/05-ping.mjs");
    }

    #[test]
    fn a_series_with_a_new_entry_is_a_series() {
        let series = Series::parse(TEXT).unwrap();
        let entry = entry(&series, "new", "src/x.js", &patch_file(&series, "new"));
        let longer = Series::parse(&format!("{TEXT}{entry}")).unwrap();
        assert_eq!(longer.patches.len(), series.patches.len() + 1);
        let variant = variant_entry("1.0.0", "new.patch");
        let longer = Series::parse(&format!("{TEXT}{entry}{variant}")).unwrap();
        assert_eq!(longer.patches.last().unwrap().variants.len(), 2);
        assert!(is_unfinished(&entry) && !is_unfinished(TEXT));
    }
}
