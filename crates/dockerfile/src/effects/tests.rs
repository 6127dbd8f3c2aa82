//! Commands and what they are taken to do, as a table; and pairs of steps that may change places or not.

use super::*;
use crate::File;

/// The effects of the last step of a Dockerfile; `dev` has a home, and root is in force.
fn last(steps: &str) -> Effects {
    let text = format!("FROM a\nUSER root\nRUN useradd -m dev\n{steps}\n");
    let file = File::parse(text.as_bytes()).unwrap();
    let mut fs = FsModel::of_base(false);
    let mut last = None;
    for at in 1..file.blocks().len() {
        if let Some(effects) = of_block(&file, at, &fs) {
            fs.after(&effects, &StepUser::of(file.user_at(at)));
            last = Some(effects);
        }
    }
    last.unwrap()
}

/// What is written and made, without the shared files of accounts; or why it is unknown.
fn writes(steps: &str) -> String {
    let effects = last(steps);
    if let Some(unknown) = effects.unknown {
        return format!("? {}", unknown.why);
    }
    let makes = effects.makes.iter().map(|(place, _)| format!("+{place}"));
    let mut all: Vec<String> = effects.writes.iter().map(PathSet::to_string).chain(makes).collect();
    all.retain(|place| !place.starts_with("/etc/") || place.contains("conf"));
    all.join(" ")
}

#[test]
fn what_commands_write() {
    for (step, written) in [
        ("RUN touch /opt/a /opt/b", "/opt/a /opt/b"),
        ("RUN mkdir -p /opt/a/b", "+/opt/a +/opt/a/b"),
        ("RUN mkdir /opt/a", "/opt/a"),
        ("RUN echo a > /opt/a 2>&1", "/opt/a"),
        ("RUN echo a >> /opt/a && cat /etc/hosts > /dev/null", "/opt/a"),
        ("RUN rm -rf /opt/a /tmp/*.o", "/opt/a/… /tmp/*.o/…"),
        ("RUN cp /etc/hosts /opt/", "/opt/hosts"),
        ("RUN cp /etc/hosts /opt/x", "/opt/x /opt/x/hosts"),
        ("RUN cp -r /srv/a /opt", "/opt/a/…"),
        ("RUN cp -r /srv/a/. /opt/b", "/opt/b/…"),
        ("RUN mv /opt/a /srv", "/opt/a/… /srv/a/…"),
        ("RUN ln -s /home/dev /work", "/work /work/dev"),
        ("RUN ln /opt/a /opt/b", "/opt/a /opt/b /opt/b/a"),
        ("RUN chmod -R a+rX /opt/a", "/opt/a/…"),
        ("RUN chmod -x /opt/a", "/opt/a"),
        ("RUN chown dev: /opt/a", "/opt/a"),
        ("RUN install -d -m 755 /opt/a", "/opt/a +/opt/a"),
        ("RUN install -m 755 /srv/a /usr/local/bin/a", "/usr/local/bin/a /usr/local/bin/a/a"),
        ("RUN echo a | tee -a /opt/a", "/opt/a"),
        ("RUN sed -i 's/a/b/' /etc/x.conf", "/etc/x.conf"),
        ("RUN echo a > ~dev/a && echo $HOME/b > ~/c", "/home/dev/a /root/c"),
        ("USER dev\nRUN echo a > ~/a", "/home/dev/a"),
        ("WORKDIR /srv/w\nRUN touch a ./b", "/srv/w/a /srv/w/b"),
        ("RUN cd /opt && touch a && cd /srv && touch b", "/opt/a /srv/b"),
        ("RUN (cd /opt && touch a) && touch /srv/b", "/opt/a /srv/b"),
        ("RUN if [ -e /a ]; then touch /b; else touch /c; fi", "/b /c"),
        ("RUN for f in a b; do touch /opt/$f; done", "/opt/a /opt/b"),
        ("RUN X=/opt && touch \"$X/a\"", "/opt/a"),
        ("ENV X=/opt\nRUN touch $X/a ${X}/b", "/opt/a /opt/b"),
        ("RUN echo $(date) > /opt/a", "/opt/a"),
        ("RUN [\"touch\", \"/opt/$X\"]", "/opt/$X"),
        ("RUN [\"sh\", \"-c\", \"touch /opt/a\"]", "? what `sh` does is not known"),
        ("COPY <<a.txt /opt/\nx\na.txt", "/opt/a.txt"),
        ("COPY a.txt /opt/", "/opt/…"),
        ("COPY a.txt /opt/b.txt", "/opt/b.txt/…"),
        ("COPY a.txt b.txt /new/", "/new/… +/new"),
        ("COPY folder /opt/", "/opt/…"),
        ("ADD https://x/a.tar.gz /opt/x/", "/opt/x/… +/opt/x"),
        ("WORKDIR /srv/w/x", "+/srv/w +/srv/w/x"),
        ("WORKDIR /opt", ""),
        ("RUN mkdir /opt/l && ln -s /opt /srv/l\nRUN touch /srv/l/x", "/srv/l/x /opt/x"),
        ("RUN ln -s opt /l\nRUN touch /l/x", "/l/x /opt/x"),
    ] {
        assert_eq!(writes(step), written, "{step}");
    }
}

#[test]
fn what_is_unknown_says_why() {
    for (step, why) in [
        ("RUN npm install", "what `npm` does is not known"),
        ("RUN ./setup.sh", "`./setup.sh` is a program of its own"),
        ("RUN /opt/bin/x", "`/opt/bin/x` is a program of its own"),
        ("RUN touch $X", "`$X` is not certain"),
        ("RUN touch a", "`a` is relative to a folder that is not certain"),
        ("RUN touch /opt/../a", "`/opt/../a` goes back through `..`"),
        ("RUN eval 'touch /a'", "what `eval` does is not known"),
        ("RUN . /a", "what `.` does is not known"),
        ("RUN find / -delete", "what `find` does is not known"),
        ("RUN touch --frobnicate /a", "its option `--frobnicate` is not known"),
        ("RUN sed -i 's/a/b/e' /a", "its `sed` script may do more than edit"),
        ("RUN while true; do touch /a; done", "it has a loop whose turns are not certain"),
        ("RUN f() { touch /a; }; f", "it defines a function"),
        ("RUN sleep 1 &", "it leaves something in the background"),
        ("RUN X=1 touch /a", "it sets variables for one command"),
        ("RUN '", "its text is not understood as shell"),
        ("RUN touch /opt/{a,b}", "`/opt/{a,b}` is not certain"),
        ("RUN test /a -nt /b", "it compares the times of files"),
        ("ENV LD_PRELOAD=/x\nRUN touch /a", "`LD_PRELOAD` changes how its shell works"),
        ("ENV PATH=$X\nRUN touch /a", ""),
        ("SHELL [\"/bin/bash\", \"-lc\"]\nRUN touch /a", "its shell is not one that is read"),
        ("COPY x /usr/local/bin/touch\nRUN touch /a", "`touch` may be another command here"),
        ("COPY tools /usr/local/bin/\nRUN touch /a", "`touch` may be another command here"),
        ("COPY tree /srv/t\nRUN touch /srv/t/a", "links may lead elsewhere from `/srv/t/a`"),
        ("RUN ./x\nRUN touch /srv/a", "`touch` may be another command here"),
        ("USER dev\nRUN ./x\nRUN touch ~/a", "links may lead elsewhere from `/home/dev/a`"),
    ] {
        let unknown = last(step).unknown.map(|unknown| unknown.why.to_string()).unwrap_or_default();
        assert_eq!(unknown, why, "{step}");
    }
}

#[test]
fn steps_that_may_change_places() {
    let free = |first: &str, second: &str| {
        let mine = last(first);
        conflict(&mine, &last(&format!("{first}\n{second}"))).is_none()
    };
    for (first, second) in [
        ("RUN touch /opt/a", "RUN touch /opt/b"),
        ("RUN mkdir -p /srv/x/a", "RUN mkdir -p /srv/x/b"),
        ("COPY <<a /app/\nx\na", "COPY <<b /app/\nx\nb"),
        ("USER dev\nRUN echo a > ~/a", "USER root\nRUN mkdir -p /opt/x && chown dev /opt/x"),
        ("RUN groupadd crew", "RUN touch /opt/a"),
        ("USER dev\nRUN touch ~/a", "USER root\nRUN useradd -m other"),
        ("RUN cat /etc/hosts", "RUN cat /etc/hosts > /opt/a"),
    ] {
        assert!(free(first, second), "{first}\n{second}");
    }
    for (first, second) in [
        ("RUN touch /opt/a", "RUN rm /opt/a"),
        ("RUN touch /opt/a", "RUN ls /opt"),
        ("RUN touch /opt/a", "RUN cat /opt/*"),
        ("RUN touch /opt/a", "RUN chmod 700 /opt"),
        ("RUN mkdir -p /srv/x/a", "RUN touch /srv/x/b"),
        ("RUN mkdir -p /srv/x/a", "USER dev\nRUN mkdir -p /srv/x/b"),
        ("RUN umask 077 && mkdir -p /srv/x/a", "RUN mkdir -p /srv/x/b"),
        ("RUN touch /opt/a", "RUN npm install"),
        ("RUN useradd a", "RUN useradd b"),
        ("RUN useradd a", "RUN cat /etc/passwd"),
        ("RUN useradd a", "RUN chown a /opt"),
        ("RUN useradd a", "USER 1000\nRUN touch /tmp/a"),
        ("RUN usermod -aG x dev", "USER dev\nRUN touch /tmp/a"),
        ("RUN sed -i 's/a/b/' /etc/passwd", "USER dev\nRUN touch /tmp/a"),
        ("RUN echo a > /etc/ld.so.preload", "RUN touch /opt/a"),
        ("RUN touch /opt/a", "COPY x /usr/local/bin/touch"),
        ("RUN touch /opt/a", "COPY . /"),
        ("RUN ln -s /opt /srv/l", "RUN touch /srv/l/a"),
        // What a variable's default, a folder's name or a list does not say.
        ("ARG D=/srv\nRUN touch $D/a", "RUN cat /opt/a"),
        ("RUN touch /opt/data", "RUN echo '0  /opt/data' | sha256sum -c -"),
        ("RUN echo 'a 1/tcp' >> /etc/services", "RUN getent services a"),
        ("RUN cat /opt/a", "COPY three.js /opt/"),
        ("RUN touch /usr/local/man/x", "RUN cat /usr/local/share/man/x"),
        // Who makes a folder: the group counts, and the engine's own ways.
        ("USER dev:staff\nRUN mkdir -p /srv/x/a", "USER dev\nRUN mkdir -p /srv/x/b"),
        ("USER 42\nRUN mkdir -p /srv/x/a", "COPY --chown=42 f /srv/x/f"),
        ("USER 42\nRUN mkdir -p /srv/x/a", "USER 42\nWORKDIR /srv/x"),
        ("RUN test -d /srv/q", "RUN --mount=type=cache,target=/srv/q/c true"),
        // Commands under another name of their folder, or of names that nobody sees.
        ("RUN touch /opt/a", "RUN cp /srv/t/* /usr/local/bin/"),
        (
            "RUN --mount=type=cache,target=/c touch /opt/a",
            "RUN --mount=type=cache,target=/c touch /opt/b",
        ),
    ] {
        assert!(!free(first, second), "{first}\n{second}");
    }
}

#[test]
fn what_prints_all_variables_depends_on_all() {
    for step in
        ["RUN export -p > /opt/a", "RUN set > /opt/a", "RUN export", "RUN env", "RUN declare -p"]
    {
        assert!(last(step).depends_on("MARK"), "{step}");
    }
    assert!(!last("RUN set -e && touch /opt/a").depends_on("MARK"));
}

#[test]
fn homes_are_not_certain_once_the_tables_are_edited() {
    let why = |steps: &str| {
        last(steps).unknown.map(|unknown| unknown.why.to_string()).unwrap_or_default()
    };
    assert_eq!(why("USER dev\nRUN touch ~/a"), "");
    for edit in [
        "RUN sed -i 's|/home|/srv|' /etc/passwd",
        "RUN echo x >> /etc/passwd",
        "COPY <<passwd /etc/\nx\npasswd",
    ] {
        assert_ne!(why(&format!("{edit}\nUSER dev\nRUN touch ~/a")), "", "{edit}");
    }
}

#[test]
fn what_is_known_of_the_base_counts() {
    use crate::{BaseFacts, Bases};
    let facts = |facts: BaseFacts, step: &str| {
        let text = format!("FROM a\n{step}\n");
        let bases = Bases::from([("a".to_owned(), facts)]);
        let file = File::parse(text.as_bytes()).unwrap().with_bases(&bases);
        of_block(&file, 1, &FsModel::of_base(false)).unwrap()
    };
    let env = |name: &str, value: &str| BaseFacts {
        env: vec![(name.to_owned(), value.to_owned())],
        ..BaseFacts::default()
    };
    let written = facts(env("HOME", "/srv/shared"), "RUN echo a > ~/x").writes;
    assert_eq!(written, [PathSet::exact("/srv/shared/x")]);
    let shell = BaseFacts {
        shell: Some(vec!["/bin/bash".to_owned(), "-c".to_owned(), "eval \"$0\"".to_owned()]),
        ..BaseFacts::default()
    };
    assert!(!facts(shell, "RUN touch /opt/a").is_understood());
    let folder = BaseFacts { workdir: "/srv/w".to_owned(), ..BaseFacts::default() };
    assert_eq!(facts(folder, "RUN touch a").writes, [PathSet::exact("/srv/w/a")]);
}

#[test]
fn a_folder_of_commands_is_one_under_each_of_its_names() {
    let file =
        File::parse(b"FROM a\nUSER root\nRUN ln -s /srv/t /opt/t\nRUN cp /etc/x /srv/t/touch\n");
    let file = file.unwrap();
    let mut fs = FsModel::of_base(false);
    fs.set_path("/opt/t:$PATH", &|part| Some(part.to_owned()));
    fs.after(&of_block(&file, 2, &fs).unwrap(), &StepUser::Root);
    assert!(of_block(&file, 3, &fs).unwrap().brings.contains("touch"));
}
