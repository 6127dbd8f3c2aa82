//! What the engine at hand says of the images that a Dockerfile starts from.

use std::time::Duration;

use dockerfile::{BaseFacts, Bases, File};
use engine::DockerEngine;

use crate::cli::{environment, runtime};

/// How long the engine may take to answer for all of them: without an answer they are unknown.
const PATIENCE: Duration = Duration::from_secs(3);

/// Images that are asked for; no Dockerfile has more.
const MOST: usize = 64;

/// The file with what is known of its base images; as it is where no engine answers.
pub fn known(file: File) -> File {
    let images: Vec<String> = file.images().into_iter().take(MOST).map(str::to_owned).collect();
    if images.is_empty() {
        return file;
    }
    let Ok(runtime) = runtime() else { return file };
    let bases = runtime.block_on(async {
        // What did not come in time is as if nobody had been asked.
        tokio::time::timeout(PATIENCE, ask(&images)).await.unwrap_or_default()
    });
    file.with_bases(&bases)
}

async fn ask(images: &[String]) -> Bases {
    let mut bases = Bases::new();
    let Ok(engine) = DockerEngine::connect(&environment::docker_settings()).await else {
        return bases;
    };
    for image in images {
        let Ok(Some(config)) = engine.image_config(image).await else { continue };
        let pair = |pair: &String| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name.to_owned(), value.to_owned())
        };
        let facts = BaseFacts {
            user: config.user,
            env: config.env.iter().map(pair).collect(),
            workdir: config.working_dir,
            shell: config.shell,
            onbuild: config.on_build,
        };
        bases.insert(image.clone(), facts);
    }
    bases
}
