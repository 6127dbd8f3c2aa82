//! Builds and compares on the engine.

use std::path::{Path, PathBuf};

use crate::cli::error::{Context, Result};

use super::ProofArgs;
use super::progress::ProofProgress;
use super::proposer::{Consolidator, copied_from};
use crate::cli::build::inputs;
use crate::cli::globals::Globals;
use crate::cli::users::input::Input;
use crate::cli::{engine, interrupt, runtime};
use crate::image::noise::Noise;
use crate::proof::{BuildFolder, ProposalRequest, Prover, Recipe, search};
use crate::report::users::fix::Proving;

/// The most orders to try.
const ATTEMPTS: usize = 8;

/// What came of it.
pub(super) struct Proven {
    /// What to ask the consolidator for to get the order that proved.
    pub ask: Option<ProposalRequest>,
    /// For the report.
    pub proving: Proving,
}

pub(super) fn run(
    globals: &Globals,
    args: &ProofArgs,
    input: &Input,
    proposer: &Consolidator<'_>,
) -> Result<Proven> {
    let beside = input.path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = args.context.clone();
    let folder =
        folder.unwrap_or_else(|| beside.map_or_else(|| PathBuf::from("."), Path::to_owned));
    let folder = BuildFolder::open(&folder, &input.path)?;
    let build_args = inputs::build_args(&args.build_arg)?;
    let secrets = inputs::secrets(&args.secrets)?;
    secrets.warnings().for_each(|warning| globals.note(&format!("warning: {warning}")));
    let noise = if args.strict { Noise::Strict } else { Noise::Known };
    runtime()?.block_on(async {
        let cancel = interrupt::token().context("cannot listen for signals")?;
        let engine = engine(&cancel).await?;
        let progress = ProofProgress::new(globals, args.progress);
        let recipe = Recipe {
            engine: &engine,
            folder,
            build_args,
            target: args.target.clone(),
            secrets: secrets.values,
            cancel,
            observer: Box::new(move |event| progress.take(event)),
        };
        let text = input.file.text();
        let mut prover = Prover::start(&recipe, text, noise, args.no_cache).await?;
        let found = search(&mut prover, proposer, args.attempts.unwrap_or(ATTEMPTS)).await;
        let builds = prover.builds();
        let closed = prover.close().await;
        let found = found?;
        closed?;
        let (ask, proof) = match found.best {
            Some((proposal, proof)) => (Some(proposal.ask), Some(proof)),
            None => (None, found.obstacle),
        };
        let holds = ask.is_some();
        let copied_from =
            copied_from(&input.file, args.target.as_deref(), !args.build_arg.is_empty());
        let proving = Proving { attempts: found.attempts, builds, proof, holds, copied_from };
        Ok(Proven { ask, proving })
    })
}
