//! The files generated, built and compared.

use std::io::Write;
use std::process::Stdio;

use dockerfile::File;
use dockerfile::consolidate::{Options, Strategy, consolidate};

use super::generate::{Generated, file};
use crate::support::{Engine, Image, docker_command};
use crate::traps::{differences, files};

/// Files where nothing else is asked for.
const FILES: u64 = 24;

/// Images as they are found elsewhere: with a user, a home, a shell, a folder, triggers of their own.
const BASES: [&str; 6] = [
    "",
    "ENV HOME=/srv U=ops\nUSER dev\nWORKDIR /srv/home\n",
    "RUN mkdir /opt/tools && printf '#!/bin/sh\\nexec /usr/bin/id -G\\n' > /opt/tools/id && chmod 755 /opt/tools/id\nENV PATH=/opt/tools:$PATH\n",
    "SHELL [\"/bin/bash\", \"-c\", \"umask 077; eval \\\"$0\\\"\"]\n",
    "ONBUILD USER dev\nONBUILD RUN id -u > /srv/base-trigger\nONBUILD ENV U=root\nUSER root\n",
    "RUN rm -rf /opt /media /mnt && chmod 777 /\nUSER 1000:0\n",
];

#[test]
fn generated_files_keep_their_image() {
    let engine = Engine::take();
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let count = number("MAD_SAFE_FILES").unwrap_or(FILES);
    let first = number("MAD_SAFE_FROM").unwrap_or(0);
    let images: Vec<Image> = BASES.iter().map(|_| Image::named("safe-base")).collect();
    for (image, more) in images.iter().zip(BASES) {
        let text = format!(
            "FROM {}\nRUN useradd -m dev && useradd -m ops && chmod 1777 /srv /opt\n{more}",
            engine.base()
        );
        build(&Generated { text, arguments: Vec::new(), target: None }, image).unwrap();
    }
    let bases: Vec<String> = images.iter().map(|image| image.to_string()).collect();
    let (mut changed, mut built, mut anew) = (0, 0, 0);
    let mut faults = Vec::new();
    for at in first..first + count {
        let before = file(at, &bases);
        let parsed = File::parse(before.text.as_bytes()).unwrap();
        let fixed = consolidate(&parsed, Strategy::Safe, Options::default()).text;
        if fixed == before.text {
            continue;
        }
        changed += 1;
        let after = Generated {
            text: fixed,
            arguments: before.arguments.clone(),
            target: before.target.clone(),
        };
        let names = [Image::named("safe"), Image::named("safe")];
        // What is no image as it was keeps nothing; few of them are.
        if build(&before, &names[0]).is_err() {
            continue;
        }
        built += 1;
        let fault = match build(&after, &names[1]) {
            Err(fault) => Some(fault),
            Ok(()) if engine_facts(&engine, &names[0]) == engine_facts(&engine, &names[1]) => None,
            Ok(()) => {
                anew += 1;
                let found =
                    differences(&contents(&engine, &names[0]), &contents(&engine, &names[1]));
                (!found.is_empty()).then(|| found.join("\n"))
            }
        };
        faults.extend(fault.map(|fault| {
            format!(
                "file {at} {:?}: {fault}\n{}\n=>\n{}",
                before.arguments, before.text, after.text
            )
        }));
    }
    println!(
        "{count} files from {first}: {changed} changed, {built} of them build, {anew} compared path by path, {} differ",
        faults.len()
    );
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    assert!(built > 0, "some of them may be changed");
}

/// The digests of the layers, and the configuration.
fn engine_facts(engine: &Engine, image: &str) -> String {
    let format = "{{json .RootFS.Layers}} {{json .Config}}";
    engine.docker(&["image", "inspect", "--format", format, image])
}

fn contents(engine: &Engine, image: &str) -> std::collections::BTreeMap<String, String> {
    let mut contents = files(engine, image);
    let config = engine.docker(&["image", "inspect", "--format", "{{json .Config}}", image]);
    contents.insert("(configuration)".to_owned(), config);
    contents
}

fn build(what: &Generated, image: &Image) -> Result<(), String> {
    let context = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/inputs/safe");
    let mut command = docker_command(&["build", "-q", "-t", image, "-f", "-"]);
    for argument in &what.arguments {
        command.args(["--build-arg", argument]);
    }
    command.args(what.target.iter().flat_map(|target| ["--target", target]));
    let mut build = command
        .arg(context)
        .env("DOCKER_BUILDKIT", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    build.stdin.take().unwrap().write_all(what.text.as_bytes()).unwrap();
    let output = build.wait_with_output().unwrap();
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}
