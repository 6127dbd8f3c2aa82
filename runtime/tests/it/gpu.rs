//! `mad-runtime gpu` on folders that stand for containers, with a script in place of `nvidia-smi`: one file a case
//! in `tests/inputs/gpu`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::eventually;

/// The lowest driver of the image that is pretended.
const LOWEST: &str = "525.60.13";

struct Case {
    name: String,
    root: tempfile::TempDir,
    variables: Vec<(String, String)>,
    device: String,
    code: Option<String>,
    /// `None` where it stays as it is.
    visible: Option<String>,
    says: String,
}

impl Case {
    fn read(path: &Path) -> Self {
        let mut case = Self {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            root: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
            device: String::new(),
            code: None,
            visible: None,
            says: String::new(),
        };
        let text = fs::read_to_string(path).unwrap();
        for section in text.split("=== ").skip(1) {
            let (head, body) = section.split_once('\n').unwrap();
            let line = body.trim_end_matches('\n').to_owned();
            match head.split_once(' ').unwrap_or((head, "")) {
                ("variable", name) => case.variables.push((name.to_owned(), line)),
                ("file", name) => case.file(name, body),
                ("device", _) => case.device = line,
                ("code", _) => case.code = Some(line),
                ("visible", _) => case.visible = Some(line),
                ("unset", _) => {}
                ("says", _) => case.says = line,
                _ => panic!("{}: {head}", case.name),
            }
        }
        case
    }

    fn file(&self, name: &str, body: &str) {
        let path = self.root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // Beside, then in its place: a program that is written cannot be started.
        let new = path.with_extension("new");
        fs::write(&new, body).unwrap();
        let mode = if name.starts_with("bin/") { 0o755 } else { 0o644 };
        fs::set_permissions(&new, fs::Permissions::from_mode(mode)).unwrap();
        fs::rename(&new, &path).unwrap();
    }

    /// Long enough for a busy machine where an answer comes, short where none does.
    fn deadline(&self) -> &'static str {
        match &*self.name {
            "hung-in-its-version" => "5s",
            name if name.starts_with("hung") => "1s",
            _ => "50s",
        }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let path = format!("{}:/usr/bin:/bin", self.root.path().join("bin").display());
        let variables = self.variables.iter().map(|(name, value)| (name, value));
        let done = Command::new(env!("CARGO_BIN_EXE_mad-runtime"))
            .arg("gpu")
            .args(arguments)
            .args(["--timeout", self.deadline()])
            .env_clear()
            .env("PATH", path)
            .env("MAD_GPU_ROOT", self.root.path())
            .env("MAD_CUDA_VERSION", "12.8")
            .env("MAD_MIN_DRIVER", LOWEST)
            .envs(variables)
            .output()
            .unwrap();
        assert!(done.status.success() && done.stderr.is_empty(), "{}: {done:?}", self.name);
        done
    }
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/gpu");
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 40);
    paths
}

/// Those of which `nvidia-smi` hangs run at the same time as others: each waits for its deadline.
#[test]
fn every_container_gets_a_device_and_a_reason() {
    // All are written before the first is started: a script that a process about to start has open is busy.
    let cases: Vec<_> = cases().iter().map(|path| Case::read(path)).collect();
    let workers: Vec<_> = cases
        .into_iter()
        .map(|case| {
            std::thread::spawn(move || {
                let found = case.run(&["--json"]);
                let found: Value = serde_json::from_slice(&found.stdout).unwrap();
                let told = found.to_string().replace(case.root.path().to_str().unwrap(), "");
                assert_eq!(found["device"], case.device, "{}: {told}", case.name);
                assert_eq!(found["reason"]["code"].as_str(), case.code.as_deref(), "{}", case.name);
                assert_eq!(
                    found["visible"].as_str(),
                    case.visible.as_deref(),
                    "{}: {told}",
                    case.name
                );
                assert!(told.contains(&case.says), "{}: {told}", case.name);
            })
        })
        .collect();
    workers.into_iter().for_each(|worker| worker.join().unwrap());
}

fn case(name: &str) -> Case {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/gpu");
    Case::read(&folder.join(format!("{name}.case")))
}

fn text(output: Output) -> String {
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_variables_of_the_entrypoint_are_lines() {
    assert_eq!(
        text(case("two").run(&["env"])),
        "MAD_DEVICE=cuda\nUSE_GPU=1\nCUDA_VISIBLE_DEVICES=0,1\nMAD_DEVICE_REASON=2 cards, NVIDIA H100 80GB HBM3 first, driver 570.86.10\n"
    );
    assert_eq!(
        text(case("void").run(&["env"])),
        "MAD_DEVICE=cpu\nUSE_GPU=0\nCUDA_VISIBLE_DEVICES=\nMAD_DEVICE_REASON=NVIDIA_VISIBLE_DEVICES=void: no GPU was asked for\n"
    );
    // What somebody has set stays.
    assert!(!text(case("given-cards").run(&["env"])).contains("CUDA_VISIBLE_DEVICES"));
    // A value with a line break adds no variable.
    let mut hostile = case("no-runtime");
    hostile.variables = vec![("NVIDIA_VISIBLE_DEVICES".into(), "all\nLD_PRELOAD=/x".into())];
    assert!(!text(hostile.run(&["env"])).lines().any(|line| line.starts_with("LD_PRELOAD")));
}

#[test]
fn the_table_has_the_cards_and_their_instances() {
    assert_eq!(
        text(case("mig-beside-whole").run(&[])),
        "\
DEVICE        cuda
DRIVER        535.216.01, takes CUDA up to 12.8
IMAGE'S CUDA  12.8, needs driver 525.60.13 or newer
VISIBLE       MIG-feb88891-0321-5fef-9c87-d4af3b54259e,MIG-a25704ba-3a06-5299-a795-fd7cf4d13973,GPU-932bfb2c-849a-2a22-1e84-9eff6bc02b39

CARD  NAME                                                  MEMORY    USED      UTILISATION  TEMPERATURE  STATE
0     NVIDIA A100-SXM4-80GB                                 80.0 GiB  87 MiB    -            33 °C        MIG, 2 instances
      MIG 1g.10gb MIG-feb88891-0321-5fef-9c87-d4af3b54259e  -         -         -            -            -
      MIG 1g.10gb MIG-a25704ba-3a06-5299-a795-fd7cf4d13973  -         -         -            -            -
1     NVIDIA H100 80GB HBM3                                 79.6 GiB  68.6 GiB  97 %         64 °C        ok
"
    );
    assert_eq!(
        text(case("old-driver").run(&[])),
        "\
DEVICE        cpu
WHY           driver 525.60.12 is older than 525.60.13, the lowest for this image's CUDA 12.8 (old-driver)
HELP          update the host's driver, or build the image with an older CUDA: `mad build --set gpu.cuda=auto` on that host
DRIVER        525.60.12
IMAGE'S CUDA  12.8, needs driver 525.60.13 or newer
"
    );
}

/// It tells what becomes of a card, and goes on.
#[test]
fn the_watch_outlives_every_card() {
    let case = case("one");
    let good = fs::read_to_string(case.root.path().join("bin/nvidia-smi")).unwrap();
    let directory = case.root.path().join("run");
    let mut watch = Command::new(env!("CARGO_BIN_EXE_mad-runtime"))
        .args(["gpu", "watch", "--every", "1s", "--timeout", "2s", "--directory"])
        .arg(&directory)
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", case.root.path().join("bin").display()))
        .env("MAD_GPU_ROOT", case.root.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let told = || {
        let text = fs::read_to_string(directory.join("gpu.json")).unwrap_or_default();
        let sample: Value = serde_json::from_str(&text).unwrap_or_default();
        let code = sample["report"]["reason"]["code"].as_str().map(str::to_owned);
        code.or_else(|| sample["report"]["device"].as_str().map(str::to_owned))
    };
    let lost = "#!/bin/sh\necho 'Unable to determine the device handle for GPU0000:3B:00.0: Unknown Error'\nexit 255\n";
    eventually("a card", || told().as_deref() == Some("cuda"));
    case.file("bin/nvidia-smi", lost);
    eventually("a lost card", || told().as_deref() == Some("lost"));
    case.file("bin/nvidia-smi", "#!/bin/sh\nexec sleep 1000\n");
    eventually("a driver that hangs", || told().as_deref() == Some("hung"));
    case.file("bin/nvidia-smi", &good);
    eventually("a card again", || told().as_deref() == Some("cuda"));
    case.file("bin/nvidia-smi", lost);
    eventually("a lost card", || told().as_deref() == Some("lost"));
    assert!(watch.try_wait().unwrap().is_none(), "it has ended");
    watch.kill().unwrap();
    watch.wait().unwrap();

    let status = Command::new(env!("CARGO_BIN_EXE_mad-runtime"))
        .args(["--config"])
        .arg(empty_configuration(&case))
        .args(["status", "--metrics", "--directory"])
        .arg(&directory)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&status.stderr).into_owned();
    let text = text(status);
    assert!(text.contains("mad_gpu_usable 0\n"), "{text}{said}");
}

fn empty_configuration(case: &Case) -> PathBuf {
    let path = case.root.path().join("runtime.json");
    fs::write(&path, "{}").unwrap();
    path
}

/// What a hung `nvidia-smi` had started is gone too.
#[test]
fn a_hung_program_leaves_nothing_behind() {
    let case = case("hung-with-children");
    // Of this run alone: the machine may have others.
    let mark = format!("86411.{}", std::process::id());
    case.file("bin/nvidia-smi", &format!("#!/bin/sh\nsleep {mark} & sleep {mark}\n"));
    case.run(&["env"]);
    let left = fs::read_dir("/proc").unwrap().flatten().filter(|entry| {
        fs::read(entry.path().join("cmdline"))
            .is_ok_and(|line| String::from_utf8_lossy(&line).contains(&mark))
    });
    assert_eq!(left.count(), 0);
}
