//! `mad man`.

use std::path::PathBuf;

use crate::cli::error::{Context, Result};
use clap_complete::Shell;

/// Write man pages and shell completions
///
/// Without `--output`, prints the man page of `mad`: `mad man | man -l -`. With it, writes one page
/// per command to DIR/man/man1, and completions to where bash, zsh and fish look for them under
/// DIR. Those files know commands and options; `mad completions` knows the project's names too.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write all pages and completions to this folder, laid out like /usr/share
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<()> {
    let Some(folder) = &args.output else {
        let mut page = Vec::new();
        clap_mangen::Man::new(super::command()).render(&mut page)?;
        return super::print(&String::from_utf8_lossy(&page));
    };
    let made = |folder: PathBuf| -> Result<PathBuf> {
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make `{}`", folder.display()))?;
        Ok(folder)
    };
    clap_mangen::generate_to(super::command(), made(folder.join("man/man1"))?)?;
    for (shell, below, name) in [
        (Shell::Bash, "bash-completion/completions", "mad"),
        (Shell::Zsh, "zsh/vendor-completions", "_mad"),
        (Shell::Fish, "fish/vendor_completions.d", "mad.fish"),
    ] {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut super::command(), "mad", &mut script);
        let path = made(folder.join(below))?.join(name);
        std::fs::write(&path, script)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(())
}
