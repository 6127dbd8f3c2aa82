//! What steps are made from, on small Dockerfiles.

use super::*;
use crate::render::plan::steps;
use crate::render::{Context, ContextEntry};
use engine::FrontendLevel;

/// A plan of this Dockerfile, with a context of a few files.
fn plan(dockerfile: &str) -> Plan {
    let file = File::parse(dockerfile.as_bytes()).unwrap();
    let mut context = Context::default();
    for path in ["files/a", "files/deep/b", "filesystem", "locks/cpu.txt"] {
        context.insert_text(path, path);
    }
    context.insert("files/link", ContextEntry::Link { target: "a".to_owned() });
    context.insert("run", ContextEntry::File { bytes: Vec::new(), executable: true });
    Plan {
        profile: "test".to_owned(),
        base: String::new(),
        hash: String::new(),
        dockerfile: dockerfile.to_owned(),
        steps: steps(&file, |_| None),
        level: FrontendLevel::V1_4,
        templates: BTreeMap::new(),
        notes: Vec::new(),
        compose: None,
        gpu_files: Vec::new(),
        patched: BTreeMap::new(),
        values: BTreeMap::new(),
        set: BTreeSet::new(),
        used_values: BTreeMap::new(),
        file,
        files: context.files().unwrap(),
        context,
    }
}

fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

/// The inputs of the step whose label begins so.
fn inputs(plan: &Plan, label: &str, build_args: &[(&str, &str)]) -> StepInputs {
    let step = plan.steps.iter().find(|step| step.label.starts_with(label));
    let id = &step.unwrap_or_else(|| panic!("no step `{label}`")).id;
    plan.inputs(None, &given(build_args)).remove(id).unwrap()
}

#[test]
fn a_run_sees_the_whole_state() {
    for (above, state, args) in [
        ("", &[][..], &[][..]),
        ("ENV A=1 B=\"x y\"", &["ENV A=1", "ENV B=x y"], &[]),
        ("ENV A=1\nENV A=2", &["ENV A=2"], &[]),
        // An assignment does not see its neighbours.
        ("ENV A=1\nENV A=2 B=$A", &["ENV A=2", "ENV B=1"], &[]),
        ("USER 1:1\nUSER 2:2", &["USER 2:2"], &[]),
        ("WORKDIR /a\nWORKDIR b", &["WORKDIR /a/b"], &[]),
        ("ENV D=/d\nWORKDIR ${D}/x", &["ENV D=/d", "WORKDIR /d/x"], &[]),
        ("SHELL [\"bash\", \"-c\"]", &["SHELL [\"bash\", \"-c\"]"], &[]),
        ("ARG UID=1000\nENV U=u$UID", &["ENV U=u1000"], &[("UID", "1000")]),
        ("ENV A= B=${A-x} C=${N-x}", &["ENV A=", "ENV B=x", "ENV C=x"], &[]),
        ("ENV A=\nENV B=${A-x}${N-y}", &["ENV A=", "ENV B=y"], &[]),
        ("ARG UID=1000\nARG GID=${UID}", &[], &[("GID", "1000"), ("UID", "1000")]),
        // Given from outside; without default and not given; declared outside and taken in.
        ("ARG GIVEN=no", &[], &[("GIVEN", "yes")]),
        ("ARG MISSING", &[], &[]),
        ("ARG OUTER", &[], &[("OUTER", "out")]),
        // Secrets are hidden when a record is made of them.
        ("ARG NPM_TOKEN=x\nENV RC=$NPM_TOKEN", &["ENV RC=x"], &[("NPM_TOKEN", "x")]),
        ("LABEL a=b\nEXPOSE 80\nCMD x", &[], &[]),
    ] {
        let plan = plan(&format!("ARG OUTER=out\nFROM x\n{above}\nRUN it\n"));
        let inputs = inputs(&plan, "RUN it", &[("GIVEN", "yes")]);
        let (state, args) = (state.to_vec(), given(args));
        assert_eq!((inputs.state, inputs.args), (owned(&state), args), "{above}");
    }
    let exec = plan("FROM x\nSHELL [\"bash\"]\nRUN [\"it\"]\n");
    assert!(inputs(&exec, "RUN", &[]).state.is_empty());
}

#[test]
fn a_copy_sees_what_it_names() {
    let above = "FROM x\nARG UID=7\nARG OTHER=1\nENV D=/d\nENV E=/e\nUSER 1\nWORKDIR /w\n";
    for (copy, state, args) in [
        ("COPY run /x", &[][..], &[][..]),
        ("COPY run ./", &["WORKDIR /w"], &[]),
        ("COPY run $D/", &["ENV D=/d", "WORKDIR /w"], &[]),
        ("COPY --chown=${UID}:${UID} run /x", &[], &[("UID", "7")]),
    ] {
        // Flags are not among the words, but their variables count.
        let inputs = inputs(&plan(&format!("{above}{copy}\n")), "COPY", &[]);
        assert_eq!((inputs.state, inputs.args), (owned(state), given(args)), "{copy}");
    }
}

#[test]
fn files_are_those_below_the_sources() {
    for (instruction, files) in [
        ("RUN x", &[][..]),
        ("COPY files /x", &["0644 files/a", "0644 files/deep/b", "link files/link"]),
        ("COPY ./files/deep/ run /x/", &["0644 files/deep/b", "0755 run"]),
        ("COPY --from=other files /x", &[]),
        ("RUN --mount=type=bind,source=locks/cpu.txt,target=/l x", &["0644 locks/cpu.txt"]),
        ("RUN --mount=src=run,target=/l x", &["0755 run"]),
        ("RUN --mount=type=cache,source=run,target=/l x", &[]),
        ("RUN --mount=type=bind,from=other,source=run,target=/l x", &[]),
        ("WORKDIR files", &[]),
    ] {
        let keyword = instruction.split(' ').next().unwrap();
        let plan = plan(&format!("FROM scratch AS other\nFROM x\n{instruction}\n"));
        let inputs = inputs(&plan, keyword, &[]);
        let found: Vec<String> =
            inputs.files.iter().map(|file| format!("{} {}", file.mode, file.path)).collect();
        assert_eq!(found, files, "{instruction}");
    }
    let plan = plan("FROM x\nCOPY files /x\n");
    let link = inputs(&plan, "COPY", &[]).files.pop().unwrap();
    assert_eq!(link.sha256, hash::sha256("a"));
}

const STAGES: &str = "\
ARG BASE=debian:trixie
FROM ${BASE} AS Base
ENV A=1
RUN one
FROM base AS tools
RUN two
FROM base AS empty
USER 5
FROM empty AS last
COPY --from=tools /t /t
COPY --from=1 /u /u
COPY --from=golang:1 /g /g
RUN --mount=from=tools,target=/t three
FROM scratch AS bare
COPY --from=last /x /x
FROM alpine:3 AS unused
RUN four
FROM bare
WORKDIR /y
";

#[test]
fn steps_need_the_one_before_and_those_they_copy_from() {
    let plan = plan(STAGES);
    let inputs = plan.inputs(None, &BTreeMap::new());
    let label = |id: &String| {
        let step = plan.steps.iter().find(|step| step.id == *id).unwrap();
        format!("{} {}", step.stage, step.label)
    };
    let lines: Vec<String> = plan
        .steps_for(None)
        .iter()
        .map(|step| {
            let inputs = &inputs[&step.id];
            let needs: Vec<String> = inputs.needs.iter().map(label).collect();
            format!("{}: {needs:?} {:?} {:?}", label(&step.id), inputs.images, inputs.state)
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    base RUN one: [] ["debian:trixie"] ["ENV A=1"]
    tools RUN two: ["base RUN one"] [] ["ENV A=1"]
    last COPY --from=tools /t /t: ["base RUN one", "tools RUN two"] [] []
    last COPY --from=1 /u /u: ["last COPY --from=tools /t /t", "tools RUN two"] [] []
    last COPY --from=golang:1 /g /g: ["last COPY --from=1 /u /u"] ["golang:1"] []
    last RUN three: ["last COPY --from=golang:1 /g /g", "tools RUN two"] [] ["ENV A=1", "USER 5"]
    bare COPY --from=last /x /x: ["last RUN three"] [] []
    stage-6 WORKDIR /y: ["bare COPY --from=last /x /x"] [] []
    "#);
    assert!(plan.inputs(Some("base"), &BTreeMap::new()).len() == 1);
}

#[test]
fn images_are_named_as_their_arguments_say() {
    let plan = plan(STAGES);
    let images = |target, args: &[(&str, &str)]| -> Vec<String> {
        plan.images(target, &given(args)).into_iter().collect()
    };
    assert_eq!(images(None, &[]), ["debian:trixie", "golang:1"]);
    assert_eq!(images(Some("tools"), &[("BASE", "ubuntu:24.04")]), ["ubuntu:24.04"]);
    assert_eq!(images(Some("unused"), &[]), ["alpine:3"]);
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| line.to_string()).collect()
}
