use runtime_config::{Mount, RuntimeConfig};
use rustix::io::Errno;
use serde_json::json;

use super::facts::{Facts, User, What};
use super::judge::{Finding, judge};
use super::table::{Mounted, at, parse, seen};

const TABLE: &str = "\
20 1 0:20 / / rw,relatime - overlay overlay rw,lowerdir=/x
21 20 0:21 / /proc rw,nosuid - proc proc rw
30 20 8:1 /home/me/my\\040work /ws rw,relatime - ext4 /dev/sda1 rw
31 30 0:31 / /ws/inner rw - tmpfs tmpfs rw,size=8k
40 20 8:1 /a /twice rw - ext4 /dev/sda1 rw
41 40 8:1 /b /twice ro shared:7 - ext4 /dev/sda1 ro
50 20 8:1 /srv /deep/in rw - ext4 /dev/sda1 rw
51 20 0:51 / /deep rw,noexec - tmpfs tmpfs rw
60 20 8:1 /var/lib/docker/volumes/app_data/_data /data rw - ext4 /dev/sda1 rw
no line at all
";

fn table() -> Vec<Mounted> {
    parse(TABLE)
}

#[test]
fn the_kernels_table_is_read() {
    let table = table();
    assert_eq!(table.len(), 9);
    assert_eq!(table[2].root, "/home/me/my work");
    let seen = |path: &str| seen(&table, path).unwrap().id;
    assert_eq!(seen("/"), 20);
    assert_eq!(seen("/proc/self"), 21);
    assert_eq!(seen("/ws"), 30);
    assert_eq!(seen("/ws/inner/x"), 31);
    assert_eq!(seen("/wsx"), 20);
    assert_eq!(seen("/twice"), 41);
    // What was mounted first lies below what was mounted on its parent.
    assert_eq!(seen("/deep/in"), 51);
    assert_eq!(at(&table, "/deep/in").len(), 1);
    assert!(table[5].is_shared && table[5].is_read_only_everywhere() && table[5].has("ro"));
}

fn mounts(mounts: serde_json::Value) -> Vec<Mount> {
    RuntimeConfig::parse(&json!({ "mounts": mounts }).to_string()).unwrap().mounts
}

fn judged(mount: serde_json::Value, facts: Option<&Facts>) -> Vec<Finding> {
    let all = mounts(json!([mount]));
    judge(&all[0], facts, &table(), &all, &User { uid: 1000, gid: 1000 })
}

fn well() -> Facts {
    Facts {
        what: Some(What::Folder),
        uid: 1000,
        gid: 1000,
        mode: 0o755,
        total_bytes: 1 << 30,
        free_bytes: 1 << 29,
        total_inodes: 1000,
        free_inodes: 900,
        ..Facts::default()
    }
}

fn only(found: &[Finding]) -> (&'static str, &str) {
    assert_eq!(found.len(), 1, "{found:?}");
    (found[0].id, &found[0].fix)
}

#[test]
fn a_volume_is_mended_under_the_name_that_the_engine_has() {
    let data = json!({"target": "/data", "source": "data"});
    assert_eq!(judged(data.clone(), Some(&well())), []);
    let denied =
        Facts { uid: 0, gid: 0, write_error: Some(Errno::ACCESS.raw_os_error()), ..well() };
    let found = judged(data, Some(&denied));
    assert_eq!(
        only(&found),
        (
            "owner",
            "docker run --rm --user 0 --volume app_data:/mnt debian:trixie-slim chown -R 1000:1000 /mnt"
        )
    );
}

#[test]
fn a_path_is_quoted_for_the_shell() {
    let work = json!({"target": "/data", "source": "./it's here"});
    let denied = Facts {
        uid: 0,
        gid: 0,
        is_empty: true,
        write_error: Some(Errno::ACCESS.raw_os_error()),
        ..well()
    };
    let found = judged(work, Some(&denied));
    assert_eq!(only(&found), ("made-by-engine", r"chown 1000:1000 './it'\''s here'"));
}

#[test]
fn what_does_not_answer_is_told_and_nothing_else() {
    let found = judged(json!({"target": "/twice", "source": "./a"}), None);
    assert_eq!(
        only(&found),
        ("hung", "umount --force --lazy ./a; docker compose up --detach --force-recreate")
    );
}

#[test]
fn one_error_is_told_where_one_cause_shows_in_several_ways() {
    // Mounted twice, read-only, and not to be written to: three ways of one mistake.
    let denied = Facts { write_error: Some(Errno::ROFS.raw_os_error()), ..well() };
    let found = judged(json!({"target": "/twice", "source": "./a"}), Some(&denied));
    let ids: Vec<&str> = found.iter().map(|finding| finding.id).collect();
    assert_eq!(ids, ["duplicate", "shared"]);
    let found = judged(json!({"target": "/deep/in", "source": "./a"}), Some(&well()));
    assert_eq!(found[0].id, "hidden");
    let found = judged(json!({"target": "/ws", "source": "./a"}), Some(&well()));
    assert_eq!(found[0].id, "nested");
}
