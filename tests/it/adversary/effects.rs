//! Patches that do nothing, or harm, behind the backs of others.

use super::registry::Registry;
use super::{Deception, FAULTY, asks, change, replaced};

const MENDED: &str = "export function f(x) {\n  return x + 1\n}\n";

fn commented(text: &str) -> String {
    format!("// a comment\n{text}")
}

#[test]
fn each_patch_has_an_effect_of_its_own() {
    let registry = Registry::start();
    let right = asks("m.f(1) === 2");
    let one = || Deception::new("").version("1.0.0", &[("f.js", FAULTY)]);
    let named = |name, deception: Deception| deception.named(name);

    let comment = change("f.js", FAULTY, &commented(FAULTY));
    named("a-comment", one().patch("p1", "f.js", &comment, &right)).refused(&registry, "no-effect");

    let real = change("f.js", &commented(FAULTY), &commented(MENDED));
    let both =
        one().patch("comment", "f.js", &comment, &right).patch("real", "f.js", &real, &right);
    named("comment-first", both).refused(&registry, "comment in 1.0.0");

    let real = change("f.js", FAULTY, MENDED);
    let comment = change("f.js", MENDED, &commented(MENDED));
    let both =
        one().patch("real", "f.js", &real, &right).patch("comment", "f.js", &comment, &right);
    named("comment-behind", both).refused(&registry, "comment in 1.0.0");

    let twice = one().patch("first", "f.js", &real, &right).patch("again", "f.js", &real, &right);
    named("the-same-twice", twice).refused(&registry, "no-effect");

    // Two ways to the same end: neither is needed.
    let other = change("f.js", MENDED, "export let f = (x) => x + 1\n");
    let two = one().patch("first", "f.js", &real, &right).patch("other", "f.js", &other, &right);
    named("two-ways", two).refused(&registry, "no-effect");

    // The line of the comment is context of the real patch: it cannot be left out alone.
    let lines = "export function f(x) {\n  // here\n  return x\n}\n";
    let comment = change("f.js", FAULTY, lines);
    let real = replaced("f.js", lines, "return x", "return x + 1");
    let both =
        one().patch("comment", "f.js", &comment, &right).patch("real", "f.js", &real, &right);
    named("comment-as-context", both).refused(&registry, "comment in 1.0.0");

    // White space and a changed name do nothing either.
    let spaces = change("f.js", FAULTY, &FAULTY.replace("  return", "    return"));
    named("white-space", one().patch("p1", "f.js", &spaces, &right))
        .refused(&registry, "no-effect");
    let named_so = change("f.js", FAULTY, &FAULTY.replace("x", "y").replace("eyport", "export"));
    named("another-name", one().patch("p1", "f.js", &named_so, &right))
        .refused(&registry, "no-effect");
}

/// Who asks for what another patch does proves nothing of its own.
#[test]
fn a_probe_asks_for_its_own_patch() {
    let registry = Registry::start();
    let text = "export function f(x) {\n  return x\n}\n\nexport const a = 1\nexport const b = 2\n\nexport function g(x) {\n  return x\n}\n";
    let f = replaced("f.js", text, "f(x) {\n  return x", "f(x) {\n  return x + 1");
    let g = replaced("f.js", text, "g(x) {\n  return x", "g(x) {\n  return x + 1");
    let (asks_f, asks_g) = (asks("m.f(1) === 2"), asks("m.g(1) === 2"));
    let of = |name, first: &str, second: &str| {
        Deception::new(name)
            .version("1.0.0", &[("f.js", text)])
            .patch("f", "f.js", &f, first)
            .patch("g", "f.js", &g, second)
    };
    of("probes-swapped", &asks_g, &asks_f).refused(&registry, "no-effect");
    of("one-probe-for-both", &asks_f, &asks_f).refused(&registry, "g in 1.0.0");
    of("either-will-do", &asks("m.f(1) === 2 || m.g(1) === 2"), &asks_g)
        .refused(&registry, "f in 1.0.0");
    // In two files: one of them imports the other.
    let calls = "import {f} from './f.js'\nexport const h = (x) => f(x)\n";
    let more = change("h.js", calls, &format!("// more\n{calls}"));
    Deception::new("through-another-file")
        .version("1.0.0", &[("f.js", text), ("h.js", calls)])
        .patch("f", "f.js", &f, &asks_f)
        .patch("h", "h.js", &more, &super::asks_of("h.js", "m.h(1) === 2"))
        .refused(&registry, "h in 1.0.0");
}

#[test]
fn a_patch_that_breaks_what_passed_is_told_of() {
    let registry = Registry::start();
    let throws = change("f.js", FAULTY, "export function f(x) {\n  throw 1\n}\n");
    Deception::new("breaks")
        .version("1.0.0", &[("f.js", FAULTY)])
        .patch("p1", "f.js", &throws, &asks("m.f(1) === 1"))
        .refused(&registry, "breaks");

    // It mends the old version and breaks the new one, where upstream mended it.
    let text = "export const wanted = 1\n\nexport function f(x) {\n  return x\n}\n";
    let new = text.replace("wanted = 1", "wanted = 2");
    let minus = replaced("f.js", text, "return x", "return x + 1");
    Deception::new("breaks-the-new-one")
        .version("1.0.0", &[("f.js", text)])
        .version("2.0.0", &[("f.js", &new.replace("  return x", "  return x + 0"))])
        .variants(
            "p1",
            "f.js",
            &[
                ("1.0.0", &minus),
                (
                    "2.0.0",
                    &replaced(
                        "f.js",
                        &new.replace("  return x", "  return x + 0"),
                        "x + 0",
                        "x + 9",
                    ),
                ),
            ],
            &asks("m.f(1) === (m.wanted === 1 ? 2 : 1)"),
        )
        .refused(&registry, "breaks");

    // Another patch undoes it.
    let mended = text.replace("return x", "return x + 1");
    let undone = mended.replace("wanted = 1", "wanted = 3").replace("return x + 1", "return x");
    Deception::new("undone-by-the-next")
        .version("1.0.0", &[("f.js", text)])
        .patch("mends", "f.js", &change("f.js", text, &mended), &asks("m.f(1) === 2"))
        .patch("undoes", "f.js", &change("f.js", &mended, &undone), &asks("m.wanted === 3"))
        .refused(&registry, "mends in 1.0.0");
}

#[test]
fn a_hole_in_the_versions_is_no_mending() {
    let registry = Registry::start();
    let real = change("f.js", FAULTY, MENDED);
    let other = FAULTY.replace("export function", "// other\nexport function");
    Deception::new("a-hole")
        .version("1.0.0", &[("f.js", FAULTY)])
        .version("2.0.0", &[("f.js", &other)])
        .variants("p1", "f.js", &[("1.0.0", &real)], &asks("m.f(1) === 2"))
        .refused(&registry, "no variant is for this version, and its probe fails");
    // Seen to fail nowhere: no variant is for the only version.
    Deception::new("never-applied")
        .version("1.0.0", &[("f.js", MENDED)])
        .variants("p1", "f.js", &[("9.0.0", &real)], &asks("m.f(1) === 2"))
        .refused(&registry, "vacuous");
    Deception::new("applied-already")
        .version("1.0.0", &[("f.js", MENDED)])
        .patch("p1", "f.js", &real, &asks("m.f(1) === 2"))
        .refused(&registry, "vacuous");
}
