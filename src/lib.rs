//! `mad` builds the container image that coding agents work in. This page is the floor plan: one
//! paragraph a module, from the ground up, and who may call whom. Arrows point downwards only.
//!
//! Crates of their own, which the compiler keeps from calling anything here:
//!
//! - `hash`: SHA-256 in small hexadecimal.
//! - [`dockerfile`]: any Dockerfile. A model that loses no byte, the state at every instruction, the
//!   audit of its users, what each step reads and writes, and the order with the fewest switches. No
//!   I/O.
//! - [`npm`]: packages of an npm registry. Versions, integrity, single files of a tarball, cache.
//! - [`engine`]: the Docker edge. Connect, capabilities, session, solve, images, containers; and a
//!   replay of recorded builds, for tests.
//! - [`nvidia`]: NVIDIA's cards, by what its tools say; why a container or a host cannot use them. Touches
//!   the machine only to ask `nvidia-smi`, and to look for device files.
//! - [`runtime_config`]: the configuration of `mad-runtime`, the program in the image: what its keys are
//!   and what is wrong with them. No I/O.
//! - [`patch_engine`]: unified diffs. Lint, locate, apply, merge; the parse proof of a result. No I/O.
//! - `mad-runtime`, in `runtime/`: the program in the image. The MCP gateway, the watch over programs, logs, mounts,
//!   GPU; built for musl by `build.rs` and carried in `mad` as bytes. Its own crates: `mcp-frame`, where a message of
//!   MCP ends and what its id is, and `zstd-search`, the search for repeats in a little memory.
//! - `test-support`: what tests of several crates share.
//!
//! Modules:
//!
//! - [`redact`]: values that may be secrets, as keyed hashes. Calls nothing.
//! - [`text`]: numbers, sizes and durations as people read them. Calls nothing.
//! - [`limits`]: every limit on what is taken in, in one table. Calls nothing.
//! - [`project`]: where things come from. The project folder, its settings (`mad.yaml`), the assets
//!   inside the binary, the files that lie over them. Calls nothing.
//! - [`profile`]: the YAML profiles. Load, extend, merge, check; every value carries its line. Calls
//!   `project` and `runtime_config`; of `npm` only what a name and a version are.
//! - [`patch`]: patch series of npm packages. Series, matrix, probes, and the verification of all that.
//!   Calls `project`, `hash`, `patch_engine`, `npm`, and `engine` to run probes.
//! - [`timing`]: the time of every step. Live, recorded, kept, judged, explained; the format that is
//!   stored. Calls `engine`'s facts, `profile`'s alert conditions, `limits`,
//!   `redact` and `text`.
//! - [`render`]: profile and templates become a plan: stages, steps with their inputs, a Dockerfile, a
//!   context. Calls `project`, `profile`, `patch`, `patch_engine`, `dockerfile`, `hash`, `nvidia`, `runtime_config`; of `engine` only the
//!   frontend's level, of `timing` only the stored form of a step's inputs.
//! - [`image`]: a built image from inside. Every path and which step wrote it, its configuration,
//!   what differs between two. Calls `engine` to stream it.
//! - [`proof`]: two Dockerfiles built and their images compared. Calls `dockerfile`, `engine`, `hash`,
//!   `image`, `timing`, and `project` for `.dockerignore`.
//! - [`verify`]: a built image tried: started without network, its files and patches looked through, judged by
//!   what its profile wants. Calls `engine`, `profile`, `patch`, `timing`, `text`, and `runtime_config`.
//! - [`build`]: one build. Plan, solve, promote or hold, record; tells an observer. Calls `render`,
//!   `engine`, `timing`, `redact`, `hash`; of `project` only its source.
//! - [`lock`]: exact versions of a profile's packages. What to resolve, what the answer changes in the
//!   profile and its lock files, and `mad.lock` against what is there. Calls `profile`, `project` and
//!   `render`.
//! - [`compose`]: an image run with Compose: the program, the person, what of the host it is told. Calls
//!   `render` and `hash`.
//! - [`detect`]: what a folder is of, by its manifests, and what a profile for it would hold. Calls
//!   `lock` for the packages, `profile` for its rules, and `project`.
//! - [`bake`]: bake files, which `docker buildx bake` builds rendered folders by. Calls nothing.
//! - [`base`]: a base image from the distribution's packages, where no registry is. Calls `engine` and
//!   `hash`.
//! - [`builders`]: builders that are not this machine's engine: which one a profile goes to, buildx's own,
//!   how a cluster runs some. Calls `hash`, and `profile` for what the name of an image is.
//! - [`gpu`]: the GPUs of the machine that containers run on: whether a container can get one, how, and why
//!   not. Calls `engine`'s facts and `nvidia`.
//! - [`status`]: running containers from outside: the engine's facts, and what `mad-runtime` in each says.
//!   Calls `engine`.
//! - [`notify`]: whom an alert tells: a command, a webhook. Calls nothing.
//! - [`ui`]: the terminal. Streams, colour, live progress, errors. Calls `timing`'s facts and
//!   `text`.
//! - [`report`]: facts become bytes: tables, JSON, Markdown, HTML, JUnit, SARIF, annotations. Pure
//!   functions. Calls the facts of `patch`, `timing`, `proof`, `image`, `status`, `verify`, `dockerfile` and
//!   `patch_engine`, `ui` for lines, durations and sizes, `text`, `limits`, `redact` and `hash`.
//! - [`cli`]: what was typed, one file a command. Calls everything; only here is the environment
//!   read, something printed, an exit code chosen.

pub mod bake;
pub mod base;
pub mod build;
pub mod builders;
pub mod cli;
pub mod compose;
pub mod detect;
pub mod gpu;
pub mod image;
pub mod limits;
pub mod lock;
pub mod notify;
pub mod patch;
pub mod profile;
pub mod project;
pub mod proof;
pub mod redact;
pub mod render;
pub mod report;
pub mod status;
pub mod text;
pub mod timing;
pub mod ui;
pub mod verify;
