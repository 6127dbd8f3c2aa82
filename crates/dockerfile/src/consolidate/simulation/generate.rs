//! Dockerfiles of a few users who make, read, link and open files: few places, so that they meet often,
//! and some of them are one place under two names.

use proptest::prelude::*;
use proptest::sample::select;

/// How many commands of a file the analysis does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UnknownCommands {
    None,
    Some,
}

/// A Dockerfile of one stage.
pub fn dockerfile() -> impl Strategy<Value = String> {
    let mystery = prop::sample::select(vec![
        UnknownCommands::None,
        UnknownCommands::None,
        UnknownCommands::Some,
    ]);
    let blocks = mystery.prop_flat_map(|mystery| prop::collection::vec(block(mystery), 3..14));
    (beginning(), blocks).prop_map(|(mut text, blocks)| {
        for (user, instructions) in blocks {
            text.push_str(&format!("USER {user}\n"));
            for instruction in instructions {
                text.push_str(&instruction);
                text.push('\n');
            }
        }
        text
    })
}

/// Users, an open folder, and perhaps other names for it.
fn beginning() -> impl Strategy<Value = String> {
    let names = select(vec![
        "",
        "",
        "RUN ln -s /srv/open /srv/l\n",
        "RUN ln -s open /srv/l\n",
        "RUN note_symlinks /srv/open /srv/l\n",
        "RUN note_symlinks open /srv/l\n",
        "USER dev\nRUN note_symlinks /srv/open ~/l\n",
        "RUN ln -s /home/dev /srv/l\n",
        "RUN touch /srv/open/a && chmod 666 /srv/open/a && ln /srv/open/a /srv/open/b\n",
        "USER dev\nRUN note_symlinks /srv/open ~/l\n",
        "USER dev\nRUN ln -s /srv/open ~/l && ln -s ~/l ~/m\n",
    ]);
    names.prop_map(|names| {
        format!(
            "FROM base\nRUN useradd -m dev && useradd -m ops\n\
             RUN mkdir -p /srv/open && chmod 777 /srv/open && chmod 755 /home/dev\n{names}"
        )
    })
}

fn block(mystery: UnknownCommands) -> impl Strategy<Value = (&'static str, Vec<String>)> {
    let user = select(vec!["root", "root", "root", "dev", "dev", "dev", "ops"]);
    user.prop_flat_map(move |user| {
        (Just(user), prop::collection::vec(instruction(user, mystery), 1..3))
    })
}

fn instruction(user: &'static str, mystery: UnknownCommands) -> BoxedStrategy<String> {
    let run = (prop::collection::vec(command(user, mystery), 1..3), prop::bool::weighted(0.5))
        .prop_map(|(commands, may_fail)| {
            let end = if may_fail { " || true" } else { "" };
            format!("RUN {}{end}", commands.join(" && "))
        });
    let owner = select(vec!["", "--chown=dev "]);
    let copy = (owner, select(vec!["a.txt", "b.txt"]), place("root"))
        .prop_map(|(owner, source, place)| format!("COPY {owner}{source} {}", plain(&place)));
    let state = prop_oneof![
        select(vec!["ENV P=/srv/open", "ENV P=/tmp", "ENV Q=1", "LABEL a=b", "EXPOSE 80"])
            .prop_map(str::to_owned),
        select(vec!["WORKDIR /srv/open", "WORKDIR /srv/w", "WORKDIR sub", "WORKDIR /opt/w/v"])
            .prop_map(str::to_owned),
    ];
    prop_oneof![16 => run, 2 => copy, 1 => state].boxed()
}

/// Without what only a shell expands.
fn plain(place: &str) -> String {
    let place = place.replace("~dev/", "/home/dev/").replace("~/", "/root/");
    place.replace("$P", "/srv").replace("$HOME", "/root")
}

fn place(user: &'static str) -> BoxedStrategy<String> {
    let home = match user {
        "root" => vec!["~/", "~dev/", "/opt/", "/opt/", "/etc/", "/srv/"],
        _ => vec!["~/", "~/", "$HOME/", "~/d/"],
    };
    let shared = select(vec![
        "/srv/open/",
        "/srv/open/",
        "/tmp/",
        "$P/",
        "/srv/l/",
        "/srv/l/",
        "~dev/l/",
        "~dev/m/",
        "",
    ]);
    let folder = prop_oneof![3 => select(home), 2 => shared];
    (folder, select(vec!["a", "b", "c", "d", "e", "l"]))
        .prop_map(|(folder, name)| format!("{folder}{name}"))
        .boxed()
}

fn command(user: &'static str, mystery: UnknownCommands) -> BoxedStrategy<String> {
    let one = || place(user);
    let to = || select(vec![">", ">>"]);
    let texts = prop_oneof![
        6 => (select(vec!["1", "2", "3"]), to(), one())
            .prop_map(|(text, to, place)| format!("echo {text} {to} {place}")),
        2 => (one(), to(), one()).prop_map(|(from, to, place)| format!("cat {from} {to} {place}")),
        1 => (select(vec!["/srv/open", "/tmp", "/srv", "/home/dev"]), one())
            .prop_map(|(folder, to)| format!("ls {folder} > {to}")),
        1 => one().prop_map(|to| format!("cat /srv/open/* > {to}")),
        1 => one().prop_map(|to| format!("id > {to}")),
    ];
    let files = prop_oneof![
        3 => one().prop_map(|place| format!("mkdir -p {place}")),
        2 => one().prop_map(|folder| format!("mkdir -p {folder}/e/f")),
        3 => one().prop_map(|place| format!("touch {place}")),
        2 => (one(), one()).prop_map(|(from, to)| format!("cp {from} {to}")),
        1 => (one(), one()).prop_map(|(from, to)| format!("mv {from} {to}")),
        1 => (one(), one()).prop_map(|(from, to)| format!("ln {from} {to}")),
        1 => (one(), one()).prop_map(|(from, to)| format!("ln -s {from} {to}")),
        1 => one().prop_map(|place| format!("rm -rf {place}")),
        1 => one().prop_map(|place| format!("test -e {place}")),
    ];
    let modes = prop_oneof![
        2 => (select(vec!["600", "644", "755", "777"]), one())
            .prop_map(|(mode, place)| format!("chmod {mode} {place}")),
        1 => (select(vec!["700", "755", "777", "1777"]), select(vec!["/srv/open", "/srv", "/home/dev", "/opt"]))
            .prop_map(|(mode, place)| format!("chmod {mode} {place}")),
        1 => select(vec!["umask 077", "umask 002", "cd /srv/open", "cd /tmp"]).prop_map(str::to_owned),
    ];
    let known = prop_oneof![4 => texts, 5 => files, 2 => modes].boxed();
    let unknown = prop_oneof![
        (one(), one()).prop_map(|(from, to)| format!("spread {from} {to}")),
        one().prop_map(|to| format!("collect /srv/open {to}")),
        (select(vec!["/tmp", "/srv/open", "/opt"]), one())
            .prop_map(|(target, link)| format!("note_symlinks {target} {link}")),
    ];
    let own = prop_oneof![
        3 => (select(vec!["dev", "root"]), one()).prop_map(|(owner, place)| format!("chown {owner} {place}")),
        1 => select(vec!["useradd -m eve", "useradd -m bob"]).prop_map(str::to_owned),
    ];
    let known = if user == "root" { prop_oneof![8 => known, 1 => own].boxed() } else { known };
    match mystery {
        UnknownCommands::None => known,
        UnknownCommands::Some => prop_oneof![12 => known, 1 => unknown].boxed(),
    }
}
