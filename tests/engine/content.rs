//! What is in the cpu image, and what is not.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::time::Instant;

use serde_json::Value;

use crate::support::{Engine, Image, Project, TEST_LABEL};

#[test]
fn no_layer_has_compilers_caches_or_secrets() {
    let engine = Engine::take();
    let files = engine.files_in_layers(engine.cpu().tag());
    // The search finds what is there.
    for there in ["usr/bin/tini", "usr/local/bin/mad-entrypoint", "opt/mad/node/package-lock.json"]
    {
        assert!(files.contains(there), "{there} is not among {} files", files.len());
    }
    let compilers = ["gcc", "g++", "cc", "c++", "cpp", "make", "ld", "as", "npm", "npx"];
    let is_bad = |file: &str| {
        let program = file.strip_prefix("usr/bin/").or_else(|| file.strip_prefix("usr/local/bin/"));
        program.is_some_and(|name| {
            compilers.iter().any(|bad| name == *bad || name.ends_with(&format!("-linux-gnu-{bad}")))
        }) || [
            "root/.npm/",
            "root/.cache/",
            "home/dev/.npm/",
            "home/dev/.cache/",
            "var/cache/apt/archives/",
            "var/lib/apt/lists/",
            "run/secrets/",
            "run/mad/",
            "opt/mad/patches/",
            "opt/mad/uv/",
            "opt/mad/locks/",
            "tmp/",
        ]
        .iter()
        .any(|folder| file.starts_with(folder))
    };
    let bad: Vec<&String> = files.iter().filter(|file| is_bad(file)).take(20).collect();
    assert!(bad.is_empty(), "{bad:?}");
}

#[test]
fn the_hosts_own_certificates_are_in_no_layer() {
    let engine = Engine::take();
    let cpu = engine.cpu();
    let Ok(host) = std::fs::read_to_string("/etc/ssl/certs/ca-certificates.crt") else {
        println!("this host has no bundle, so none can have leaked");
        return;
    };
    let image = engine.run(cpu.tag(), &["cat", "/etc/ssl/certs/ca-certificates.crt"]);
    let certificates = |bundle: &str| -> BTreeSet<String> {
        bundle.split("-----BEGIN CERTIFICATE-----").skip(1).map(str::to_owned).collect()
    };
    let known = certificates(&image);
    assert!(known.len() > 50, "the image trusts the public authorities");
    let own: Vec<String> = certificates(&host).difference(&known).cloned().collect();
    println!("{} certificates of the host are not the distribution's", own.len());
    // The third line of the text is the certificate's own: names and keys.
    let needles: Vec<&str> = own.iter().filter_map(|text| text.lines().nth(3)).collect();
    if needles.is_empty() {
        return;
    }
    assert_eq!(engine.saved_lines_with(cpu.tag(), &needles), 0);
    // The search finds what is there.
    let public = known.iter().filter_map(|text| text.lines().nth(3)).next();
    assert!(engine.saved_lines_with(cpu.tag(), &[public.expect("a certificate has lines")]) > 0);
}

#[test]
fn dev_works_in_a_workspace_below_tini() {
    let engine = Engine::take();
    let cpu = engine.cpu();
    let sh = |script: &str| engine.run(cpu.tag(), &["sh", "-c", script]).trim().to_owned();
    assert_eq!(
        sh("id -u; id -g; id -un; whoami; echo $HOME $USER"),
        "1000\n1000\ndev\ndev\n/home/dev dev"
    );
    assert_eq!(sh("cat /proc/1/comm"), "tini");
    assert_eq!(sh("pwd; stat -c '%a %U:%G' /workspace"), "/workspace\n2775 dev:dev");
    assert_eq!(
        sh("mkdir sub && touch sub/file && stat -c '%G' sub/file && stat -c %a sub"),
        "dev\n2755"
    );
    // One home, no link to another one, and nobody else's.
    assert_eq!(sh("ls -A /home; test -L /home/dev || echo no link"), "dev\nno link");
    assert_eq!(
        sh("getent passwd | awk -F: '$3 >= 1000 && $3 < 60000 { print $1 \":\" $6 }'"),
        "dev:/home/dev"
    );
    assert_eq!(sh("stat -c '%U' ~; touch ~/x && echo writable"), "dev\nwritable");
    // What the agents run is root's: dev cannot change it.
    assert_eq!(sh("touch /opt/mad/node/x /usr/local/bin/x 2>/dev/null || echo refused"), "refused");
    assert_eq!(sh("for p in gcc g++ cc make npm; do command -v $p; done; echo none"), "none");
    // A child that lost its parent is reaped, and signals arrive.
    assert_eq!(sh("(sleep 0.1 &) ; sleep 0.5; ps -o stat= -e | grep Z || echo none"), "none");
}

#[test]
fn the_agents_answer() {
    let engine = Engine::take();
    let cpu = engine.cpu();
    let version = |program: &str| engine.run(cpu.tag(), &[program, "--version"]);
    let flow = version("claude-flow");
    assert!(flow.contains("2.7.47"), "{flow}");
    let claude = version("claude");
    assert!(claude.contains("2.1.330"), "{claude}");
    let python =
        engine.run(cpu.tag(), &["python", "-c", "import httpx, numpy, sys; print(sys.prefix)"]);
    assert_eq!(python, "/opt/mad/venv\n");
    // Native modules load, and the database opens.
    let script = "const D = require('better-sqlite3'); const d = new D(':memory:'); \
                  console.log(d.prepare('select 6 * 7 as n').get().n)";
    let modules = "NODE_PATH=/opt/mad/node/node_modules";
    let answer = engine.docker(&["run", "--rm", "-e", modules, cpu.tag(), "node", "-e", script]);
    assert_eq!(answer, "42\n");
}

#[test]
fn labels_say_what_it_is() {
    let engine = Engine::take();
    let cpu = engine.cpu();
    let config = engine.docker(&["image", "inspect", "--format", "{{json .Config}}", cpu.tag()]);
    let config: Value = serde_json::from_str(&config).unwrap();
    let labels = &config["Labels"];
    assert_eq!(labels["mad.profile"], "cpu");
    assert_eq!(labels["mad.plan"], *cpu.plan_hash());
    assert_eq!(labels["org.opencontainers.image.version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(labels["org.opencontainers.image.base.name"], engine.base());
    let source = labels["org.opencontainers.image.source"].as_str().unwrap();
    assert!(!source.is_empty());
    assert_eq!(labels["mad.patches.claude-flow"].as_str().unwrap().len(), 64);
    assert_eq!(config["User"], "1000:1000");
    let size: u64 = engine
        .docker(&["image", "inspect", "--format", "{{.Size}}", cpu.tag()])
        .trim()
        .parse()
        .unwrap();
    println!("the cpu image has {} MB", size / 1_000_000);
}

#[test]
fn files_in_a_bind_mount_belong_to_the_hosts_user() {
    let engine = Engine::take();
    let cpu = engine.cpu();
    let other = Image::named("uid");
    let settings = ["user.uid=1234", "user.gid=1235"].map(|set| ["--set", set]).concat();
    let project = Project::empty();
    project.write("profiles/app.yaml", &format!("extends: cpu\nlabels:\n  {TEST_LABEL}: \"1\"\n"));
    let mad = project.command("build", "app").args(["--base", engine.base(), "-t", &other]);
    let events = mad.args(settings).events();
    // Ids come last: no package is installed again for them.
    assert!(
        events.executed().iter().all(|step| step.starts_with("final: ")),
        "{:?}",
        events.executed()
    );

    for (image, uid, gid) in [(cpu.tag(), 1000, 1000), (&*other, 1234, 1235)] {
        let host = Project::empty();
        std::os::unix::fs::chown(host.path(), Some(uid), Some(gid))
            .expect("this test gives folders away, as root only can: run it as root");
        let mount = format!("{}:/workspace", host.path().display());
        let script = "id -u && id -g && mkdir made && echo text > made/file";
        let ids = engine.docker(&["run", "--rm", "-v", &mount, image, "sh", "-c", script]);
        assert_eq!(ids, format!("{uid}\n{gid}\n"));
        for name in ["made", "made/file"] {
            let found = std::fs::metadata(host.path().join(name)).unwrap();
            assert_eq!((found.uid(), found.gid()), (uid, gid), "{name}");
        }
    }
}

#[test]
fn a_container_starts() {
    let engine = Engine::take();
    let cpu = engine.cpu();
    let mut times: Vec<u128> = (0..3)
        .map(|_| {
            let begun = Instant::now();
            engine.run(cpu.tag(), &["true"]);
            begun.elapsed().as_millis()
        })
        .collect();
    times.sort_unstable();
    println!("docker run --rm true: {times:?} ms");
    // Its exit code and its signals are the command's own.
    assert_eq!(
        engine.try_docker(&["run", "--rm", cpu.tag(), "sh", "-c", "exit 42"]).status.code(),
        Some(42)
    );
}
