//! Nothing that can be in a patch file makes the engine panic, or contradict itself.
//!
//! Seeded: a failure names its seed. `MAD_FUZZ_SECONDS` sets how long; 600 for the long run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::cases::{case, folders};
use crate::*;

const SECONDS: u64 = 20;

const WORDS: [&str; 12] = [
    "--- a/x.js\n",
    "+++ b/x.js\n",
    "@@ -0,0 +1 @@\n",
    "@@ -1 +0,0 @@\n",
    "+\n",
    "-\n",
    " \n",
    "\n",
    "\\ No newline at end of file\n",
    "diff --git a/x b/x\n",
    "-- \n",
    "--- /dev/null\n",
];

const BYTES: &[u8] = b"@-+ 0123456789,\n\r\\/\0\xffab";

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
    let (patches, trees) = corpus();
    let seconds = std::env::var("MAD_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(SECONDS));
    let (mut seed, mut sound) = (0, 0);
    while Instant::now() < end {
        seed += 1;
        let mut random = Random(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed));
        let patch = mutated(&mut random, &patches);
        let tree = &trees[random.below(trees.len())];
        match catch_unwind(AssertUnwindSafe(|| one(&patch, tree))) {
            Ok(is_sound) => sound += u64::from(is_sound),
            Err(_) => panic!("seed {seed}: {:?}\n{tree:?}", String::from_utf8_lossy(&patch)),
        }
    }
    println!("{seed} patches, {sound} of them sound");
    assert!(sound > 0);
}

/// All of the engine on one patch; whether it has no fault.
fn one(patch: &[u8], tree: &Tree) -> bool {
    let outcome = apply_text(patch, tree);
    assert_eq!(outcome.verdict.is_clean(), outcome.tree.is_some());
    serde_json::to_string(&outcome).unwrap();
    if let Ok(import) = import(patch, tree) {
        assert_eq!(import.outcome.verdict, Verdict::Exact);
    }
    let read = match lint(patch) {
        Ok(read) => read,
        Err(faults) => {
            assert!(!faults.is_empty());
            assert!(faults.iter().all(|fault| fault.line > 0 && !fault.to_string().is_empty()));
            return false;
        }
    };
    // What is read is written and read again as the same, forwards and backwards.
    for patch in [read.clone(), reverse(&read)] {
        let text = normalise(&PatchFile { prose: String::new(), ..patch });
        match lint(text.as_bytes()) {
            Ok(again) => assert_eq!(normalise(&again), text),
            // A deletion of whole hunks without context is an insertion backwards.
            Err(faults) => assert!(
                faults.iter().all(|fault| fault.kind == FaultKind::NoContext),
                "{faults:?}\n{text}"
            ),
        }
    }
    if let (Verdict::Exact | Verdict::Offset { .. }, Some(after)) = (outcome.verdict, outcome.tree)
    {
        assert_ne!(&after, tree);
        let back = apply(&reverse(&read), &after);
        assert!(back.tree.is_none_or(|back| back == *tree || back == after));
    }
    true
}

fn corpus() -> (Vec<Vec<u8>>, Vec<Tree>) {
    let (mut patches, mut trees) = (Vec::new(), Vec::new());
    for folder in folders("apply").into_iter().chain(folders("import")) {
        let (patch, tree) = case(&folder);
        patches.push(patch);
        trees.push(tree);
    }
    for path in folders("lint") {
        patches.push(std::fs::read(path).unwrap());
    }
    (patches, trees)
}

fn mutated(random: &mut Random, patches: &[Vec<u8>]) -> Vec<u8> {
    let lines_of = |patch: &[u8]| -> Vec<Vec<u8>> {
        patch.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect()
    };
    let mut patch = patches[random.below(patches.len())].clone();
    for _ in 0..random.below(4) {
        let mut lines = lines_of(&patch);
        let at = random.below(lines.len() + 1);
        match random.below(8) {
            0 if at < lines.len() => {
                lines.remove(at);
            }
            1 if at < lines.len() => lines.insert(at, lines[at].clone()),
            2 if at < lines.len() => {
                let other = random.below(lines.len());
                lines.swap(at, other);
            }
            3 => {
                let other = &patches[random.below(patches.len())];
                lines.splice(at..at, lines_of(other));
            }
            4 => lines.insert(at, WORDS[random.below(WORDS.len())].as_bytes().to_vec()),
            _ => {
                let at = random.below(patch.len());
                let byte = BYTES[random.below(BYTES.len())];
                match random.below(3) {
                    0 if !patch.is_empty() => patch[at] = byte,
                    1 if !patch.is_empty() => {
                        patch.remove(at);
                    }
                    _ => patch.insert(at, byte),
                }
                continue;
            }
        }
        patch = lines.concat();
    }
    patch
}
