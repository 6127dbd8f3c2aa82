//! `mad builders manifest`.

use crate::builders::Manifest;
use crate::cli::error::Result;

/// Print the Kubernetes manifest of builders, for `kubectl apply -f -`
///
/// BuildKit without root behind mutual TLS: a StatefulSet with a volume for each one's cache, a Service, and an
/// autoscaler. The certificates come in a secret, NAME-certs; the text says how to make it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name of all objects
    #[arg(long, value_name = "NAME", default_value = "buildkit")]
    name: String,
    /// Their namespace [default: that of kubectl's context]
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// The image, one of BuildKit's `rootless` ones
    #[arg(long, value_name = "IMAGE", default_value = "moby/buildkit:v0.19.0-rootless")]
    image: String,
    /// Architecture of the nodes: `amd64` or `arm64` [default: any]
    #[arg(long, value_name = "ARCH")]
    arch: Option<String>,
    /// The least builders
    #[arg(long, value_name = "N", default_value_t = 1)]
    min: u32,
    /// The most builders
    #[arg(long, value_name = "N", default_value_t = 4)]
    max: u32,
    /// Size of each one's cache
    #[arg(long, value_name = "SIZE", default_value = "50Gi")]
    storage: String,
    /// Processors that each one asks for
    #[arg(long, value_name = "CPUS", default_value = "2")]
    cpu: String,
    /// Memory that each one asks for
    #[arg(long, value_name = "SIZE", default_value = "4Gi")]
    memory: String,
}

pub fn run(args: &Args) -> Result<()> {
    let manifest = Manifest {
        name: args.name.clone(),
        namespace: args.namespace.clone(),
        image: args.image.clone(),
        arch: args.arch.clone(),
        replicas: (args.min, args.max),
        storage: args.storage.clone(),
        cpu: args.cpu.clone(),
        memory: args.memory.clone(),
    };
    super::super::print(&manifest.yaml()?)
}
