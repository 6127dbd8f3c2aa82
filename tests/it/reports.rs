//! Reports of builds, as those read them that they are for: a browser, and the formats' own schemas.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use mad::report::build::{BuildReport, html};

const NAMES: [&str; 5] = ["regressed", "ok", "thin", "failed", "first"];

fn inputs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/reports")
}

fn report(name: &str) -> BuildReport {
    let text = std::fs::read_to_string(inputs().join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Opens every page in headless Chromium, wide and narrow, light and dark, and keeps pictures of
/// them in `MAD_PICTURES`: `scripts/report-pictures`.
#[test]
#[ignore = "needs Chromium; run by scripts/report-pictures, whose pictures are to be looked at"]
fn pages_in_a_browser() {
    let folder = PathBuf::from(std::env::var_os("MAD_PICTURES").expect("MAD_PICTURES is a folder"));
    for name in NAMES {
        // The browser tells us through the console how wide the page has become.
        let probe = "<script>console.log(`page is ${document.documentElement.scrollWidth} of \
                     ${innerWidth} wide`)</script></body>";
        let page = folder.join(format!("{name}.html"));
        std::fs::write(&page, html(&report(name)).replace("</body>", probe)).unwrap();
        for (scheme, preference) in [("light", 1), ("dark", 0)] {
            for (width, height) in [(1280, 2600), (400, 4200)] {
                // A window is never narrower than 500 pixels; a frame is.
                let frame = folder.join("frame.html");
                let style = format!("width:{width}px;height:{height}px;border:0");
                let text = format!(
                    "<!doctype html><meta name=color-scheme content='light dark'>\
                     <link rel=icon href='data:,'><style>body{{margin:0}}</style>\
                     <iframe src={name}.html style='{style}'></iframe>"
                );
                std::fs::write(&frame, text).unwrap();
                let picture = folder.join(format!("{name}-{width}-{scheme}.png"));
                let mut screenshot = OsString::from("--screenshot=");
                screenshot.push(&picture);
                let output = Command::new("chromium")
                    .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"])
                    .args(["--enable-logging=stderr", "--v=0"])
                    .arg(format!("--blink-settings=preferredColorScheme={preference}"))
                    .arg(format!("--window-size={},{height}", width.max(500)))
                    .arg(screenshot)
                    .arg(&frame)
                    .output()
                    .expect("chromium runs");
                let log = String::from_utf8_lossy(&output.stderr);
                let console: Vec<&str> =
                    log.lines().filter(|line| line.contains("CONSOLE")).collect();
                assert_eq!(console.len(), 1, "{name} at {width}, {scheme}: {console:#?}");
                let expected = format!("page is {width} of {width} wide");
                assert!(console[0].contains(&expected), "{name} at {width}: {console:#?}");
                assert!(picture.is_file(), "{log}");
            }
        }
    }
}
