//! What parses, what does not, and where.

use super::cases::{case, inputs};
use crate::Language::*;
use crate::PackageType::{CommonJs, Module as EsModule};
use crate::*;

#[track_caller]
fn sound(path: &str, text: &str, package: PackageType, language: Language) {
    assert_eq!(parse_check(path, text.as_bytes(), package), Ok(Parsed::Sound(language)));
}

#[track_caller]
fn unsound(path: &str, text: &str, package: PackageType, line: usize, column: usize) {
    let fault = parse_check(path, text.as_bytes(), package).unwrap_err();
    assert_eq!((fault.line, fault.column), (line, column), "{fault}");
}

#[test]
fn javascript_by_extension_and_package() {
    sound("x.mjs", "import a from 'a'; await a;", CommonJs, Module);
    sound("x.js", "import a from 'a'; await a;", EsModule, Module);
    sound("x.js", "const a = require('a'); return a;", CommonJs, Script);
    sound("x.cjs", "#!/usr/bin/env node\nwith (a) { b(); }", EsModule, Script);
    unsound("x.js", "import a from 'a';", CommonJs, 1, 1);
    unsound("x.js", "const a = 1;\nreturn a;", EsModule, 2, 1);
    unsound("x.mjs", "with (a) { b(); }", EsModule, 1, 1);
}

#[test]
fn the_place_is_told_in_characters() {
    unsound("x.mjs", "function f() {\n  return 1;\n", EsModule, 3, 1);
    unsound("x.mjs", "let a = 1;\nlet ä = '€' +* 2;\n", EsModule, 2, 14);
}

#[test]
fn a_change_made_twice_declares_a_name_twice() {
    unsound("x.mjs", "const a = 1;\nconst a = 1;\n", EsModule, 1, 7);
    unsound("x.mjs", "import f from 'f';\nimport f from 'f';\n", EsModule, 1, 8);
    unsound("x.mjs", "class A { #a; #a; }\n", EsModule, 1, 11);
    sound("x.cjs", "var a = 1; var a = 2; function f() {} function f() {}", EsModule, Script);
}

#[test]
fn typescript() {
    sound("x.ts", "const a: number = <number>b;", EsModule, TypeScript);
    sound("x.tsx", "const a = <b>c</b>;", EsModule, TypeScriptJsx);
    sound("x.d.ts", "declare const a: number;", EsModule, Declarations);
    sound("x.cts", "import a = require('a');", EsModule, TypeScriptScript);
    unsound("x.ts", "const a: = 1;", EsModule, 1, 10);
}

#[test]
fn documents() {
    sound("package.json", "{\"a\": [1]}", EsModule, Json);
    unsound("package.json", "{\"a\": [1],\n}", EsModule, 2, 1);
    unsound("package.json", "{} {}", EsModule, 1, 4);
    sound("x.yaml", "a: 1\n---\nb: [2]\n", EsModule, Yaml);
    unsound("x.yml", "a: 1\nb: [2\n", EsModule, 3, 1);
    assert_eq!(parse_check("README", b"\xff", EsModule), Ok(Parsed::NotChecked));
}

/// What a file is before decides what it has to be after.
#[test]
fn a_patched_file_is_what_the_pristine_one_was() {
    let like = |path: &str, before: &str, after: &str, package| {
        parse_like(path, before.as_bytes(), after.as_bytes(), package).ok()
    };
    for (path, before, after, package, language) in [
        ("x.js", "export const a = <b/>;", "export const a = <c/>;", EsModule, ModuleJsx),
        ("x.js", "const a = <b/>;", "const a = <c/>;", CommonJs, ScriptJsx),
        ("x.js", "import a from 'a';", "import b from 'b';", CommonJs, Module),
        ("x.js", "with (a) b();", "with (a) c();", EsModule, Script),
        ("x.js", "let a: number = 1;", "let a: string = 1;", CommonJs, TypeScriptJsx),
        ("tsconfig.json", "{ // a\n\"b\": 1,\n}", "{ /* c */ }", CommonJs, JsonWithComments),
        ("x.json", "\u{feff}{\"a\": 1}", "\u{feff}{\"a\": 2}", CommonJs, JsonWithMark),
        ("bin/cli", "#!/usr/bin/env node\na()", "#!/usr/bin/env node\nb()", CommonJs, Script),
        ("bin/cli.mad", "#! node\nawait a;", "#! node\nawait b;", EsModule, Module),
        ("a.b/cli", "require('a');", "require('b');", CommonJs, Script),
        ("rc", "{\"a\": 1}", "{\"a\": 2}", CommonJs, Json),
    ] {
        assert_eq!(like(path, before, after, package), Some(Parsed::Sound(language)), "{before}");
    }
    for (path, before, after, package) in [
        ("x.json", "{}", "\u{feff}{}", CommonJs),
        ("package.json", "{}", "{ // a\n}", CommonJs),
        ("x.js", "export const a = 1;", "export const a = <b/>;", EsModule),
        ("x.mjs", "a();", "with (a) b();", CommonJs),
        ("bin/cli", "#!/usr/bin/env node\na()", "#!/usr/bin/env node\na(", CommonJs),
        ("bin/cli", "module.exports = 1;", "module.exports = ;", CommonJs),
    ] {
        assert_eq!(like(path, before, after, package), None, "{before} -> {after}");
    }
    for (path, before, after) in [
        ("x.js", "this was never a program", "and is none now"),
        ("bin/run", "#!/bin/sh\nnode x", "#!/bin/sh\nif node x"),
        (".npmignore", "dist", "dist/*"),
        ("LICENSE", "MIT", "MIT or not"),
        ("x.css", "a {}", "a {"),
    ] {
        assert_eq!(like(path, before, after, CommonJs), Some(Parsed::NotChecked), "{before}");
    }
    let many = format!("const a = '{}';\n", "(".repeat(5_001));
    let found = like("x.js", &many, &format!("{many}b();"), EsModule);
    assert_eq!(found, Some(Parsed::Sound(Module)));
    assert_eq!(like("x.js", &many, &format!("{many}b(;"), EsModule), None);
}

#[test]
fn the_package_says_what_js_is() {
    assert_eq!(PackageType::of_package(br#"{"type": "module"}"#), EsModule);
    assert_eq!(PackageType::of_package(br#"{"type": "commonjs"}"#), CommonJs);
    assert_eq!(PackageType::of_package(br#"{}"#), CommonJs);
    assert_eq!(PackageType::of_package(b"no JSON"), CommonJs);
}

#[test]
fn a_patch_that_breaks_the_program_is_found() {
    let (patch, tree) = case(&inputs("apply").join("breaks-the-syntax"));
    let outcome = apply_text(&patch, &tree);
    assert_eq!(outcome.verdict, Verdict::Exact);
    let outcome = outcome.parse_checked(&tree, |_| PackageType::Module);
    assert_eq!((outcome.verdict, outcome.tree), (Verdict::DoesNotParse, None));
    assert!(outcome.files[0].parse.is_some());
}

#[test]
fn a_file_made_to_exhaust_the_parser_is_a_fault() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("(() => {", "})"),
        ("f(a ? [", ": 1])"),
        ("!", ""),
        ("a=>", ""),
        ("new ", ""),
        ("if(a)", ""),
        ("if(a)b;else ", ""),
        ("`${", "}`"),
        ("a?", ":1"),
    ] {
        for depth in [400, 1_600, 100_000] {
            let text = format!("{} 1 {}", open.repeat(depth), close.repeat(depth));
            let parsed = parse_check("x.mjs", text.as_bytes(), EsModule);
            assert!(depth < 100_000 || parsed.is_err(), "{open} {depth}");
        }
    }
}
