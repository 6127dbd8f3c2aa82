//! Texts with lines and bytes changed.

use super::Random;

/// Makes cases of a corpus: lines removed, repeated, swapped, taken from others or from a list; bytes
/// changed, removed, put in.
#[derive(Debug)]
pub struct Mutator<'a> {
    /// Texts to begin with; at least one.
    pub corpus: Vec<Vec<u8>>,
    /// Lines that are hard on the reader.
    pub lines: &'a [&'a str],
    /// Bytes that are.
    pub bytes: &'a [u8],
    /// Changes that one case has at most.
    pub most: usize,
}

impl Mutator<'_> {
    /// The case of a seed.
    pub fn of_seed(&self, seed: u64) -> Vec<u8> {
        self.case(&mut Random::of(seed))
    }

    /// A case.
    pub fn case(&self, random: &mut Random) -> Vec<u8> {
        let mut text = random.one(&self.corpus).clone();
        for _ in 0..random.below(self.most + 1) {
            self.change(random, &mut text);
        }
        text
    }

    fn change(&self, random: &mut Random, text: &mut Vec<u8>) {
        let mut lines = lines_of(text);
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
                let other = random.one(&self.corpus);
                lines.splice(at..at, lines_of(other));
            }
            4 => lines.insert(at, random.one(self.lines).as_bytes().to_vec()),
            _ => {
                let byte = *random.one(self.bytes);
                let at = random.below(text.len() + 1);
                match random.below(3) {
                    0 if at < text.len() => text[at] = byte,
                    1 if at < text.len() => {
                        text.remove(at);
                    }
                    _ => text.insert(at, byte),
                }
                return;
            }
        }
        *text = lines.concat();
    }
}

fn lines_of(text: &[u8]) -> Vec<Vec<u8>> {
    text.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_one_case() {
        let mutator =
            Mutator { corpus: vec![b"a\nb\n".to_vec()], lines: &["c\n"], bytes: b"x", most: 4 };
        let cases: std::collections::BTreeSet<_> = (1..200).map(|s| mutator.of_seed(s)).collect();
        assert!(cases.len() > 50, "{}", cases.len());
        assert_eq!(mutator.of_seed(7), mutator.of_seed(7));
    }
}
