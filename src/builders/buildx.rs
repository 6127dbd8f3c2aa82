//! Builders that `docker buildx create` has made, as its state files have them
//! (docker/buildx, `store/nodegroup.go`): `~/.docker/buildx/instances/NAME`.

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

/// One of them, as far as mad uses it: its first node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instance {
    /// BuildKit at an address, with the options of [`engine::BuilderAddress`].
    Remote {
        /// `tcp://…` and so on.
        address: String,
        /// `cacert`, `cert`, `key`, `servername`.
        options: BTreeMap<String, String>,
    },
    /// BuildKit in a container of an engine.
    Container {
        /// Its name.
        container: String,
        /// The engine: a host or a Docker context.
        endpoint: String,
    },
}

/// Why one cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InstanceError {
    /// It is no state file of buildx.
    #[error("{0}")]
    Unreadable(String),
    /// It has no node.
    #[error("it has no node")]
    Empty,
    /// It is an engine, which needs no builder.
    #[error(
        "it is the engine at `{endpoint}` itself: name that with DOCKER_HOST or DOCKER_CONTEXT"
    )]
    Engine {
        /// A host or a Docker context.
        endpoint: String,
    },
    /// Its driver is one that mad has no way to.
    #[error("its driver is `{driver}`, and mad reaches `remote` and `docker-container`")]
    Driver {
        /// The driver.
        driver: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct File {
    #[serde(default)]
    driver: String,
    #[serde(default)]
    nodes: Option<Vec<Node>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Node {
    name: String,
    #[serde(default)]
    endpoint: String,
    #[serde(default)]
    driver_opts: Option<BTreeMap<String, String>>,
}

impl Instance {
    /// Reads a state file.
    ///
    /// # Errors
    /// It is none, or of a driver that mad cannot reach.
    pub fn parse(text: &str) -> Result<Self, InstanceError> {
        let file: File = serde_json::from_str(text)
            .map_err(|error| InstanceError::Unreadable(error.to_string()))?;
        let node = file.nodes.into_iter().flatten().next().ok_or(InstanceError::Empty)?;
        match file.driver.as_str() {
            "remote" => {
                // The others are about buildx alone: `default-load`, `timeout`.
                let known = ["cacert", "cert", "key", "servername"];
                let options = node.driver_opts.into_iter().flatten();
                let options = options
                    .filter(|(name, value)| known.contains(&name.as_str()) && !value.is_empty());
                Ok(Self::Remote { address: node.endpoint, options: options.collect() })
            }
            "docker-container" => Ok(Self::Container {
                container: format!("buildx_buildkit_{}", node.name),
                endpoint: node.endpoint,
            }),
            "docker" => Err(InstanceError::Engine { endpoint: node.endpoint }),
            driver => Err(InstanceError::Driver { driver: driver.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_files_of_buildx_are_read() {
        // As buildx 0.13.1 wrote them.
        let remote = r#"{"Name":"farm","Driver":"remote","Nodes":[{"Name":"farm0","Endpoint":"tcp://10.0.0.1:1234","Platforms":null,"DriverOpts":{"cacert":"/c/ca.pem","cert":"/c/cert.pem","key":"/c/key.pem","servername":"b","default-load":"true"},"Flags":null,"Files":null}],"Dynamic":false}"#;
        let Instance::Remote { address, options } = Instance::parse(remote).unwrap() else {
            panic!("expected a remote one");
        };
        assert_eq!(address, "tcp://10.0.0.1:1234");
        let names: Vec<&String> = options.keys().collect();
        assert_eq!(names, ["cacert", "cert", "key", "servername"]);
        let container = r#"{"Name":"box","Driver":"docker-container","Nodes":[{"Name":"box0","Endpoint":"unix:///var/run/docker.sock","Platforms":null,"DriverOpts":{},"Flags":["--allow-insecure-entitlement=network.host"],"Files":null}],"Dynamic":false}"#;
        assert_eq!(
            Instance::parse(container),
            Ok(Instance::Container {
                container: "buildx_buildkit_box0".to_owned(),
                endpoint: "unix:///var/run/docker.sock".to_owned()
            })
        );
        let node = r#""Nodes":[{"Name":"n","Endpoint":"desktop-linux"}]"#;
        for (text, words) in [
            (
                format!(r#"{{"Driver":"docker",{node}}}"#),
                "it is the engine at `desktop-linux` itself",
            ),
            (format!(r#"{{"Driver":"kubernetes",{node}}}"#), "its driver is `kubernetes`"),
            (r#"{"Driver":"remote","Nodes":null}"#.to_owned(), "it has no node"),
            ("1".to_owned(), "invalid"),
            ("{".to_owned(), "EOF"),
        ] {
            let error = Instance::parse(&text).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
