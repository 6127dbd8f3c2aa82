//! Machines as files: one case of `tests/inputs/gpu-hosts` each, with a script in place of `nvidia-smi`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use engine::EngineDevices;

use super::{Way, judge, look};

/// `says` is looked for in the line that `mad doctor` prints.
#[test]
fn every_machine_has_a_way_or_a_reason() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/gpu-hosts");
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 18);
    for path in paths {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let root = tempfile::tempdir().unwrap();
        let mut engine = Some(EngineDevices { version: "20.10.24".into(), ..Default::default() });
        let (mut is_here, mut way, mut says) = (true, String::new(), String::new());
        for section in fs::read_to_string(&path).unwrap().split("=== ").skip(1) {
            let (head, body) = section.split_once('\n').unwrap();
            let line = body.trim_end_matches('\n').to_owned();
            match head.split_once(' ').unwrap_or((head, "")) {
                ("file", name) => file(root.path(), name, body),
                ("engine", "none") => engine = None,
                ("engine", version) => engine.as_mut().unwrap().version = version.to_owned(),
                ("runtime", name) => engine.as_mut().unwrap().runtimes.push(name.to_owned()),
                ("device", name) => engine.as_mut().unwrap().devices.push(name.to_owned()),
                ("elsewhere", _) => is_here = false,
                ("way", _) => way = line,
                ("says", _) => says = line,
                _ => panic!("{name}: {head}"),
            }
        }
        let facts = look(engine, is_here, root.path(), &[root.path().join("bin")], patience(name));
        let host = judge(&facts);
        let (found, told) = match &host.way {
            Ok(Way::Runtime) => ("runtime", host.to_string()),
            Ok(Way::Cdi(_)) => ("cdi", host.to_string()),
            Err(no_way) => {
                (no_way.code(), format!("{no_way}; {}", no_way.hint().unwrap_or_default()))
            }
        };
        let told = [told].into_iter().chain(host.notes).collect::<Vec<_>>().join("; ");
        assert_eq!(found, way, "{name}: {told}");
        assert!(told.contains(&says), "{name}: {told}");
    }
}

/// Long enough for a busy machine where an answer comes, short where none does.
fn patience(name: &str) -> Duration {
    Duration::from_secs(if name == "hung" { 1 } else { 50 })
}

fn file(root: &Path, name: &str, body: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, body).unwrap();
    let mode = if name.starts_with("bin/") { 0o755 } else { 0o644 };
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
}
