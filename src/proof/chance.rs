//! Builds whose times and random values are any: what they agree in by chance makes no difference,
//! and hides none.

use std::sync::Mutex;

use hash::sha256;
use tar::EntryType;

use super::{Proof, ProofError, Proven, Prover, Side};
use crate::image::noise::Noise;
use crate::image::testing::{ImageMaker, LayerMaker, gzip};
use crate::proof::testing::{Archives, Made, MakesImages};

/// How many series of builds are tried.
const SERIES: u32 = 100;

/// Random values that every run of the test has alike.
struct Random {
    seed: String,
    count: u32,
}

impl Random {
    fn next(&mut self) -> u64 {
        self.count += 1;
        u64::from_str_radix(&sha256(format!("{} {}", self.seed, self.count))[..15], 16).unwrap()
    }

    fn letters(&mut self, length: usize, letters: &[u8]) -> String {
        let letter = |number: u64| letters[(number % letters.len() as u64) as usize] as char;
        (0..length).map(|_| letter(self.next())).collect()
    }
}

const DIGITS: &[u8] = b"0123456789";
const HEXADECIMAL: &[u8] = b"0123456789abcdef";
const LETTERS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Builds one after the other, some minutes apart.
struct Builds {
    series: u32,
    /// Seconds since 1970.
    clock: Mutex<i64>,
    kept: Archives,
}

impl Builds {
    fn new(series: u32) -> Self {
        let mut random = Random { seed: format!("start {series}"), count: 0 };
        // Every third series begins in the last minutes of a month's last day.
        let start = match series % 3 {
            0 => 1_764_547_200 - (random.next() % 900) as i64,
            _ => 1_700_000_000 + (random.next() % 100_000_000) as i64,
        };
        Self { series, clock: Mutex::new(start), kept: Archives::default() }
    }

    /// The text says `beta` where something is to be another one.
    fn image(&self, text: &str, build: usize) -> Vec<u8> {
        let mut random = Random { seed: format!("{} {build}", self.series), count: 0 };
        let mut clock = self.clock.lock().unwrap();
        *clock += 1 + (random.next() % 500) as i64;
        let now = jiff::Timestamp::from_second(*clock).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
        let nanoseconds = random.letters(9, DIGITS);
        let id = random.letters(32, HEXADECIMAL);
        let mut uuid = random.letters(32, HEXADECIMAL);
        for at in [8, 13, 18, 23] {
            uuid.insert(at, '-');
        }
        let channel = if text.contains("beta") { "beta" } else { "stable" };
        let when = format!("{nanoseconds}\n");
        let packed = LayerMaker::new().file("etc/channel", channel).file("when", &when).bytes();
        let blob = [b"\0head", nanoseconds.as_bytes(), channel.as_bytes()].concat();
        let note = format!(
            "{} {} {} {}\n{}\n{}\n{uuid} {channel}\n{}\n",
            now.strftime("%a %b %e %H:%M:%S UTC %Y"),
            now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            now.strftime("%Y/%m/%d %H:%M"),
            now.strftime("%Y%m%d%H%M%S"),
            *clock,
            *clock * 1000 + (random.next() % 1000) as i64,
            random.letters(5, DIGITS),
        );
        let layer = LayerMaker::new()
            .folder("home/")
            .file("home/when", &when)
            .file("home/id", &id)
            .file("home/note", &note)
            .entry(EntryType::Regular, "home/all.tgz", "", &gzip(&packed))
            .entry(EntryType::Regular, "home/blob", "", &blob)
            .file(&format!("home/run.{}", random.letters(12, LETTERS)), "")
            .file(&format!("home/{uuid}.log"), "");
        ImageMaker::new().layer("RUN all", layer).old_archive()
    }
}

impl MakesImages for Builds {
    fn make(&self, text: &str, _: Side, _: bool) -> Result<Made, ProofError> {
        Ok(Made::of(self.image(text, self.kept.made())))
    }

    fn archives(&self) -> &Archives {
        &self.kept
    }
}

async fn prove(series: u32, texts: &[&str]) -> (Vec<Proof>, usize) {
    let bench = Builds::new(series);
    let mut prover = Prover::start(&bench, "FROM a", Noise::Known, false).await.unwrap();
    let mut proofs = Vec::new();
    for text in texts {
        proofs.push(prover.prove(text).await.unwrap());
    }
    prover.close().await.unwrap();
    (proofs, bench.kept.made())
}

#[tokio::test]
async fn what_agrees_by_chance_is_no_difference() {
    let mut wrong = Vec::new();
    let mut built = 0;
    for series in 0..SERIES {
        let (proofs, builds) = prove(series, &["FROM b", "FROM c", "FROM d"]).await;
        built += builds;
        for proof in proofs {
            if proof.verdict != Proven::SameButUnstable {
                let paths =
                    proof.differences.iter().map(|blame| blame.difference.path.text().into_owned());
                wrong.push((series, paths.collect::<Vec<_>>()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {SERIES}: {wrong:?}", wrong.len());
    // Four are the least: the first text, itself again, and three others.
    assert!(built < SERIES as usize * 8, "{built} builds");
}

#[tokio::test]
async fn what_differs_is_not_taken_for_chance() {
    for series in 0..SERIES {
        let (proofs, builds) = prove(series, &["FROM beta"]).await;
        assert_eq!(proofs[0].verdict, Proven::Different);
        assert_eq!(builds, 3, "nothing more is built to find a difference that is none of chance");
    }
}
