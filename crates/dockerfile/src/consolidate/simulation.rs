//! Generated Dockerfiles on a simulated engine: what `fix` makes of them must leave the same files.
//!
//! [`machine`] executes a small language that is also shell: files with owners and modes, links, users,
//! `umask`, and commands that the analysis does not know. [`generate`] writes Dockerfiles in it.

mod generate;
mod machine;

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::{Constraint, Options, Strategy, consolidate};
use crate::File;
use machine::{Failure, Image, build};

/// The file consolidated, until the simulated proof holds: each difference takes one move back.
fn proven(file: &File, image: &Image) -> String {
    let mut keep: Vec<Constraint> = Vec::new();
    loop {
        let options = Options { merge: false, keep: &keep, ..Options::default() };
        let fixed = consolidate(file, Strategy::Minimal, options);
        if build(&fixed.text).as_ref() == Ok(image) {
            return fixed.text;
        }
        let line = fixed.moves.iter().map(|moved| *moved.lines.start());
        let next = line.map(Constraint::Pin).find(|pin| !keep.contains(pin));
        keep.push(next.expect("without moves nothing differs"));
    }
}

/// A file without the lines that fail.
fn that_builds(mut text: String) -> (String, Image) {
    loop {
        match build(&text) {
            Ok(image) => return (text, image),
            Err(Failure { line, .. }) => {
                let lines = text.lines().enumerate().filter(|(at, _)| at + 1 != line);
                text = lines.map(|(_, line)| format!("{line}\n")).collect();
            }
        }
    }
}

#[test]
fn generated_files_keep_their_image() {
    let moved = Cell::new(0);
    let config = test_support::properties(100);
    let cases = config.cases;
    let mut runner = TestRunner::new(config);
    let checked = runner.run(&generate::dockerfile(), |text| {
        let (text, image) = that_builds(text);
        let file = File::parse(text.as_bytes()).expect("a generated file is one");
        let guess = consolidate(&file, Strategy::Minimal, Options::default());
        moved.set(moved.get() + u32::from(!guess.moves.is_empty()));
        {
            let strategy = Strategy::Safe;
            let fixed = consolidate(&file, strategy, Options::default());
            prop_assert!(fixed.after.user_lines <= fixed.before.user_lines);
            match build(&fixed.text) {
                Ok(after) => prop_assert_eq!(
                    image.differences(&after),
                    Vec::<String>::new(),
                    "{:?}\n{}\n{}",
                    strategy,
                    text,
                    fixed.text
                ),
                Err(fault) => {
                    prop_assert!(false, "{:?}: {:?}\n{}\n{}", strategy, fault, text, fixed.text)
                }
            }
            let again = File::parse(fixed.text.as_bytes()).expect("a fixed file is one");
            let again = consolidate(&again, strategy, Options::default());
            prop_assert_eq!(&again.text, &fixed.text, "{:?} of\n{}", strategy, text);
        }
        let proven = proven(&file, &image);
        prop_assert_eq!(build(&proven), Ok(image));
        Ok(())
    });
    if let Err(fault) = checked {
        panic!("{fault}");
    }
    let moved = moved.get();
    assert!(moved > cases / 10, "only {moved} of {cases} files had something to move");
}

#[test]
fn the_machine_works() {
    let image = build(
        "FROM a\nRUN useradd -m dev && mkdir -p /srv/x\nUSER dev\nRUN echo a > ~/f && ln -s ~/f /tmp/l\n\
         RUN echo b >> /tmp/l || true\nRUN touch /srv/x/y || true\nWORKDIR /w/v\nUSER root\nRUN cat ~dev/f > /etc/f\n",
    )
    .unwrap();
    assert_eq!(image.content("/etc/f").as_deref(), Some("a\nb\n"));
    assert_eq!(image.content("/srv/x/y"), None);
    assert_eq!(image.owner("/w/v").as_deref(), Some("dev"));
    assert!(build("FROM a\nUSER dev\nRUN touch /etc/x\n").is_err());
}
