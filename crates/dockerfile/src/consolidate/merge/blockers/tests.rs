//! Steps that stand apart, by the table in `mod.rs`.

use super::*;
use crate::File;
use crate::effects::StepUser;

/// `alone`, `last` or `free`, for a step in a folder, as a user.
fn stands(run: &str, workdir: &str, user: &str) -> &'static str {
    let text = format!("FROM x\nUSER {user}\nWORKDIR {workdir}\nRUN {run}\n");
    let file = File::parse(text.as_bytes()).unwrap();
    let instruction = &file.blocks()[3].instruction;
    let who = StepUser::of(file.user_at(3));
    let text = StepText::new(&instruction.exact, &instruction.flags, file.state(3), who);
    match (text.is_alone(), text.is_last()) {
        (true, _) => "alone",
        (_, true) => "last",
        _ => "free",
    }
}

#[test]
fn what_a_container_has_anew() {
    for (run, expected) in [
        ("touch /opt/x 2>/dev/null", "free"),
        ("make -j$(grep -c processor /proc/cpuinfo)", "free"),
        ("apt-get update && apt-get install -y cron nginx at", "free"),
        ("echo a >/dev/shm/f", "alone"),
        ("cd /dev && echo a > shm/f", "alone"),
        ("sort -T /run/shm x", "alone"),
        ("echo 1 > /proc/self/oom_score_adj", "alone"),
        ("echo '1.2.3.4 x' >>/etc/hosts", "alone"),
        ("ls /sys/fs/cgroup", "alone"),
        ("mount -t tmpfs x /y", "alone"),
        ("hostname x", "alone"),
        ("sh -c 'service ssh start'", "alone"),
        ("/etc/init.d/mysql start && mysql -e 'a'", "alone"),
        ("catalina.sh start", "alone"),
        ("redis-server --daemonize yes", "alone"),
        ("nohup x", "alone"),
        ("sudo -u postgres pg_ctl -D /x -w start", "alone"),
        ("--mount=type=tmpfs,target=/w a", "alone"),
        ("--mount=target=/w,rw a", "alone"),
        ("--mount=target=/w,readwrite=true a", "alone"),
        ("--mount=type=bind,target=/w,rw=false a", "free"),
        ("--mount=type=cache,target=/w a", "free"),
        ("--mount=type=secret,id=x a", "free"),
    ] {
        assert_eq!(stands(run, "/", "root"), expected, "{run}");
    }
    let variable = "FROM x\nENV S=/dev/shm\nRUN echo a > $S/f\n";
    let file = File::parse(variable.as_bytes()).unwrap();
    let text = StepText::new("echo a > $S/f", &[], file.state(2), StepUser::Root);
    assert!(text.is_alone());
    let file = File::parse(b"FROM x\nENV BASH_ENV=/e\nRUN a\n").unwrap();
    assert!(StepText::new("a", &[], file.state(2), StepUser::Root).is_alone());
}

#[test]
fn whose_groups_change() {
    for (run, user, expected) in [
        ("useradd -m dev", "root", "free"),
        ("groupadd crew", "root", "free"),
        ("adduser --system x", "root", "free"),
        ("groupadd crew && useradd -G crew dev", "root", "free"),
        ("usermod -aG crew dev", "root", "free"),
        ("usermod -aG crew root", "root", "last"),
        ("adduser root crew", "root", "last"),
        ("gpasswd -a root crew", "root", "last"),
        ("groupadd -U root crew", "root", "last"),
        ("usermod -aG crew $NAME", "root", "last"),
        ("sed -i s/a/b/ /etc/group", "root", "last"),
        ("echo 'crew:x:5:root' >> /etc/group", "root", "last"),
        ("usermod -d /srv/home root", "root", "last"),
        ("sudo usermod -aG docker dev", "dev", "last"),
        ("sudo usermod -aG docker $(whoami)", "dev", "last"),
        ("sudo useradd other", "1000", "last"),
    ] {
        assert_eq!(stands(run, "/", user), expected, "{run}");
    }
}

#[test]
fn folders_shells_and_links_that_change() {
    for (run, workdir, expected) in [
        ("rm -rf /var/lib/apt/lists/*", "/tmp/build", "free"),
        ("rm -rf /tmp/build", "/", "free"),
        ("rm -rf *", "/tmp/build", "free"),
        ("rm -rf sub", "/tmp/build", "free"),
        ("rm -rf /tmp/build", "/tmp/build", "last"),
        ("rm -rf /tmp/build/", "/tmp/build", "last"),
        ("rm -rf /tmp/*", "/tmp/build", "last"),
        ("rm -rf /tmp", "/tmp/build", "last"),
        ("rm -rf ../build", "/tmp/build", "last"),
        ("cd / && rm -rf tmp/build", "/tmp/build", "last"),
        ("cd /tmp && mv build other", "/tmp/build", "last"),
        ("cd /tmp && mv x y", "/tmp/build", "free"),
        ("mv /tmp/build /opt/x", "/tmp/build", "last"),
        ("rm -rf $PWD", "/tmp/build", "last"),
        ("rm -rf ~/x", "/root/x", "last"),
        ("find /tmp -mindepth 1 -delete", "/tmp/build", "last"),
        ("ls /tmp | xargs rm -rf", "/tmp/build", "last"),
        ("rm -rf /tmp/building", "/tmp/build", "free"),
        ("ln -sf /bin/bash /bin/sh", "/", "last"),
        ("cd /bin && ln -sf bash sh", "/", "last"),
        ("useradd -s /bin/bash dev", "/", "free"),
        ("ln -s /a /b", "/", "free"),
        ("ln -fs /a /b", "/", "free"),
        ("ln /a /b", "/", "last"),
        ("cp -al /a /b", "/", "last"),
        ("cp -a /a /b", "/", "free"),
    ] {
        assert_eq!(stands(run, workdir, "root"), expected, "{run} in {workdir}");
    }
}
