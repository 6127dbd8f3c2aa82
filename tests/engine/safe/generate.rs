//! Dockerfiles in which users, triggers, mounts, folders, shells and variables meet. Seeded: a file is
//! named by its number.

use std::fmt::Write;

use test_support::Random;

/// A Dockerfile, and how it is built.
pub struct Generated {
    pub text: String,
    /// `--build-arg`
    pub arguments: Vec<String>,
    /// `--target`
    pub target: Option<String>,
}

const USERS: &[&str] = &[
    "root",
    "root",
    "dev",
    "dev",
    "ops",
    "0",
    "1000",
    "4242",
    "dev:ops",
    "1000:0",
    "\"dev\"",
    "$U",
    "${U}",
    "$U:$G",
    "${U}:${G}",
    "${U:-ops}",
    "${N:-dev}",
    "$W",
    "dev:",
    "root:root",
    "''",
];

const NAMES: &[&str] = &["dev", "ops", "root", "0", "1000"];

const FOLDERS: &[&str] = &[
    "/srv/w",
    "/srv/w/v",
    "/opt",
    "/opt/a/b",
    "/media/x",
    "/",
    "sub",
    "/srv/m/x",
    "/srv/c/x",
    "$D",
    "/tmp/../srv/u",
];

/// A file with `bases` as its base images.
pub fn file(number: u64, bases: &[String]) -> Generated {
    let mut random = Random::of_state(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(number + 1) | 1);
    for _ in 0..8 {
        random.below(2);
    }
    let random = &mut random;
    let mut text = String::new();
    if random.one_in(3) {
        text.push_str("ARG U=dev\nARG B=one\n");
    }
    let stages = ["one", "two", "three"];
    let count = 1 + random.below(3);
    for (place, name) in stages[..count].iter().enumerate() {
        let base = match place {
            1.. if random.below(4) > 0 => stages[random.below(place)].to_owned(),
            1.. if text.contains("ARG B") && random.one_in(2) => "$B".to_owned(),
            _ => bases[random.below(bases.len())].clone(),
        };
        let _ = writeln!(text, "FROM {base} AS {name}");
        for _ in 0..2 + random.below(9) {
            let line = instruction(random);
            let _ = writeln!(text, "{line}");
            // A user that nothing, or nothing that is executed, follows.
            if line.starts_with("USER") && random.one_in(3) {
                let _ = writeln!(text, "{}", quiet(random));
            }
        }
    }
    let mut arguments = Vec::new();
    if random.one_in(3) {
        arguments.push(format!("U={}", random.one(NAMES)));
    }
    if random.one_in(6) {
        arguments.push("D=/srv/given".to_owned());
    }
    let target = random.one_in(4).then(|| stages[random.below(count)].to_owned());
    Generated { text, arguments, target }
}

fn instruction(random: &mut Random) -> String {
    match random.below(20) {
        0..=7 => format!("USER {}", random.one(USERS)),
        8..=11 => run(random),
        12 | 13 => format!("WORKDIR {}", random.one(FOLDERS)),
        14 => onbuild(random),
        15 => random
            .one(&[
                r#"SHELL ["/bin/bash", "-c"]"#,
                r#"SHELL ["/bin/sh", "-ec"]"#,
                r#"SHELL ["/bin/bash", "-o", "pipefail", "-c"]"#,
            ])
            .to_string(),
        _ => quiet(random),
    }
}

/// What no user executes.
fn quiet(random: &mut Random) -> String {
    match random.below(12) {
        0 => format!("ENV U={}", random.one(NAMES)),
        1 => format!("ARG U={}", random.one(NAMES)),
        2 => "ARG U".to_owned(),
        3 => format!("ARG G={}", random.one(&["ops", "0", "root"])),
        4 => format!("ARG D={}", random.one(&["/srv/d", "/opt/d"])),
        5 => "ENV $N=dev W=$U".to_owned(),
        6 => format!("COPY f /srv/{}", random.one(&["f", "g/f", "w/f"])),
        7 => format!("COPY --chown={} f /srv/h/", random.one(&["dev", "1000:0", "ops:dev"])),
        8 => "ADD f /opt/f".to_owned(),
        9 => "LABEL a=b".to_owned(),
        10 => "ENV N=U".to_owned(),
        _ => random
            .one(&["EXPOSE 80", "CMD [\"id\"]", "VOLUME /vol", "STOPSIGNAL 9", "# a comment"])
            .to_string(),
    }
}

fn run(random: &mut Random) -> String {
    let number = random.below(4);
    // Everybody writes files of their own, so that few steps fail.
    let who = format!("echo \"$(id) $HOME $U $PWD\" > /srv/{number}-$(id -u)");
    match random.below(10) {
        0 => format!("RUN [\"/bin/sh\", \"-c\", \"id -u > /srv/j{number}-$(id -u)\"]"),
        1 => format!("RUN --mount=type=tmpfs,target=/srv/m mkdir -p /srv/m/x && {who}"),
        2 => format!("RUN --mount=type=cache,target=/srv/c,mode=1777 mkdir -p /srv/c/x; {who}"),
        3 => format!("RUN --mount=type=bind,target=/srv/b/deep {who}"),
        4 => format!("RUN mkdir -p /srv/w /opt/a 2>/dev/null; {who}"),
        5 => format!("RUN rm -rf /srv/w 2>/dev/null; {who}"),
        6 => format!("RUN \\\n    # who\n    {who} \\\n    && true"),
        _ => format!("RUN {who}"),
    }
}

fn onbuild(random: &mut Random) -> String {
    match random.below(7) {
        0 | 1 => format!("ONBUILD USER {}", random.one(&["dev", "ops", "root", "$U"])),
        2 => "ONBUILD RUN id -u > /srv/t-$(id -u)".to_owned(),
        3 => format!("ONBUILD ENV U={}", random.one(NAMES)),
        4 => "ONBUILD WORKDIR /srv/onbuild".to_owned(),
        5 => format!("ONBUILD ARG U={}", random.one(NAMES)),
        _ => "ONBUILD COPY f /srv/trigger".to_owned(),
    }
}
