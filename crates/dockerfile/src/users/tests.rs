//! Lines that go and lines that stay, by the kinds that were once wrong.

use super::{redundant_users, switches};
use crate::File;

/// Lines of needless `USER`s.
fn lines(text: &str) -> Vec<usize> {
    let file = File::parse(text.as_bytes()).unwrap();
    redundant_users(&file).iter().map(|found| *file.blocks()[found.block].lines.start()).collect()
}

fn count(text: &str) -> usize {
    let file = File::parse(text.as_bytes()).unwrap();
    (0..file.stages().len()).map(|stage| switches(&file, stage)).sum()
}

#[test]
fn what_is_executed_needs_its_user() {
    for (text, gone) in [
        ("FROM a\nUSER dev\nUSER root\nRUN x\n", vec![2]),
        ("FROM a\nUSER dev\nCOPY x y\nENV A=b\nUSER root\nRUN x\n", vec![2]),
        ("FROM a\nUSER dev\nRUN x\nUSER dev\nRUN y\n", vec![4]),
        ("FROM a\nUSER dev\nRUN x\nUSER root\nUSER dev\nRUN y\n", vec![4, 5]),
        // The last one is the image's.
        ("FROM a\nRUN x\nUSER dev\n", vec![]),
        ("FROM a\nRUN x\nUSER dev\nCOPY a b\n", vec![]),
        ("FROM a\nUSER dev\nRUN x\nUSER dev\n", vec![4]),
        // A folder is made for its user, whether the base has it or not.
        ("FROM a\nUSER dev\nWORKDIR /opt\nUSER root\nRUN x\n", vec![]),
        ("FROM a\nUSER dev\nWORKDIR /\nUSER root\nRUN x\n", vec![2]),
        ("FROM a\nWORKDIR /x\nUSER dev\nWORKDIR /x\nUSER root\nRUN x\n", vec![]),
        (
            "FROM a\nRUN --mount=type=tmpfs,target=/a mkdir -p /a/b\nUSER dev\nWORKDIR /a/b\nUSER root\nRUN x\n",
            vec![],
        ),
    ] {
        assert_eq!(lines(text), gone, "{text}");
    }
}

#[test]
fn two_spellings_of_one_variable_are_one_user() {
    for (text, gone) in [
        ("FROM a\nARG U=1\nUSER ${U}\nRUN x\nUSER $U\nRUN y\nUSER ${U}\n", vec![5, 7]),
        ("FROM a\nARG U\nARG G\nUSER $U:$G\nRUN x\nUSER ${U}:${G}\n", vec![6]),
        ("FROM a\nUSER $U\nRUN x\nUSER ${U:-dev}\nRUN y\nUSER ${U:-dev}\n", vec![6]),
        ("FROM a\nUSER \"dev\"\nRUN x\nUSER dev\n", vec![4]),
        // What it is worth may have changed in between.
        ("FROM a\nARG U=1\nUSER $U\nRUN x\nENV U=2\nUSER $U\n", vec![]),
        ("FROM a\nARG U=1\nUSER $U\nRUN x\nARG U=1\nUSER $U\n", vec![]),
        ("FROM a\nARG N=U\nUSER $U\nRUN x\nENV $N=2\nUSER $U\n", vec![]),
        ("FROM a\nUSER ${A:-$U}\nRUN x\nENV U=2\nUSER ${A:-$U}\n", vec![]),
        // Only the image, or the build, knows that these are one.
        ("FROM a\nARG U=dev\nUSER $U\nRUN x\nUSER dev\n", vec![]),
        ("FROM a\nUSER root\nRUN x\nUSER 0\n", vec![]),
        ("FROM a\nUSER dev\nRUN x\nUSER dev:dev\n", vec![]),
        ("FROM a\nUSER '$U'\nRUN x\nUSER $U\n", vec![]),
    ] {
        assert_eq!(lines(text), gone, "{text}");
    }
}

#[test]
fn a_stage_starts_with_what_the_one_below_leaves() {
    for (text, gone) in [
        ("FROM a AS b\nUSER dev\nFROM b\nUSER dev\nRUN x\n", vec![4]),
        ("FROM a AS b\nUSER dev\nFROM b\nRUN x\nUSER dev\n", vec![5]),
        // The engine runs these at `FROM`.
        ("FROM a AS b\nONBUILD USER dev\nUSER root\nFROM b\nUSER root\nRUN x\n", vec![]),
        ("FROM a AS b\nONBUILD RUN x\nUSER root\nFROM b\nUSER root\nRUN x\n", vec![5]),
        (
            "FROM a AS b\nonbuild user dev\nUSER root\nFROM b AS c\nUSER root\nRUN x\nFROM c\nUSER root\n",
            vec![8],
        ),
        // Another variable of the same name, a base that the build may choose, an image's own user.
        ("FROM a AS b\nARG U=1\nUSER $U\nFROM b\nARG U=1\nUSER $U\nRUN x\n", vec![]),
        ("ARG B=b\nFROM a AS b\nUSER dev\nFROM $B\nUSER dev\nRUN x\n", vec![]),
        ("FROM a\nUSER root\nRUN x\n", vec![]),
        ("FROM scratch\nUSER root\nRUN x\n", vec![]),
    ] {
        assert_eq!(lines(text), gone, "{text}");
    }
}

#[test]
fn an_instruction_that_is_not_known_ends_all_knowledge() {
    let head = "# syntax=example.org/dockerfile-x:1\n";
    for (text, gone) in [
        ("FROM a\nUSER root\nINCLUDE x\nUSER root\nRUN y\n", vec![]),
        ("FROM a\nUSER dev\nUSER root\nINCLUDE x\nUSER root\n", vec![3]),
        ("FROM a AS b\nUSER dev\nINCLUDE x\nFROM b\nUSER dev\nRUN y\n", vec![]),
        ("FROM a AS b\nUSER dev\nFROM x AS c\nINCLUDE x\nFROM b\nUSER dev\nRUN y\n", vec![]),
        ("FROM a AS b\nUSER dev\nONBUILD INCLUDE x\nFROM b\nUSER dev\nRUN y\n", vec![]),
        ("INCLUDE x\nFROM a AS b\nUSER dev\nFROM b\nUSER dev\nRUN y\n", vec![]),
        ("FROM a\nUSER $U\nRUN x\nINCLUDE x\nRUN z\nUSER $U\n", vec![]),
    ] {
        assert_eq!(lines(&format!("{head}{text}")), gone, "{text}");
    }
}

#[test]
fn switches_are_counted_once() {
    for (text, switches) in [
        ("FROM a\nUSER dev\nRUN x\nUSER root\nRUN y\nUSER dev\n", 3),
        ("FROM a\nUSER root\nRUN x\nUSER 0\nRUN y\n", 1),
        ("FROM a\nARG U=1\nUSER ${U}\nRUN x\nUSER $U\nRUN y\nUSER ${U}\n", 1),
        ("FROM a\nUSER dev\nCOPY x y\nUSER root\nRUN x\nUSER dev\n", 2),
        ("FROM a AS b\nUSER dev\nFROM b\nUSER dev\nRUN x\n", 1),
        ("FROM a AS b\nUSER root\nONBUILD USER dev\nFROM b\nUSER root\nRUN x\n", 2),
        ("FROM a AS b\nUSER root\nONBUILD USER dev\nFROM b\nUSER dev\nRUN x\n", 1),
        ("FROM a\nRUN x\n", 0),
    ] {
        assert_eq!(count(text), switches, "{text}");
    }
}
