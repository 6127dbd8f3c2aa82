//! Patches in images: probes in containers, and the patched files before a tag moves.
//!
//! The package is a text, and the `node` of the image a shell: what is tested is who runs what, and
//! what is compared.

use crate::support::{Done, Engine, Image, Mad, Project};

const TEMPLATE: &str = "\
FROM ${BASE} AS base
WORKDIR /opt/mad/node/node_modules/demo
RUN echo '{\"name\": \"demo\", \"version\": \"1.0.0\"}' > package.json && printf 'a\\nFAULT\\nc\\n' > f.txt
RUN printf '#!/bin/sh\\nexec /bin/sh \"$@\"\\n' > /usr/bin/node && chmod +x /usr/bin/node
";

const SERIES: &str = "\
schema: mad.series/1
package: demo
patches:
  - id: one
    why: w
    upstream: u
    remove_when: r
    target: f.txt
    probe: probes/one.mjs
    variants: [{versions: '*', file: one.patch}]
";

const PATCH: &str = "--- a/f.txt\n+++ b/f.txt\n@@ -1,3 +1,3 @@\n a\n-FAULT\n+mended\n c\n";
const LOCK: &str = r#"{"packages": {"": {"dependencies": {"demo": "1.0.0"}}}}"#;

/// It would pass for good if what a run leaves behind were found by another.
const PROBE: &str = "\
for place in \"$HOME\" /tmp \"$1\" /dev/shm \"$(dirname \"$0\")\"; do
  if [ -e \"$place/left\" ]; then exit 3; fi
  touch \"$place/left\" 2>/dev/null
done
grep -q mended \"$1/f.txt\"
";

fn verify(project: &Project, arguments: &[&str]) -> Mad {
    let folder = project.path().to_str().expect("a UTF-8 path");
    Mad::new(["-C", folder, "patch", "verify", "--series", "s"]).args(arguments)
}

fn profile(engine: &Engine, patches: &str) -> String {
    format!(
        "base: {}\nnode: {{packages: {{demo: 1.0.0}}, lock: lock.json}}\npatches: [{patches}]\n",
        engine.base()
    )
}

#[track_caller]
fn shows(done: &Done, all: &[&str]) {
    for text in all {
        assert!(done.stdout.contains(text), "`{text}` is missing in:\n{}", done.stdout);
    }
}

#[test]
fn an_image_is_what_was_proven_or_gets_no_tag() {
    let engine = Engine::take();
    let (tag, project) = (Image::named("patched"), Project::with_template(&engine, TEMPLATE));
    project.write("lock.json", LOCK);
    project.write("profiles/small.yaml", &profile(&engine, ""));
    project.build(&tag).good();
    let unpatched = tag.id();

    project.write("patches/s/series.yaml", SERIES);
    project.write("patches/s/one.patch", PATCH);
    project.write("patches/s/probes/one.mjs", PROBE);
    project.write("pkg/package.json", r#"{"name": "demo", "version": "1.0.0"}"#);
    project.write("pkg/f.txt", "a\nFAULT\nc\n");
    let pkg = project.path().join("pkg");
    let pkg = pkg.to_str().expect("a UTF-8 path");
    let recording = verify(&project, &[pkg, "--probe-image", &*tag, "--update"]).good();
    shows(&recording, &["one  exact", "\nverified; "]);

    // One probe is a series, too.
    let seen = verify(&project, &["--image", &*tag]).run().expect_code(5);
    shows(&seen, &["probe one", "FAILS", "not verified; 1 probe run in the image"]);

    // The steps end well and the label says exact; the file is not what was proven.
    project.write("profiles/small.yaml", &profile(&engine, "s"));
    project.template(&format!("{TEMPLATE}RUN echo again\n"));
    let refused = project.build(&tag).run().expect_code(5);
    refused.says(&["/opt/mad/node/node_modules/demo/f.txt", "no tag was moved"]);
    assert_eq!(tag.id(), unpatched);

    project.template(&TEMPLATE.replace("FAULT", "mended"));
    project.build(&tag).good();
    assert_ne!(tag.id(), unpatched);
    let seen = verify(&project, &["--image", &*tag]).good();
    shows(&seen, &["probe one", "passes", "\nverified; "]);
}

#[test]
fn two_series_on_one_file_are_refused_before_anything_is_built() {
    let engine = Engine::take();
    let project = Project::with_template(&engine, TEMPLATE);
    project.write("lock.json", LOCK);
    for series in ["s", "t"] {
        project.write(&format!("patches/{series}/series.yaml"), SERIES);
        project.write(&format!("patches/{series}/one.patch"), PATCH);
        project.write(&format!("patches/{series}/probes/one.mjs"), PROBE);
    }
    project.write("profiles/small.yaml", &profile(&engine, "s, t"));
    let refused = project.command("render", "small").run().expect_code(2);
    refused.says(&["`s` and `t` are both about `f.txt` of demo", "make one series of both"]);
}
