//! Each rule on what it is for, and on what it must leave alone.

use super::*;
use crate::File;
use crate::users::RedundancyReason;

fn audited(text: &str) -> Audit {
    audit(&File::parse(text.as_bytes()).unwrap(), "Dockerfile", None)
}

/// Lines that a rule names.
fn lines(rule: &str, text: &str) -> Vec<usize> {
    let findings = audited(text).findings;
    findings.iter().filter(|f| f.rule == rule).map(|f| f.line).collect()
}

#[test]
fn user_lines_and_switches_are_two_numbers() {
    let audit = audited(
        "FROM a\nRUN x\nUSER b\nUSER root\nUSER b\nRUN y\nENV A=b\nUSER b\nRUN z\nUSER root\nENV C=d\nUSER b\n",
    );
    let stage = &audit.stages[0];
    assert_eq!((audit.user_lines, audit.switches), (6, 1));
    let redundant: Vec<_> = stage.redundant.iter().map(|r| (r.line, r.why)).collect();
    assert_eq!(
        redundant,
        [
            (3, RedundancyReason::NothingBetween),
            (4, RedundancyReason::NothingBetween),
            (8, RedundancyReason::SameUser),
            (10, RedundancyReason::NoStepNeedsIt),
            (12, RedundancyReason::SameUserAgain)
        ]
    );
    let runs: Vec<_> =
        stage.user_runs.iter().map(|run| (run.user.text.as_str(), run.steps.len())).collect();
    assert_eq!(runs, [("", 1), ("b", 0), ("root", 0), ("b", 1), ("b", 1), ("root", 0), ("b", 0)]);
}

#[test]
fn costs_are_cache_keys_and_steps_that_could_be_one() {
    let audit =
        audited("FROM a\nUSER x\nRUN 1\nRUN 2\nUSER root\nRUN 3\nUSER x\nWORKDIR /w\nRUN 4\n");
    let costs: Vec<_> =
        audit.stages[0].costs.iter().map(|c| (c.line, c.cache_keys, c.could_merge)).collect();
    assert_eq!(costs, [(2, 2, 0), (5, 1, 0), (7, 2, 1)]);
    assert_eq!(audit.switches, 3);
}

#[test]
fn the_same_unknown_variable_is_one_user_as_long_as_it_is_one_line() {
    let audit = audited("FROM a\nARG U\nUSER $U\nRUN x\nRUN y\n");
    assert_eq!(audit.switches, 1);
    assert_eq!(audit.stages[0].last_user.kind, UserKind::Variable);
}

#[test]
fn chown_of_what_a_line_above_filled_is_a_second_copy() {
    let rule = "users/chown-r";
    for (text, found) in [
        ("FROM a\nCOPY . /app\nRUN x\nRUN true \\\n && chown -R dev /app\n", vec![5]),
        ("FROM a\nWORKDIR /app\nCOPY a b ./\nRUN chown dev:dev -R .\n", vec![4]),
        ("FROM a AS b\nCOPY . /app/\nFROM b\nRUN chown -R dev /app/.\n", vec![4]),
        ("FROM a\nRUN git clone x /app\nRUN chown -R dev /app\n", vec![3]),
        ("FROM a\nRUN curl -o /app/x y\nRUN chown -R dev /app && npm i\n", vec![3]),
        ("FROM a\nRUN chown -R dev /usr/lib\n", vec![2]),
        ("FROM a\nCOPY --chown=ops . /app\nRUN chown -R dev /app\n", vec![3]),
        // What the step itself may have written, or what is not seen to be there.
        ("FROM a\nRUN x && chown -R dev /app\n", vec![]),
        ("FROM a\nCOPY . /app\nRUN cd /app && npm install && chown -R dev /app\n", vec![]),
        ("FROM a\nRUN mkdir /data\nRUN chown -R dev /data\n", vec![]),
        ("FROM a\nCOPY --chown=dev . /app\nRUN chown -R dev:dev /app\n", vec![]),
        ("FROM a\nUSER dev\nRUN git clone x /app\nUSER root\nRUN chown -R dev /app\n", vec![]),
        ("FROM a\nCOPY . /apple\nRUN chown -R dev /app\n", vec![]),
        ("FROM scratch\nRUN chown -R dev /usr/lib\n", vec![]),
    ] {
        assert_eq!(lines(rule, text), found, "{text}");
    }
    for step in [
        "mkdir -p /app && chown -R dev /app",
        "git clone x /app/src && chown -R dev /app",
        "tar -C /app -xf x && chown -R dev /app/bin",
        "useradd -m dev && chown -R dev /home/dev",
        "chown dev /app",
    ] {
        assert!(lines(rule, &format!("FROM a\nRUN {step}\n")).is_empty(), "{step}");
    }
}

#[test]
fn users_are_made_above_their_use() {
    let rule = "users/before-it-exists";
    let text = "FROM a\nCOPY --chown=dev:staff x y\nUSER dev\nUSER 0\nRUN groupadd staff; useradd dev\nUSER dev\nUSER www-data\n";
    assert_eq!(lines(rule, text), [2, 3]);
    let said = &audited(text).findings[0].message;
    assert!(said.contains("`dev`") && said.contains("`staff`"), "{said}");
    assert!(
        lines(rule, "FROM a AS x\nRUN useradd -u 5 dev\nFROM x\nUSER dev\nUSER 5\n").is_empty()
    );
}

#[test]
fn homes_follow_their_users() {
    let rule = "users/home-differs";
    let text = "FROM a\nENV HOME=/home/dev\nRUN useradd dev\nUSER dev\nRUN x\nUSER root\nRUN y\nRUN z\nUSER dev\nRUN w\nUSER root\nRUN v\n";
    assert_eq!(lines(rule, text), [7, 12]);
    let rule = "users/linked-homes";
    assert_eq!(lines(rule, "FROM a\nRUN rm -rf /root \\\n && ln -sfn /home/dev /root\n"), [3]);
    assert_eq!(lines(rule, "FROM a\nRUN ln -s /home/dev/.npmrc /root/.npmrc\n"), [2]);
    assert!(
        lines(rule, "FROM a\nRUN ln -s /home/dev/a /home/dev/b && ln -s /opt/x /root/x\n")
            .is_empty()
    );
}

#[test]
fn the_last_user_is_judged_in_the_last_stage() {
    let rule = "users/root-at-end";
    assert_eq!(lines(rule, "FROM a\nUSER 0:0\n"), [2]);
    assert_eq!(lines(rule, "FROM a\nUSER dev\nUSER root\nRUN x\n"), [3]);
    assert_eq!(lines(rule, "FROM scratch\nCOPY a b\n"), [1]);
    assert!(lines(rule, "FROM a AS b\nUSER root\nFROM a\nUSER dev\n").is_empty());
    let note = audited("FROM a\nRUN x\n").findings;
    assert_eq!((note[0].rule, note[0].severity), (rule, Severity::Note));
}

#[test]
fn numbers_have_accounts() {
    let rule = "users/no-account";
    assert_eq!(lines(rule, "FROM a\nUSER 1000:1000\nRUN x\nUSER 0\nUSER 1000\n"), [2]);
    assert!(lines(rule, "FROM a\nRUN useradd dev\nUSER 1000\n").is_empty());
    assert!(lines(rule, "FROM a\nRUN useradd -u 55 dev\nUSER 55\n").is_empty());
    assert_eq!(lines(rule, "FROM a\nRUN useradd -u 55 dev\nUSER 56\n"), [3]);
    // A script of their own may make it; `chown` does not.
    assert!(lines(rule, "FROM a\nARG I=55\nRUN /make-user dev \"$I\"\nUSER $I\n").is_empty());
    assert_eq!(lines(rule, "FROM a\nRUN chown -R 55 /x\nUSER 55\n"), [3]);
}

#[test]
fn copies_belong_to_who_changes_them() {
    let rule = "users/copy-owner";
    for text in [
        "FROM a\nWORKDIR /app\nUSER dev\nCOPY run.sh .\nRUN chmod +x run.sh\n",
        "FROM a\nUSER dev\nRUN x\nCOPY a b /app/\nRUN x && chmod 755 /app/b\n",
        "FROM a\nWORKDIR /app\nUSER 1000\nCOPY conf ./conf\nRUN echo x >> conf\n",
    ] {
        assert_eq!(lines(rule, text), [4], "{text}");
    }
    for text in [
        // Who only reads needs no owner.
        "FROM a\nWORKDIR /app\nUSER dev\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n",
        "FROM a\nWORKDIR /app\nUSER dev\nCOPY . .\nRUN npm ci\n",
        "FROM a\nWORKDIR /app\nUSER dev\nCOPY --chown=dev x .\nRUN chmod +x x\n",
        "FROM a\nWORKDIR /app\nUSER dev\nCOPY x .\nUSER root\nRUN chmod +x x\nUSER dev\nRUN chmod +x x\n",
        "FROM a\nWORKDIR /app\nUSER dev\nCOPY x .\nRUN sudo chmod +x x\n",
    ] {
        assert!(lines(rule, text).is_empty(), "{text}");
    }
}

#[test]
fn accounts_may_come_from_elsewhere() {
    let rule = "users/no-account";
    for text in [
        "FROM a\nCOPY --from=b /etc/passwd /etc/group /etc/\nUSER 1000\n",
        "FROM scratch\nCOPY --from=b /etc/passwd /etc/passwd\nUSER 1000\n",
        "FROM scratch\nADD rootfs.tar /\nUSER 1000\n",
        "FROM a\nRUN echo 'x:x:1000:0::/:/bin/sh' >> /etc/passwd\nUSER 1000\n",
        "FROM a AS b\nCOPY rootfs/ /\nFROM b\nUSER 1000\n",
    ] {
        assert!(lines(rule, text).is_empty(), "{text}");
    }
    let said =
        |text: &str| audited(text).findings.into_iter().find(|f| f.rule == rule).unwrap().message;
    assert!(!said("FROM a\nENV HOME=/srv\nUSER 1000\n").contains("HOME"));
    assert!(said("FROM a\nUSER 1000\n").ends_with("HOME is `/` unless the base sets it"));
    assert!(said("FROM scratch\nUSER 1000\n").ends_with("HOME is `/`"));
    let rule = "users/before-it-exists";
    for text in [
        "FROM a\nUSER node\nRUN usermod -u 1001 node\n",
        "FROM a\nUSER dev\nUSER root\nRUN id dev || useradd dev\n",
        "FROM a\nUSER dev\nUSER root\nRUN if ! id dev; then useradd dev; fi\n",
        "FROM a\nUSER dev\nUSER root\nRUN useradd dev || true\n",
        "FROM a\nCOPY --from=b /etc/passwd /etc/passwd\nUSER dev\nUSER root\nRUN useradd dev\n",
    ] {
        assert!(lines(rule, text).is_empty(), "{text}");
    }
}

#[test]
fn ways_to_become_root_are_named() {
    for (rule, step, is_found) in [
        ("sudo-nopasswd", "echo 'dev ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/dev", true),
        ("sudo-nopasswd", "echo \"%sudo ALL=(ALL:ALL) NOPASSWD: ALL\" | tee -a /etc/sudoers", true),
        (
            "sudo-nopasswd",
            "sed -i 's/%wheel ALL=(ALL) ALL/%wheel ALL=(ALL) NOPASSWD: ALL/' /etc/sudoers",
            true,
        ),
        ("sudo-nopasswd", "echo 'Defaults !authenticate' >> /etc/sudoers", true),
        ("sudo-nopasswd", "grep -q NOPASSWD /etc/sudoers", false),
        ("sudo-nopasswd", "sed -i '/NOPASSWD/d' /etc/sudoers", false),
        (
            "sudo-nopasswd",
            "echo 'dev ALL=NOPASSWD:ALL' > /etc/sudoers.d/b && x && rm /etc/sudoers.d/b",
            false,
        ),
        ("sudo-nopasswd", "echo 'dev ALL=(ALL) ALL' > /etc/sudoers.d/dev", false),
        ("account-files", "chmod g+w /etc/passwd", true),
        ("account-files", "chmod g=u /etc/passwd /etc/group", true),
        ("account-files", "chmod 664 /etc/passwd", true),
        ("account-files", "chmod -R a+w /etc", true),
        ("account-files", "chown dev /etc/passwd", true),
        ("account-files", "chmod 644 /etc/passwd && chown root:root /etc/shadow", false),
        ("account-files", "chmod 0440 /etc/sudoers.d/dev", false),
        ("password", "echo root:root | chpasswd", true),
        ("password", "printf 'dev:x\\n' | sudo chpasswd", true),
        ("password", "echo secret | passwd --stdin dev", true),
        ("password", "useradd -m -p '$6$a$b' dev", true),
        ("password", "useradd -m -p $(openssl passwd -1 secret) dev", true),
        ("password", "usermod --password=abc dev", true),
        ("password", "passwd -d root", true),
        ("password", "echo \"dev:$PW\" | chpasswd", false),
        ("password", "echo \"dev:$(cat /run/secrets/pw)\" | chpasswd", false),
        ("password", "useradd -m -p '!' dev && usermod -p '*' ops", false),
        ("password", "useradd -p \"$HASH\" dev && passwd -l root", false),
        ("set-uid", "chmod u+s /usr/bin/find", true),
        ("set-uid", "chmod 4755 /usr/bin/find", true),
        ("set-uid", "install -m 4755 a /usr/bin/b", true),
        ("set-uid", "setcap cap_setuid+ep /usr/bin/python3", true),
        ("set-uid", "find / -name x -exec chmod u+s {} +", true),
        ("set-uid", "chmod g+s /srv/shared && chmod 2775 /srv/shared", false),
        ("set-uid", "find / -perm /6000 -exec chmod a-s {} +", false),
        ("set-uid", "setcap cap_net_bind_service=+ep /usr/bin/node", false),
        ("powerful-group", "usermod -aG docker,sudo dev", true),
        ("powerful-group", "gpasswd -a dev docker", true),
        ("powerful-group", "adduser dev docker", true),
        ("powerful-group", "useradd -m -G docker dev", true),
        ("powerful-group", "addgroup dev docker", true),
        ("powerful-group", "groupadd docker && usermod -aG video dev", false),
        ("world-writable", "chmod -R 777 /home/dev", true),
        ("world-writable", "chmod a=rwx ~", true),
        ("world-writable", "mkdir -p --mode 777 /home/dev", true),
        ("world-writable", "find /srv -type d -exec chmod o+w {} +", true),
        ("world-writable", "chmod 1777 /home/dev", false),
    ] {
        let text = format!("FROM a\nRUN {step}\n");
        assert_eq!(!lines(&format!("users/{rule}"), &text).is_empty(), is_found, "{rule}: {step}");
    }
    assert_eq!(
        lines(
            "users/password",
            "FROM a\nENV DB_PASSWORD=x A=b\nARG PASSWORD\nENV X_PASSWORD_FILE=/x ALLOW_EMPTY_PASSWORD=yes Y_PASSWORD=$Z\n"
        ),
        [2]
    );
    assert_eq!(lines("users/set-uid", "FROM a\nCOPY --chmod=4755 a /usr/bin/a\n"), [2]);
    assert_eq!(
        lines(
            "users/sudo-nopasswd",
            "FROM a\nCOPY <<E /etc/sudoers.d/dev\ndev ALL=(ALL) NOPASSWD: ALL\nE\n"
        ),
        [3]
    );
}

#[test]
fn one_finding_a_kind_and_line() {
    let text = format!("FROM a\nRUN {}true\n", "sudo a; ".repeat(3000));
    assert_eq!(lines("users/sudo", &text), [2]);
    let text = format!("FROM a\n{}", "RUN sudo a\n".repeat(3000));
    let found: Vec<_> =
        audited(&text).findings.into_iter().filter(|f| f.rule == "users/sudo").collect();
    assert_eq!(found.len(), 21);
    assert!(found[20].message.starts_with("2980 more of this kind, from here to line 3001: "));
}

#[test]
fn variables_from_above_the_first_stage_are_not_set_in_it() {
    let rule = "users/unset-variable";
    let text =
        "ARG U=dev\nARG G\nFROM a\nUSER $U:${G:-5}\nRUN x\nARG U\nARG G\nUSER $U:$G\nUSER $OTHER\n";
    assert_eq!(lines(rule, text), [4]);
}

#[test]
fn open_modes_and_sudo_are_named_on_their_lines() {
    let text = "FROM a\nRUN a \\\n && chmod -R 777 /x \\\n && sudo b\nCOPY --chmod=0666 a b\nRUN chmod 1777 /t\nRUN install -d -m 0777 /y\n";
    assert_eq!(lines("users/world-writable", text), [3, 5, 7]);
    assert_eq!(lines("users/sudo", text), [4]);
    assert!(lines("users/sudo", "FROM a\nRUN apt-get install -y sudo\n").is_empty());
}

#[test]
fn a_limit_is_a_finding_on_the_first_line_too_many() {
    let file = File::parse(b"FROM a\nUSER x\nRUN 1\nUSER root\nRUN 2\nUSER x\n").unwrap();
    let over = audit(&file, "Dockerfile", Some(2));
    let found = over.findings.iter().find(|finding| finding.rule == "users/max-switches").unwrap();
    assert!(over.is_over());
    assert_eq!((found.line, found.severity), (6, Severity::Error));
    assert!(!audit(&file, "Dockerfile", Some(3)).is_over());
}

#[test]
fn every_rule_has_a_name_of_its_own_and_the_index_is_sorted() {
    let ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    for rule in RULES {
        assert!(rule.id.starts_with("users/") && !rule.title.is_empty() && !rule.help.is_empty());
    }
}

/// As long as a file may be, and each of the shapes that would make a square of it: that would not
/// end before nextest ends it.
#[test]
fn long_and_hostile_files_are_audited() {
    let step = "RUN apt-get update && chown -R dev /app && useradd dev\nUSER dev\nCOPY a /app/b\nRUN x\nUSER root\n";
    let many = |line: &dyn Fn(usize) -> String| (0..30_000).map(line).collect::<String>();
    for text in [
        step.repeat(4_000),
        many(&|n| format!("USER u{n}\nRUN x\n")),
        many(&|n| format!("ARG A{n}\nUSER $A{n}\n")),
        many(&|n| format!("USER {n}\nRUN adduser u{n}\n")),
        "USER root\n".repeat(60_000),
        format!("RUN {}", "chown -R a /b; ".repeat(50_000)),
        format!("RUN {}", "ln -s /root /home/x;$(".repeat(30_000)),
    ] {
        let file = File::parse(format!("ARG A1\nFROM a\n{text}").as_bytes()).unwrap();
        let audit = audit(&file, "Dockerfile", Some(5));
        assert!(!audit.stages.is_empty());
    }
}
