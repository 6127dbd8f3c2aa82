//! Secrets and the CA bundle reach the steps that mount them, and nothing else.

use sha2::{Digest, Sha256};

use crate::support::{Engine, Image, Project, unique};

const PEM: &str = "-----BEGIN CERTIFICATE-----\nbm90IHJlYWxseQ==\n-----END CERTIFICATE-----\n";

/// Says what the secret `ca` is to a step.
const SHOWS_CA: &str = "FROM ${BASE}\n\
    RUN --mount=type=secret,id=ca if [ -s /run/secrets/ca ]; then sha256sum < /run/secrets/ca; else echo no ca; fi\n";

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[test]
fn secrets_are_readable_in_the_step_and_nowhere_else() {
    let engine = Engine::take();
    let tag = Image::named("secrets");
    let (file_secret, env_secret) = (unique("from-file"), unique("from-env"));
    let marker = unique("marker");
    let project = Project::with_template(
        &engine,
        &format!(
            "FROM ${{BASE}}\n\
             RUN echo {marker} > /marker\n\
             RUN --mount=type=secret,id=file,required=true \\\n\
             \x20   --mount=type=secret,id=env,required=true \\\n\
             \x20   cd /run/secrets && sha256sum file env\n\
             RUN --mount=type=secret,id=other ! test -e /run/secrets/file && ! test -e /run/secrets/env\n"
        ),
    );
    let path = project.write("secret.txt", &file_secret);
    let done = project
        .build(&tag)
        .args(["--progress", "json", "--secret", &format!("id=file,src={}", path.display())])
        .args(["--secret", "id=env,env=MAD_TEST_SECRET"])
        .env("MAD_TEST_SECRET", &env_secret)
        .good();
    let events = done.events();
    let sums = [(&file_secret, "file"), (&env_secret, "env")]
        .map(|(secret, name)| format!("{}  {name}", sha256(secret.as_bytes())));
    assert_eq!(events.log()[..2], sums, "{events:?}");

    let history = engine.docker(&["history", "--no-trunc", &tag]);
    let inspected = engine.docker(&["image", "inspect", &tag]);
    let outputs = [
        ("stdout", done.stdout),
        ("stderr", done.stderr),
        ("history", history),
        ("inspect", inspected),
    ];
    for (place, text) in outputs {
        for secret in [&file_secret, &env_secret] {
            assert!(!text.contains(secret.as_str()), "`{secret}` is in {place}:\n{text}");
        }
    }
    // The marker shows that the search would find it.
    assert!(engine.saved_lines_with(&tag, &[&marker]) > 0);
    assert_eq!(engine.saved_lines_with(&tag, &[&file_secret, &env_secret]), 0);
}

#[test]
fn a_secret_that_is_not_there_is_an_error() {
    let engine = Engine::take();
    let tag = Image::named("no-secret");
    let project = Project::with_template(
        &engine,
        &format!(
            "FROM ${{BASE}}\nRUN --mount=type=secret,id=token,required=true true # {}\n",
            unique("s")
        ),
    );
    for (secret, words) in [
        ("id=token,src=/nonexistent/file", "/nonexistent/file"),
        ("id=token,env=MAD_TEST_NOT_SET", "MAD_TEST_NOT_SET"),
        ("src=/etc/hostname", "expected id=ID"),
        ("id=token", "no variable `token` is set either"),
        ("id=token,src=/etc/hostname,surprise=1", "expected id=ID"),
    ] {
        let mad = project.build(&tag).args(["--secret", secret]).without_env("MAD_TEST_NOT_SET");
        mad.run().expect_code(2).says(&[words]);
    }
    // Nobody gave it, and the step asks for it.
    project.build(&tag).run().expect_code(1).says(&["token", "templates/Dockerfile.j2:3"]);
    assert_eq!(tag.id(), None);
}

#[test]
fn the_ca_bundle_is_the_hosts_a_files_or_none() {
    let engine = Engine::take();
    let tag = Image::named("ca");
    let project = Project::with_template(&engine, SHOWS_CA);
    let file = project.write("ca.pem", PEM);
    let shown = |arguments: &[&str]| {
        let events = project.build(&tag).args(["--no-cache"]).args(arguments).events();
        events.log().join("\n")
    };
    assert_eq!(shown(&["--ca-bundle", "none"]), "no ca");
    let of_file = format!("{}  -", sha256(PEM.as_bytes()));
    assert_eq!(shown(&["--ca-bundle", file.to_str().unwrap()]), of_file);
    assert_eq!(engine.saved_lines_with(&tag, &["bm90IHJlYWxseQ=="]), 0);
    // Debian's place; where the host has no bundle there is nothing to hand over.
    let host = std::fs::read("/etc/ssl/certs/ca-certificates.crt");
    let of_host = host.map_or("no ca".to_owned(), |bundle| format!("{}  -", sha256(&bundle)));
    assert_eq!(shown(&["--ca-bundle", "host"]), of_host);
    assert_eq!(shown(&[]), of_host);
}

#[test]
fn another_ca_bundle_runs_no_step_again() {
    let engine = Engine::take();
    let tag = Image::named("ca-cache");
    let project = Project::with_template(&engine, SHOWS_CA);
    let file = project.write("ca.pem", PEM);
    let first = project.build(&tag).args(["--ca-bundle", "none"]).events();
    let second = project.build(&tag).args(["--ca-bundle", file.to_str().unwrap()]).events();
    assert_eq!(second.executed(), [""; 0]);
    assert_eq!(second.image_id(), first.image_id());
    let bad = project.write("bad.pem", "no certificate");
    let bad = bad.to_str().unwrap();
    project
        .build(&tag)
        .args(["--ca-bundle", bad])
        .run()
        .expect_code(2)
        .says(&[bad, "expected PEM"]);
}

#[test]
fn values_are_in_no_record_export_report_or_log() {
    let engine = Engine::take();
    let tag = Image::named("hidden");
    let project = Project::with_template(
        &engine,
        &format!(
            "FROM ${{BASE}}\nARG GH_PAT\nARG DATABASE_URL\nENV PGPASS=CANARYpgpass\n\
             RUN echo {} $GH_PAT && echo $DATABASE_URL | rev\n\
             RUN --mount=type=secret,id=file cat /run/secrets/file\n",
            unique("hidden")
        ),
    );
    let file = project.write("secret.txt", "CANARYfile");
    let history = project.path().join("records/history.db");
    let run = |arguments: &[&str]| {
        let mut mad = std::process::Command::new(env!("CARGO_BIN_EXE_mad"));
        mad.arg("-C").arg(project.path()).args(arguments).env("MAD_HISTORY", &history);
        let done = mad.output().unwrap();
        [done.stdout, done.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat()
    };
    let done = project
        .build(&tag)
        .args(["--progress", "json", "--build-arg", "GH_PAT=CANARYpat"])
        .args(["--build-arg", "DATABASE_URL=postgres://u:CANARYurl@h/d"])
        .args(["--secret", &format!("id=file,src={}", file.display())])
        .env("MAD_HISTORY", history.to_str().unwrap())
        .env("MAD_LOG", "trace")
        .good();
    // The log is there, and names arguments and secrets without their values.
    for logged in ["build decided", "GH_PAT"] {
        assert!(done.stderr.contains(logged), "{logged}: {}", done.stderr);
    }
    let mut texts = vec![done.stdout.clone(), done.stderr.clone(), run(&["history", "export"])];
    for format in ["terminal", "json", "html", "markdown", "trace"] {
        texts.push(run(&["report", "--format", format]));
    }
    assert!(texts[2].contains("hidden:") && texts[3].contains("ran"), "{texts:?}");
    for text in &texts {
        assert!(!text.contains("CANARY"), "{text}");
    }
    use std::os::unix::fs::PermissionsExt;
    for entry in std::fs::read_dir(history.parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(6).any(|bytes| bytes == b"CANARY"), "{path:?}");
    }
}
