//! Fills a directory of kept lines, and prints lines as programs write them: for `benches/logs`.
//!
//! `logs-bench lines COUNT SEED` prints lines of JSON; `logs-bench text COUNT SEED` of all forms;
//! `logs-bench fill DIR GIGABYTES` makes packed segments with as many raw bytes.

mod corpus;

use std::io::{self, Write};
use std::path::Path;

use corpus::{FORMS, Random, choose, fill};
use mad_runtime::logs::bench::{Filler, time_text};

const BEGIN: i64 = 1_795_949_561_000_000;

fn main() -> io::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| args.get(at).and_then(|arg| arg.parse::<f64>().ok()).unwrap_or(1.0);
    match args.first().map(String::as_str) {
        Some(kind @ ("lines" | "text")) => {
            print(number(1) as u64, number(2) as u64, kind == "lines")
        }
        Some("fill") => fill_directory(Path::new(&args[1]), number(2)),
        _ => Err(io::Error::other("lines COUNT SEED, text COUNT SEED or fill DIR GIGABYTES")),
    }
}

fn print(count: u64, seed: u64, json: bool) -> io::Result<()> {
    let forms: Vec<usize> =
        (0..FORMS.len()).filter(|form| !json || FORMS[*form].text.starts_with("{\"")).collect();
    let mut random = Random(seed);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut text = String::new();
    for at in 0..count {
        text.clear();
        let form = forms[choose(&mut random, forms.len())];
        fill(&FORMS[form], &mut random, &time_text(BEGIN + at as i64 * 5000), &mut text);
        text.push('\n');
        out.write_all(text.as_bytes())?;
    }
    out.flush()
}

/// Errors of one program are rare and together, as they are when something fails: one hour of a day.
fn fill_directory(directory: &Path, gigabytes: f64) -> io::Result<()> {
    let want = (gigabytes * 1e9) as u64;
    let mut filler = Filler::new(directory)?;
    let mut random = Random(1);
    let mut text = String::new();
    let mut at = BEGIN - 86_400_000_000;
    let step = (86_400e6 / (want as f64 / 230.0)) as i64;
    let mut bytes = 0;
    while bytes < want {
        let form = loop {
            let form = choose(&mut random, FORMS.len());
            let worker_fails = BEGIN - at < 3_600_000_000;
            if !(FORMS[form].is_error && FORMS[form].service == "worker" && !worker_fails) {
                break form;
            }
        };
        text.clear();
        at += step.max(1);
        fill(&FORMS[form], &mut random, &time_text(at), &mut text);
        text.push('\n');
        bytes += filler.line(FORMS[form].service, text.as_bytes(), at)?;
    }
    filler.end()
}
