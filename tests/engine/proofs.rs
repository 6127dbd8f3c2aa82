//! Rewritten files that make another image, built: no proof may hold.

use mad::image::noise::Noise;
use mad::proof::{Proof, Proven, Prover};

use super::support::{Engine, TEST_LABEL};
use super::users::{candidates, recipe, with_engine};

/// Proves texts against a first one, in a folder with two scripts `one` and `two`.
fn prove(
    engine: &Engine,
    before: &str,
    after: &[String],
    scripts: [&str; 2],
    noise: Noise,
) -> Vec<Proof> {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    for (name, script) in ["one", "two"].iter().zip(scripts) {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let whole = |text: &str| format!("ARG BASE\nFROM ${{BASE}}\nLABEL {TEST_LABEL}=1\n{text}");
    let before = whole(before);
    std::fs::write(folder.path().join("Dockerfile"), &before).unwrap();
    let base = engine.base().to_owned();
    with_engine(async |docker| {
        let recipe = recipe(&docker, &base, folder.path());
        let mut prover = Prover::start(&recipe, &before, noise, false).await.unwrap();
        let mut proofs = Vec::new();
        for text in after {
            proofs.push(prover.prove(&whole(text)).await);
        }
        // Whatever came of the proofs, the engine has its images back.
        prover.close().await.unwrap();
        proofs.into_iter().map(|proof| proof.unwrap_or_else(|error| panic!("{error:?}"))).collect()
    })
}

/// A step of `dev` passes a step of root that depends on it, in a way that no text shows: what is
/// prepared, what `dev` runs, what root runs.
const HIDDEN: &[(&str, &str, &str, &str)] = &[
    (
        "chage",
        "chmod 755 /home/dev",
        "touch ~/done",
        "[ -e /home/dev/done ] && chage -d 0 dev; exit 0",
    ),
    (
        "log-owner",
        "mkdir -m 777 /var/log/app",
        "echo x > /var/log/app/access.log; touch ~/done",
        "chown root:adm /var/log/app/*; chmod 600 /var/log/app/*; exit 0",
    ),
    (
        "machineid",
        "chmod 755 /home/dev && echo 1 > /etc/machine-id",
        "touch ~/done",
        "if [ -e /home/dev/done ]; then : > /etc/machine-id; else echo 0123456789abcdef0123456789abcdef > /etc/machine-id; fi",
    ),
    (
        "renaming",
        "mkdir -m 777 /opt/app",
        "mktemp /opt/app/run.XXXXXX >/dev/null; mkdir -p /opt/app/conf; echo token-123 > /opt/app/conf/npmrc; touch ~/done",
        "rm -rf /opt/app/conf; exit 0",
    ),
    (
        "stamp",
        "mkdir -m 777 /srv/w && echo stable > /etc/channel",
        "echo \"built $(date +%N) channel $(cat /etc/channel)\" > /srv/w/info; touch ~/done",
        "echo beta > /etc/channel",
    ),
    (
        "stamp in a compressed archive",
        "mkdir -m 777 /srv/w && echo stable > /etc/channel",
        "date +%N > ~/when; tar -C / -czf /srv/w/info.tgz etc/channel home/dev/when",
        "echo beta > /etc/channel",
    ),
    (
        "file below a random folder",
        "mkdir -m 777 /srv/w",
        "d=$(mktemp -d /srv/w/tmp.XXXXXX); chmod 755 $d; echo token > $d/npmrc",
        "rm -f /srv/w/*/npmrc",
    ),
    (
        "random identity kept or emptied",
        "chmod 755 /home/dev",
        "touch ~/done",
        "od -An -N16 -tx1 /dev/urandom | tr -d ' \\n' > /etc/machine-id; [ -e /home/dev/done ] && : > /etc/machine-id; exit 0",
    ),
    (
        "backup of a password",
        "chmod 755 /home/dev",
        "touch ~/done",
        "if [ -e /home/dev/done ]; then usermod -p secret dev; usermod -p '*' dev; else usermod -p '*' dev; fi",
    ),
    (
        "log that is gone",
        "mkdir -m 777 /var/log/app /var/cache/app",
        "date > /var/log/app/a.log; date > /var/cache/app/x",
        "rm -f /var/log/app/a.log /var/cache/app/x; exit 0",
    ),
];

#[test]
fn what_hides_behind_instability_is_found() {
    let engine = Engine::take();
    for (name, prepared, one, two) in HIDDEN {
        let start = format!("COPY one two /usr/local/bin/\nRUN useradd -m dev && {prepared}\n");
        let before =
            format!("{start}USER dev\nRUN one\nUSER root\nRUN two\nUSER dev\nRUN touch ~/z\n");
        let after = format!("{start}USER root\nRUN two\nUSER dev\nRUN one\nRUN touch ~/z\n");
        // The case `proof-stamp-strict`.
        let asked: &[Noise] = match *name {
            "stamp" => &[Noise::Known, Noise::Strict],
            _ => &[Noise::Known],
        };
        for noise in asked {
            let proof = prove(&engine, &before, std::slice::from_ref(&after), [one, two], *noise);
            assert_eq!(proof[0].verdict, Proven::Different, "{name}, {noise:?}: {proof:#?}");
        }
    }
    assert_eq!(candidates(&engine), "");
}

#[test]
fn what_is_unstable_in_the_same_way_proves_and_strict_lets_nothing_pass() {
    let engine = Engine::take();
    let one = "date +%N > ~/when; mktemp ~/run.XXXXXXXXXXXX; d=$(mktemp -d ~/tmp.XXXXXXXXXXXX); echo token > $d/npmrc; \
               tar -C ~ -czf ~/all.tgz when; od -An -N16 -tx1 /dev/urandom | tr -d ' \\n' > ~/id";
    let start = "COPY one two /usr/local/bin/\nRUN useradd -m dev\n";
    let before =
        format!("{start}USER dev\nRUN one\nUSER root\nRUN touch /srv/x\nUSER dev\nRUN touch ~/z\n");
    let after = format!("{start}RUN touch /srv/x\nUSER dev\nRUN one\nRUN touch ~/z\n");
    for (noise, verdict) in
        [(Noise::Known, Proven::SameButUnstable), (Noise::Strict, Proven::Different)]
    {
        let proof =
            prove(&engine, &before, std::slice::from_ref(&after), [one, ""], noise).remove(0);
        assert_eq!(proof.verdict, verdict, "{proof:#?}");
        let is_strict = noise == Noise::Strict;
        assert_eq!(proof.random_names.is_empty(), is_strict, "{proof:#?}");
        assert_eq!(proof.unstable.is_empty(), is_strict);
    }
    assert_eq!(candidates(&engine), "");
}

#[test]
fn a_step_of_another_time_in_the_cache_runs_again() {
    let engine = Engine::take();
    // What changes every ten seconds stands for the day in `/etc/shadow`.
    let day = "RUN echo day $(($(date +%s) / 10)) > /day\n";
    let prove = |more: &str| {
        let touch = format!("RUN touch /{}\n", uuid::Uuid::new_v4());
        let (before, after) = (format!("{touch}{day}"), format!("{day}{touch}{more}"));
        prove(&engine, &before, &[after], ["", ""], Noise::Known).remove(0)
    };
    let cached = prove("");
    assert!(cached.verdict.holds(), "{cached:#?}");
    std::thread::sleep(std::time::Duration::from_secs(11));
    // The first text's builds run the step now, the second one has it in the cache.
    let same = prove("");
    assert!(same.verdict.holds() && same.after.steps[0].cached, "{same:#?}");
    let other = prove("RUN echo 1 > /one\n");
    let paths = other.differences.iter().map(|blame| blame.difference.path.to_string());
    assert_eq!(paths.collect::<Vec<_>>(), ["/one"], "{other:#?}");
    assert_eq!(candidates(&engine), "");
}

/// One thing that is done more, in a step at the end; each makes another image.
const MORE: &[&str] = &[
    "RUN chmod 4755 /x",
    "RUN chmod 666 /x",
    "RUN chown dev /x",
    "RUN chgrp dev /x",
    "RUN echo y > /x",
    "RUN echo y >> /x",
    "RUN : > /x",
    "RUN rm /x",
    "RUN rm /x && mkdir /x",
    "RUN rm /x && ln -s y /x",
    "RUN ln -sf z /link",
    "RUN rm /link && cp /x /link",
    "RUN rm /y && cp /x /y",
    "RUN ln /x /third",
    "RUN mkfifo /pipe",
    "RUN rm -f /null && mknod /null c 1 5",
    "RUN rm -f /null && mknod /null b 1 3",
    "RUN rmdir /folder",
    "RUN chmod 700 /folder",
    "RUN touch /folder/new",
    "RUN useradd eve",
    "RUN usermod -aG adm dev",
    "RUN usermod -s /usr/sbin/nologin dev",
    "RUN passwd -d dev",
    "RUN chage -M 90 dev",
    "RUN rm /etc/passwd-",
    "RUN groupmod -g 2000 dev",
    "RUN touch /var/log/new.log",
    "RUN rm -rf /var/cache/apt/archives",
    "RUN perl -e 'my ($p, $n, $v) = (\"/x\", \"security.capability\", pack(\"H40\", \"0100000200200000\" . \"0\" x 24)); exit(syscall(188, $p, $n, $v, length $v, 0) != 0)'",
    "USER root",
    "ENV A=2",
    "WORKDIR /srv",
    "LABEL a=2",
    "CMD [\"true\"]",
    "ENTRYPOINT [\"true\"]",
    "EXPOSE 81",
    "VOLUME /data",
    "STOPSIGNAL SIGINT",
    "HEALTHCHECK CMD true",
    "SHELL [\"/bin/bash\", \"-c\"]",
    "ONBUILD RUN true",
    "MAINTAINER somebody",
];

#[test]
fn one_thing_more_is_another_image() {
    let engine = Engine::take();
    let before = "RUN useradd -m dev && echo x > /x && ln /x /y && ln -s x /link && mkdir /folder \
                  && mknod /null c 1 3 && date +%N > /stamp\nUSER dev\nRUN touch ~/z\n";
    let after: Vec<String> = MORE
        .iter()
        .map(|more| match more.strip_prefix("RUN ") {
            Some(_) => format!("{before}USER root\n{more}\nUSER dev\n"),
            None => format!("{before}{more}\n"),
        })
        .collect();
    let proofs = prove(&engine, before, &after, ["", ""], Noise::Known);
    for (more, proof) in MORE.iter().zip(&proofs) {
        assert_eq!(proof.verdict, Proven::Different, "{more}: {proof:#?}");
    }
    assert_eq!(candidates(&engine), "");
}
