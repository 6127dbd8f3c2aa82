//! The plan: what is built, step by step, and the bytes that the engine gets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::directives;
use super::inputs::Inputs;
use super::sources::{Source, sources};
use super::template::{self, Rendered};
use super::used_values::used_values;
use super::{Compose, Context, RenderError, compose_gpu, patches, run_origin};
use crate::profile::Loaded;
use crate::project::{DockerIgnore, Project};
use crate::timing::record::{InputFile, Origin};
use dockerfile::{File, Instruction};
use engine::FrontendLevel;
use hash;

/// A rendered profile.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Profile name, for example `cpu`.
    pub profile: String,
    /// The image that its first stage starts from.
    pub base: String,
    /// SHA-256 over the Dockerfile and the context, in hexadecimal.
    pub hash: String,
    /// The Dockerfile; it is in `context` too.
    pub dockerfile: String,
    /// What the engine gets.
    pub context: Context,
    /// Every instruction that the engine executes, in the order of the Dockerfile.
    pub steps: Vec<Step>,
    /// The level of the Dockerfile.
    pub level: FrontendLevel,
    /// The templates that wrote the Dockerfile: path to SHA-256.
    pub templates: BTreeMap<String, String>,
    /// The profile's values, see [`Loaded::values`].
    pub values: BTreeMap<String, String>,
    /// The keys of the profile that `--set` and `--base` changed.
    pub set: BTreeSet<String>,
    /// What the person should know of the files, each on a line.
    pub notes: Vec<String>,
    /// By the line of an instruction in the Dockerfile: the values that its template names.
    pub(super) used_values: BTreeMap<usize, BTreeSet<String>>,
    /// How the image is run; nothing for a plan that only resolves packages.
    pub compose: Option<Compose>,
    /// Files beside the Dockerfile with which Compose gives the container a GPU: name and text.
    pub gpu_files: Vec<(&'static str, String)>,
    /// Files that the image must have, by path, with the SHA-256 that matrix.lock proves.
    pub patched: BTreeMap<String, String>,
    /// The Dockerfile, read back.
    pub(super) file: File,
    /// The files of the context, by path; the Dockerfile is not among them.
    pub(super) files: Vec<Arc<InputFile>>,
}

/// One instruction that the engine executes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Stage, hash of the instruction, and which occurrence it is: the same in every build of the
    /// same instruction, whatever stands around it.
    pub id: String,
    /// Stage name.
    pub stage: String,
    /// The `i` of the engine's `[stage i/n]`, from 1.
    pub ordinal: usize,
    /// The instruction on one line, its mounts left out.
    pub label: String,
    /// Line of the Dockerfile, from 1.
    pub line: usize,
    /// The template line that wrote it.
    pub origin: Option<Origin>,
}

impl Plan {
    /// The files of the context with their hashes, by path; the Dockerfile is not among them.
    pub fn files(&self) -> &[Arc<InputFile>] {
        &self.files
    }

    /// Stage names, in order.
    pub fn stage_names(&self) -> impl Iterator<Item = String> {
        self.file.stages().iter().enumerate().map(|(place, stage)| stage.title(place))
    }

    /// Whether a stage has that name. A number names none here: BuildKit takes one for `COPY --from` only.
    pub fn has_stage(&self, target: &str) -> bool {
        self.stage_names().any(|name| name.eq_ignore_ascii_case(target))
    }

    /// Whether a build up to `target` makes the whole image: without one, or where it is the last stage.
    pub fn is_whole(&self, target: Option<&str>) -> bool {
        let last = self.stage_names().last();
        target.is_none_or(|target| last.is_some_and(|last| last.eq_ignore_ascii_case(target)))
    }

    /// The place of the stage that `target` names; of the last one without a target.
    pub(super) fn place_of(&self, target: Option<&str>) -> Option<usize> {
        match target {
            Some(target) => self.file.stage_named(target),
            None => self.file.stages().len().checked_sub(1),
        }
    }

    /// The Dockerfile with the values that the caller gives to `ARG`s.
    pub(super) fn file_with(&self, build_args: &BTreeMap<String, String>) -> File {
        self.file.clone().with_args(build_args)
    }

    /// Writes the context as an archive: of every file what the plan's hash was taken of, or an error.
    pub fn pack<W: std::io::Write>(&self, out: W) -> std::io::Result<W> {
        self.context.tar(out, &self.files)
    }

    /// The context as a folder to build without mad. Its `.dockerignore` names what the plan
    /// copies, so that files left there by someone else stay out of the build.
    pub fn folder(&self) -> Context {
        let mut folder = self.context.clone();
        let mut ignore = "# Only what the Dockerfile copies.\n*\n".to_owned();
        for path in self.context.entries().keys() {
            ignore.push_str(&format!("!{}\n", DockerIgnore::literal(path)));
        }
        folder.insert_text(".dockerignore", ignore);
        if let Some(compose) = &self.compose {
            folder.insert_text(Compose::FILE, compose.text.clone());
        }
        for (name, text) in &self.gpu_files {
            folder.insert_text(*name, text.clone());
        }
        folder
    }

    /// The steps that `target` (the last stage without one) is built from.
    pub fn steps_for(&self, target: Option<&str>) -> Vec<&Step> {
        let place = self.place_of(target);
        let needed = place.map(|place| self.file.needed(place)).unwrap_or_default();
        let names: Vec<String> = self.stage_names().collect();
        let is_needed = |step: &&Step| needed.iter().any(|&place| names[place] == step.stage);
        self.steps.iter().filter(is_needed).collect()
    }
}

/// Renders a profile for a level of the Dockerfile frontend.
pub fn render(
    project: &Project,
    loaded: &Loaded,
    level: FrontendLevel,
) -> Result<Plan, RenderError> {
    let Inputs { facts, context, notes, plan_stands_as } = Inputs::gather(project, loaded, level)?;
    let (base, patched) = (facts.base.clone(), patches::patched(&facts.patches));
    let draft = PlanInputs {
        template: "Dockerfile.j2",
        facts,
        base,
        patched,
        context,
        notes,
        plan_stands_as,
    };
    let mut plan = assemble(project, loaded, level, draft)?;
    plan.compose = Some(Compose::render(project, loaded)?);
    plan.gpu_files = loaded.profile.gpu.iter().flat_map(compose_gpu::gpu_files).collect();
    Ok(plan)
}

/// All that a plan is made of beside the templates.
pub(super) struct PlanInputs<F> {
    /// The template that is rendered, below `templates/`.
    pub template: &'static str,
    /// What it sees.
    pub facts: F,
    pub base: String,
    pub patched: BTreeMap<String, String>,
    pub context: Context,
    pub notes: Vec<String>,
    /// Stands in the Dockerfile for the plan's hash while that is taken.
    pub plan_stands_as: String,
}

/// Renders a draft, reads the Dockerfile back and keeps of the context what it copies.
pub(super) fn assemble<F: Serialize>(
    project: &Project,
    loaded: &Loaded,
    level: FrontendLevel,
    draft: PlanInputs<F>,
) -> Result<Plan, RenderError> {
    let PlanInputs { template, facts, base, patched, mut context, notes, plan_stands_as } = draft;
    // The loader outlives this call's borrow in minijinja's eyes.
    let templates: Arc<BTreeMap<String, String>> = Arc::new(
        project
            .assets("templates")?
            .into_iter()
            .filter(|asset| !asset.path.starts_with("templates/files/"))
            .map(|asset| Ok((asset.path.clone(), asset.text()?.to_owned())))
            .collect::<Result<_, RenderError>>()?,
    );
    let heredocs = level >= FrontendLevel::V1_4;
    let Rendered { text, origins, templates: read } =
        template::render(template, &facts, heredocs, &templates).map_err(|error| {
            RenderError::Template { file: error.file, line: error.line, message: error.message }
        })?;
    directives::check(&text, &origins, &templates)?;
    let read = read.into_iter().map(|name| format!("templates/{name}"));
    let texts: BTreeMap<String, String> =
        read.map(|path| (path.clone(), templates[&path].clone())).collect();
    let templates = texts.iter().map(|(path, text)| (path.clone(), hash::sha256(text))).collect();

    let origin_of = |line: usize| origins.get(line - 1).cloned().flatten();
    let file = File::parse(text.as_bytes()).map_err(|error| {
        let line = error.line().unwrap_or(1);
        RenderError::Dockerfile { origin: place(line, origin_of(line).as_ref()), error }
    })?;
    let used_values = used_values(&file, origin_of, &texts);
    let sources = check_sources(&file, &context, origin_of)?;
    context.retain(|path| sources.iter().any(|source| source.is(path)));

    let files = context.files().map_err(RenderError::Read)?;
    let hash = plan_hash(&text, &files);
    let dockerfile = text.replace(&plan_stands_as, &hash);
    context.insert_text("Dockerfile", dockerfile.clone());

    let mut steps = steps(&file, origin_of);
    run_origin::set(&mut steps, loaded);
    Ok(Plan {
        profile: loaded.name.clone(),
        base,
        hash,
        dockerfile,
        context,
        steps,
        level,
        templates,
        values: loaded.values(),
        set: loaded.set.clone(),
        notes,
        used_values,
        compose: None,
        gpu_files: Vec::new(),
        patched,
        file,
        files,
    })
}

/// Over the Dockerfile and a line for each file of the context.
fn plan_hash(dockerfile: &str, files: &[Arc<InputFile>]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(dockerfile);
    for InputFile { path, mode, sha256 } in files.iter().map(Arc::as_ref) {
        hasher.update(format!("{mode} {sha256} {path}\n"));
    }
    hex::encode(hasher.finalize())
}

/// What the instructions copy from the context; an error for what it does not hold.
fn check_sources(
    file: &File,
    context: &Context,
    origin_of: impl Fn(usize) -> Option<Origin>,
) -> Result<Vec<Source>, RenderError> {
    let mut found = Vec::new();
    for instruction in file.blocks().iter().map(|block| &block.instruction) {
        for source in sources(instruction, file.escape()) {
            if !context.entries().keys().any(|entry| source.holds(entry)) {
                return Err(RenderError::MissingSource {
                    origin: place(instruction.line, origin_of(instruction.line).as_ref()),
                    instruction: instruction.keyword.clone(),
                    source_path: source.path().to_owned(),
                });
            }
            found.push(source);
        }
    }
    Ok(found)
}

/// The template line of a line of the Dockerfile, or that line itself where none is known.
fn place(line: usize, origin: Option<&Origin>) -> String {
    origin.map_or_else(|| format!("Dockerfile:{line}"), ToString::to_string)
}

/// The steps of all stages, in order.
pub(super) fn steps(file: &File, origin_of: impl Fn(usize) -> Option<Origin>) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut occurrences: BTreeMap<String, usize> = BTreeMap::new();
    for (place, stage) in file.stages().iter().enumerate() {
        let stage = stage.title(place);
        for numbered in file.steps(place) {
            let instruction = &numbered.block.instruction;
            let mut hasher = Sha256::new();
            hasher.update(instruction.text());
            instruction.heredocs.iter().for_each(|heredoc| hasher.update(heredoc));
            let id = format!("{stage}.{}", &hex::encode(hasher.finalize())[..12]);
            let count = occurrences.entry(id.clone()).or_default();
            *count += 1;
            steps.push(Step {
                id: if *count == 1 { id } else { format!("{id}.{count}") },
                stage: stage.clone(),
                ordinal: numbered.ordinal,
                label: label(instruction),
                line: instruction.line,
                origin: origin_of(instruction.line),
            });
        }
    }
    steps
}

/// The instruction for people: no flags but `--from`, a heredoc's commands instead of its name, and
/// none of the preparations that many steps begin with.
fn label(instruction: &Instruction) -> String {
    let from = instruction.flag("from").next().map(|from| format!(" --from={from}"));
    if let Some(command) = shell_command(instruction) {
        return format!("{} {command}", instruction.keyword);
    }
    let arguments = match instruction.heredocs.first() {
        Some(script) => commands_of(script),
        None => instruction.arguments.clone(),
    };
    let arguments = arguments.replace("\\ && ", "");
    let mut commands: Vec<&str> = arguments.split(" && ").collect();
    let prepares =
        |command: &&str| ["export ", "set -"].iter().any(|start| command.starts_with(start));
    if let Some(first) = commands.iter().position(|command| !prepares(command)) {
        commands.drain(..first);
    }
    let commands = commands.join(" && ").replace("/run/mad/", "");
    format!("{}{} {commands}", instruction.keyword, from.unwrap_or_default())
}

/// The commands of a script on one line.
fn commands_of(script: &str) -> String {
    let commands = script.lines().map(str::trim);
    let commands = commands.filter(|line| !line.is_empty() && !line.starts_with('#'));
    commands.collect::<Vec<_>>().join(" && ")
}

/// What a `RUN` in JSON gives to `sh -euc`.
fn shell_command(instruction: &Instruction) -> Option<String> {
    let is_json = instruction.keyword == "RUN" && instruction.exact.starts_with('[');
    match instruction.words().as_slice() {
        [.., shell, option, script] if is_json && shell == "sh" && option == "-euc" => {
            Some(commands_of(script))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_begin_with_what_a_step_does() {
        let label = |text: &str| {
            let file = File::parse(format!("FROM x\n{text}").as_bytes()).unwrap();
            label(&file.blocks()[1].instruction)
        };
        let chained =
            "RUN --mount=type=cache,target=/c export A=b && /run/mad/with-ca apt update && x";
        assert_eq!(label(chained), "RUN with-ca apt update && x");
        let script =
            "RUN <<EOF\nset -eu\nexport A=b\n# why\none \\\n    --flag\n\n  # why\ntwo\nEOF\n";
        assert_eq!(label(script), "RUN one --flag && two");
        assert_eq!(label("RUN export A=b"), "RUN export A=b");
        let json = r#"RUN --network=none ["env", "A=b", "sh", "-euc", "\n# why\none  x\ntwo\n"]"#;
        assert_eq!(label(json), "RUN one  x && two");
        assert_eq!(label("COPY --from=a --chown=1:1 /x /y"), "COPY --from=a /x /y");
    }

    #[test]
    fn steps_are_numbered_as_the_engine_numbers_them() {
        let text = "FROM x AS a\nENV A=b\nRUN one\nFROM a AS b\nRUN one\nRUN one\nUSER 1\n\
                    FROM scratch\nCOPY --from=b /x /\nWORKDIR /y\n";
        let file = File::parse(text.as_bytes()).unwrap();
        let steps: Vec<_> = steps(&file, |_| None)
            .into_iter()
            .map(|step| (step.stage, step.ordinal, step.line))
            .collect();
        let step = |stage: &str, ordinal, line| (stage.to_owned(), ordinal, line);
        assert_eq!(
            steps,
            [
                step("a", 2, 3),
                step("b", 1, 5),
                step("b", 2, 6),
                step("stage-2", 1, 9),
                step("stage-2", 2, 10),
            ]
        );
    }

    #[test]
    fn a_stage_is_found_whatever_the_case_of_its_name() {
        let file = File::parse(b"FROM x AS Base\nRUN one\nFROM BASE\nRUN two\n").unwrap();
        let ordinals: Vec<usize> = steps(&file, |_| None).iter().map(|step| step.ordinal).collect();
        assert_eq!(ordinals, [2, 1]);
    }

    #[test]
    fn ids_tell_equal_instructions_apart_and_hold_still() {
        let ids = |text: &str| -> Vec<String> {
            let file = File::parse(text.as_bytes()).unwrap();
            steps(&file, |_| None).into_iter().map(|step| step.id).collect()
        };
        let before = ids("FROM x AS a\nRUN one\nRUN one\n");
        assert_eq!(before[1], format!("{}.2", before[0]));
        assert_eq!(ids("FROM y AS a\nRUN zero\nRUN one\n")[1], before[0]);
    }
}
