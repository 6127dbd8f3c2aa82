//! Files of the project on their way into the image.

use std::time::{Duration, SystemTime};

use crate::support::{Engine, Image, Project, unique};

/// A project with a folder `app`, and files that must stay outside.
fn app(engine: &Engine) -> Project {
    let salt = unique("app");
    let project = Project::with_template(
        engine,
        &format!(
            "FROM ${{BASE}}\n\
             RUN echo {salt} > /salt\n\
             {{% for file in files %}}\n\
             COPY {{{{ file.source }}}} {{{{ file.dest }}}}\n\
             {{% endfor %}}\n\
             RUN echo after >> /salt\n"
        ),
    );
    project.write(
        "profiles/small.yaml",
        &format!("base: {}\nfiles:\n  - source: app\n    dest: /srv/app\n", engine.base()),
    );
    project.write(".dockerignore", "**/*.log\napp/cache\n!app/keep.log\n");
    project.write("app/main.py", &format!("print('{salt}')\n"));
    project.write("app/bin/tool", "#!/bin/sh\necho tool\n");
    project.set_mode("app/bin/tool", 0o755);
    project.write("app/private", "only me\n");
    project.set_mode("app/private", 0o600);
    project.write("app/.hidden", "dot\n");
    project.write("app/name with space", "space\n");
    project.link("app/link", "bin/tool");
    project.write("app/debug.log", "no\n");
    project.write("app/keep.log", "yes\n");
    project.write("app/cache/blob", "no\n");
    project.write("secrets.env", "outside of what is copied\n");
    project
}

#[test]
fn only_what_is_copied_is_in_the_context() {
    let engine = Engine::take();
    let (project, out) = (app(&engine), Project::empty());
    project.command("render", "small").args(["-o"]).args([out.path()]).good();
    let mut found = Vec::new();
    let mut folders = vec![out.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(out.path()).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    assert_eq!(
        found,
        [
            ".dockerignore",
            "Dockerfile",
            "compose.yaml",
            "project/app/.hidden",
            "project/app/bin/tool",
            "project/app/keep.log",
            "project/app/link",
            "project/app/main.py",
            "project/app/name with space",
            "project/app/private",
        ]
    );
}

#[test]
fn modes_and_links_arrive() {
    let engine = Engine::take();
    let (project, tag) = (app(&engine), Image::named("files"));
    project.build(&tag).good();
    let listed =
        engine.run(&tag, &["find", "/srv/app", "-mindepth", "1", "-printf", "%P %M %u %l\\n"]);
    let mut listed: Vec<&str> = listed.lines().map(str::trim_end).collect();
    listed.sort_unstable();
    assert_eq!(
        listed,
        [
            ".hidden -rw-r--r-- root",
            "bin drwxr-xr-x root",
            "bin/tool -rwxr-xr-x root",
            "keep.log -rw-r--r-- root",
            "link lrwxrwxrwx root bin/tool",
            "main.py -rw-r--r-- root",
            "name with space -rw-r--r-- root",
            "private -rw-r--r-- root",
        ]
    );
    assert_eq!(engine.run(&tag, &["/srv/app/link"]), "tool\n");
}

#[test]
fn only_content_and_modes_count_for_the_cache() {
    let engine = Engine::take();
    let (project, tag) = (app(&engine), Image::named("files-cache"));
    let first = project.build(&tag).events();
    assert_eq!(first.executed().len(), 3, "{first:?}");

    let file =
        std::fs::File::options().write(true).open(project.path().join("app/main.py")).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(86_400)).unwrap();
    project.write("app/debug.log", "changed, and ignored\n");
    project.write("secrets.env", "changed, and not copied\n");
    let touched = project.build(&tag).events();
    assert_eq!(touched.executed(), [""; 0]);
    assert_eq!(touched.image_id(), first.image_id());

    project.set_mode("app/main.py", 0o755);
    let executed = project.build(&tag).events().executed();
    assert!(executed[0].contains("COPY project/app /srv/app"), "{executed:?}");
    assert_eq!(executed.len(), 2, "{executed:?}");

    project.write("app/main.py", "print('edited')\n");
    let edited = project.build(&tag).events();
    assert_eq!(edited.executed(), executed);
    assert_ne!(edited.image_id(), first.image_id());
}

#[test]
fn links_arrive_as_links_wherever_they_lead() {
    let engine = Engine::take();
    let (project, tag) = (app(&engine), Image::named("files-links"));
    // As every virtual environment of Python has one.
    project.link("app/bin/python", "/usr/bin/python3");
    project.link("app/outside", "../../../../../../etc/passwd");
    project.write(
        "profiles/small.yaml",
        &format!(
            "base: {}\nfiles:\n  - {{source: app, dest: /srv/app}}\n  \
             - {{source: app/bin/python, dest: /opt/python/python3}}\n  \
             - {{source: app/bin/python, dest: /srv/}}\n",
            engine.base()
        ),
    );
    project.build(&tag).good().says(&["note: `app/bin/python` is copied as the link that it is"]);
    let links = ["/srv/app/bin/python", "/srv/app/outside", "/opt/python/python3", "/srv/python"];
    let targets = engine.run(&tag, &[&["readlink"], &links[..]].concat());
    assert_eq!(
        targets,
        "/usr/bin/python3\n../../../../../../etc/passwd\n/usr/bin/python3\n/usr/bin/python3\n"
    );
    // The folders that were there keep their modes.
    let modes = ["stat", "-c", "%a %u:%g", "/srv", "/opt"];
    assert_eq!(engine.run(&tag, &modes), engine.run(engine.base(), &modes));
}

#[test]
fn nothing_is_read_through_a_link_that_leaves_the_project() {
    let engine = Engine::take();
    let (project, tag) = (app(&engine), Image::named("files-bad"));
    project.link("app/etc", "/etc");
    project.write(
        "profiles/small.yaml",
        &format!("base: {}\nfiles: [{{source: app/etc/passwd, dest: /x}}]\n", engine.base()),
    );
    project.build(&tag).run().expect_code(2).says(&["app/etc/passwd", "leaves the project"]);
    assert_eq!(tag.id(), None);
}
