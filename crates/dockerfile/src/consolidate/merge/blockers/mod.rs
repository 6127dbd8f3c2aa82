//! What every `RUN` has anew, and steps in one `RUN` would share; and what one of them would still have
//! as it was when it started.
//!
//! | new for every `RUN` | so a step stays apart that |
//! |---|---|
//! | `/dev`, `/dev/shm`, `/proc`, `/sys`, `/etc/hosts` and the like, `tmpfs`, writable bind mounts | names one |
//! | the processes: none is left of the step before | may leave one running |
//! | host name, network, limits, IPC of the container | sets one |
//! | the shell, its groups, `HOME`, its `BASH_ENV` | changes where they come from: nothing stands behind it |
//! | the working folder: it is made again where it is gone | removes or moves it: nothing stands behind it |
//! | the layer: files below are copied up before they change, which parts hard links, and a folder below cannot be renamed | makes hard links: nothing stands behind it; renames what the steps before it name |
//!
//! All this is read from the text of the step, which cannot say what a program does. A proof says the rest.

mod container;
mod folder;
mod layer;
mod names;
mod shell;
mod text;
mod user;

pub(super) use text::StepText;

#[cfg(test)]
mod tests;
