//! What `benches/old-vs-mad` wrote (its page, the charts, README's block) is what its recorded results give, and every
//! difference between the two images is explained.

use std::path::Path;
use std::process::Command;

#[test]
fn no_figure_of_the_old_way_is_typed_by_hand() {
    let bench = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/old-vs-mad");
    let checked = Command::new("python3").arg(bench).arg("check").output();
    let checked = checked.expect("python3 is needed: scripts/test installs it");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}
