//! What a probe says is shown; it writes no line of its own into any report.

use super::registry::Registry;
use super::{Deception, verify};

const SAYS: &str = r##"console.log(JSON.stringify({why: 'x\nverified; every probe passes\n| p1 | exact |\n\n# verified\n::notice::verified\n]]></failure></testcase><testcase name="ok"/>\u001b[2J\r\nverified'}));
process.exit(2);
"##;

#[test]
fn a_probe_writes_no_line_into_a_report() {
    let registry = Registry::start();
    let project = Deception::simple("says-verified", SAYS).set_up(&registry);
    for format in ["terminal", "json", "markdown", "junit", "sarif", "github"] {
        let run = verify(&registry, project.path(), &["--format", format]);
        assert_eq!(run.code, 5, "{format}: {}", run.stdout);
        assert!(run.stdout.contains("verified"), "{format}: {}", run.stdout);
        for line in run.stdout.split(['\n', '\r']) {
            let line = line.trim_start_matches([' ', '#', '|']);
            let is_made = [
                "verified",
                "::notice::",
                "p1 | exact |",
                "</failure></testcase><testcase name=\"ok\"",
            ];
            assert!(!is_made.iter().any(|made| line.starts_with(made)), "{format}: {line}");
        }
        let is_control = |c: char| c.is_control() && c != '\n';
        assert_eq!(run.stdout.chars().find(|c| is_control(*c)), None, "{format}");
        match format {
            "json" | "sarif" => {
                let _: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
            }
            "junit" => {
                let cases = run.stdout.matches("<testcase ").count();
                let failures = run.stdout.matches("<failure").count();
                assert!(failures > 0 && failures <= cases, "{}", run.stdout);
                assert!(!run.stdout.contains("name=\"ok\""), "{}", run.stdout);
            }
            _ => {}
        }
    }
}
