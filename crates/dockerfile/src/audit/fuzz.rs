//! Nothing that can be in a Dockerfile makes model or audit panic, or lose a byte.
//!
//! A failure names its seed. `cargo fuzz run dockerfile` is the long run.

use test_support::{Mutator, each};

use super::audit;
use crate::{Edit, File, rebuild, to_bytes};

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

#[test]
fn nothing_makes_it_panic() {
    let mutator = Mutator { corpus: corpus(), lines: &WORDS, bytes: BYTES, most: 5 };
    let sound = each(3_000, &mutator, |_, bytes| one(bytes));
    assert!(sound > 0);
}

/// Reads and audits one input; whether it is a Dockerfile.
fn one(bytes: &[u8]) -> bool {
    let file = match File::parse(bytes) {
        Ok(file) => file,
        Err(error) => {
            assert!(error.line() != Some(0) && !error.to_string().is_empty());
            return false;
        }
    };
    let keep: Vec<Edit> = (0..file.blocks().len()).map(Edit::Keep).collect();
    assert_eq!(to_bytes(&rebuild(&file, &keep)), bytes);
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
