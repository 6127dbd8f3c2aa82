//! Nothing that can be in a Dockerfile makes model or audit panic, or lose a byte.
//!
//! Seeded: a failure names its seed. `MAD_FUZZ_SECONDS` sets how long; 600 for the long run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::audit;
use crate::{Edit, File, rebuild};

const SECONDS: u64 = 5;

const WORDS: [&str; 24] = [
    "FROM a AS b\n",
    "FROM b\n",
    "FROM scratch\n",
    "USER dev\n",
    "USER $U:${G:-5}\n",
    "USER 0\n",
    "ARG U=dev\n",
    "ENV U=$U$U\n",
    "WORKDIR ../$U\n",
    "RUN <<A <<-'B'\n",
    "A\n",
    "\tB\n",
    "RUN useradd -mu 1 dev && chown -R dev . | sudo -u x y\n",
    "RUN ln -s /root /home/x; chmod 777 $(x) `y` \"z\n",
    "COPY --chown=dev <<E /x\n",
    "ONBUILD RUN <<E\n",
    "E\n",
    "SHELL [\"/bin/bash\", \"-c\"]\n",
    " \\\n",
    "# c\n",
    "# escape=`\n",
    "`\n",
    "\r\n",
    "${",
];

const BYTES: &[u8] = b"\\`\"'$<>#=-\n\r\t {}[]();&|\0\xffaF0";

/// xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators", 2016.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        high as usize % limit.max(1)
    }
}

#[test]
fn nothing_makes_it_panic() {
    let corpus = corpus();
    let seconds = std::env::var("MAD_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(SECONDS));
    let (mut seed, mut sound) = (0, 0);
    while Instant::now() < end {
        seed += 1;
        let mut random = Random(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed));
        let bytes = mutated(&mut random, &corpus);
        match catch_unwind(AssertUnwindSafe(|| one(&bytes))) {
            Ok(is_sound) => sound += u64::from(is_sound),
            Err(_) => panic!("seed {seed}: {:?}", String::from_utf8_lossy(&bytes)),
        }
    }
    println!("{seed} files, {sound} of them Dockerfiles");
    assert!(sound > 0);
}

/// Model and audit on one file; whether it is a Dockerfile.
fn one(bytes: &[u8]) -> bool {
    let file = match File::parse(bytes) {
        Ok(file) => file,
        Err(error) => {
            assert!(error.line() != Some(0) && !error.to_string().is_empty());
            return false;
        }
    };
    let keep: Vec<Edit> = (0..file.blocks().len()).map(Edit::Keep).collect();
    assert_eq!(rebuild(&file, &keep).as_bytes(), bytes);
    let audit = audit(&file, "x", Some(1));
    let last = file.text().lines().count();
    for finding in &audit.findings {
        assert!((1..=last).contains(&finding.line) && finding.end_line >= finding.line);
    }
    assert!(audit.switches <= audit.user_lines);
    true
}

fn corpus() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/inputs/dockerfiles");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.is_file()).collect();
    files.sort();
    files.into_iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn mutated(random: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
    let lines_of = |text: &[u8]| -> Vec<Vec<u8>> {
        text.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect()
    };
    let mut text = corpus[random.below(corpus.len())].clone();
    for _ in 0..random.below(6) {
        let mut lines = lines_of(&text);
        let at = random.below(lines.len() + 1);
        match random.below(6) {
            0 if at < lines.len() => {
                lines.remove(at);
            }
            1 if at < lines.len() => {
                let other = random.below(lines.len());
                lines.swap(at, other);
            }
            2 => {
                let other = &corpus[random.below(corpus.len())];
                lines.splice(at..at, lines_of(other));
            }
            3 => lines.insert(at, WORDS[random.below(WORDS.len())].as_bytes().to_vec()),
            _ => {
                let at = random.below(text.len() + 1);
                text.insert(at, BYTES[random.below(BYTES.len())]);
                continue;
            }
        }
        text = lines.concat();
    }
    text
}
