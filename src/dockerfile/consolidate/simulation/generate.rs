//! Dockerfiles of a few users who make, read, link and open files: few places, so that they meet often.

use proptest::prelude::*;
use proptest::sample::select;

/// A Dockerfile of one stage.
pub fn dockerfile() -> impl Strategy<Value = String> {
    (prop::collection::vec(block(), 3..14), any::<bool>()).prop_map(|(blocks, has_second_user)| {
        let mut text =
            "FROM base\nRUN useradd -m dev\nRUN mkdir -p /srv/open && chmod 777 /srv/open\n"
                .to_owned();
        for (user, instructions) in blocks {
            let user = if has_second_user || user != "ops" { user } else { "dev" };
            text.push_str(&format!("USER {user}\n"));
            for instruction in instructions {
                text.push_str(&instruction);
                text.push('\n');
            }
        }
        // The second user comes into being with the others' first block.
        if has_second_user {
            text.replacen("useradd -m dev", "useradd -m dev && useradd -m ops", 1)
        } else {
            text
        }
    })
}

fn block() -> impl Strategy<Value = (&'static str, Vec<String>)> {
    let user = select(vec!["root", "root", "dev", "dev", "ops"]);
    user.prop_flat_map(|user| (Just(user), prop::collection::vec(instruction(user), 1..3)))
}

fn instruction(user: &'static str) -> BoxedStrategy<String> {
    let run = (prop::collection::vec(command(user), 1..4), prop::bool::weighted(0.5)).prop_map(
        |(commands, may_fail)| {
            let end = if may_fail { " || true" } else { "" };
            format!("RUN {}{end}", commands.join(" && "))
        },
    );
    let owner = select(vec!["", "--chown=dev "]);
    let copy = (owner, select(vec!["a.txt", "b.txt"]), place("root"))
        .prop_map(|(owner, source, place)| format!("COPY {owner}{source} {}", plain(&place)));
    let state = prop_oneof![
        select(vec!["ENV P=/srv/open", "ENV P=/tmp", "ENV Q=1", "LABEL a=b", "EXPOSE 80"])
            .prop_map(str::to_owned),
        select(vec!["WORKDIR /srv/open", "WORKDIR /srv/w", "WORKDIR sub", "WORKDIR /opt/w/v"])
            .prop_map(str::to_owned),
    ];
    prop_oneof![12 => run, 2 => copy, 1 => state].boxed()
}

/// Without what only a shell expands.
fn plain(place: &str) -> String {
    place
        .replace("~dev/", "/home/dev/")
        .replace("~/", "/root/")
        .replace("$P", "/srv")
        .replace("$HOME", "/root")
}

fn place(user: &'static str) -> BoxedStrategy<String> {
    let home = match user {
        "root" => vec!["~/", "~dev/", "/opt/", "/etc/", "/srv/", "/opt/"],
        _ => vec!["~/", "~/", "$HOME/", "~/d/", "/srv/open/", "/tmp/"],
    };
    let shared = select(vec!["/srv/open/", "/tmp/", "$P/", "/srv/l/", ""]);
    let folder = prop_oneof![3 => select(home), 1 => shared];
    (folder, select(vec!["a", "b", "c", "d", "l"]))
        .prop_map(|(folder, name)| format!("{folder}{name}"))
        .boxed()
}

fn command(user: &'static str) -> BoxedStrategy<String> {
    let one = || place(user);
    let known = prop_oneof![
        6 => (select(vec!["1", "2", "3"]), select(vec![">", ">>"]), one()).prop_map(|(text, to, place)| format!("echo {text} {to} {place}")),
        3 => one().prop_map(|place| format!("mkdir -p {place}")),
        2 => (one(), one()).prop_map(|(folder, _)| format!("mkdir -p {folder}/e/f")),
        3 => one().prop_map(|place| format!("touch {place}")),
        2 => (one(), select(vec![">", ">>"]), one()).prop_map(|(from, to, place)| format!("cat {from} {to} {place}")),
        2 => (one(), one()).prop_map(|(from, to)| format!("cp {from} {to}")),
        1 => (one(), one()).prop_map(|(from, to)| format!("mv {from} {to}")),
        1 => (one(), one()).prop_map(|(from, to)| format!("ln {from} {to}")),
        1 => (one(), one()).prop_map(|(from, to)| format!("ln -s {from} {to}")),
        1 => one().prop_map(|place| format!("rm -rf {place}")),
        2 => (select(vec!["600", "644", "755", "777"]), one()).prop_map(|(mode, place)| format!("chmod {mode} {place}")),
        1 => (select(vec!["/srv/open", "/tmp", "/srv", "~"]), one()).prop_map(|(folder, to)| format!("ls {} > {to}", folder.replace('~', "/home/dev"))),
        1 => one().prop_map(|to| format!("cat /srv/open/* > {to}")),
        1 => one().prop_map(|place| format!("test -e {place}")),
        1 => select(vec!["umask 077", "umask 002", "cd /srv/open", "cd /tmp"]).prop_map(str::to_owned),
        1 => one().prop_map(|to| format!("id > {to}")),
        1 => (one(), one()).prop_map(|(from, to)| format!("spread {from} {to}")),
        1 => one().prop_map(|to| format!("collect /srv/open {to}")),
        1 => (select(vec!["/tmp", "/srv/open", "/opt"]), one()).prop_map(|(target, link)| format!("tangle {target} {link}")),
    ];
    if user != "root" {
        return known.boxed();
    }
    prop_oneof![
        12 => known,
        1 => (select(vec!["dev", "root"]), one()).prop_map(|(owner, place)| format!("chown {owner} {place}")),
        1 => select(vec!["useradd -m eve", "useradd -m bob"]).prop_map(str::to_owned),
    ]
    .boxed()
}
