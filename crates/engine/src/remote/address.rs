//! Where a builder is, as it is typed: `tcp://HOST:PORT`, `unix://PATH`, `ssh://HOST`,
//! `kube://NAMESPACE/DEPLOYMENT`; behind commas what else is known, in buildx's words for its remote driver.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// An address that can be dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuilderAddress {
    /// A Unix socket.
    Unix(PathBuf),
    /// A TCP address.
    Tcp {
        /// `host:port`.
        address: String,
        /// `None` for a connection that anybody between can read.
        tls: Option<BuilderTls>,
    },
    /// A host on which `buildctl dial-stdio` is run.
    Ssh {
        /// Its name, as ssh knows it.
        host: String,
        /// Whom to be there.
        user: Option<String>,
        /// Port of its ssh server.
        port: Option<u16>,
    },
    /// A container in which `buildctl dial-stdio` is run, as buildx's own builders are.
    Container {
        /// Its name.
        container: String,
        /// The host of its engine; that at hand without, and without a context.
        host: Option<String>,
        /// The Docker context of its engine.
        context: Option<String>,
    },
    /// A port of a workload in a cluster, forwarded here by kubectl.
    Kube {
        /// Its namespace; that of kubectl's context without.
        namespace: Option<String>,
        /// What it is, and its name.
        workload: (Workload, String),
        /// The port that BuildKit listens on.
        port: u16,
        /// The context of the kubeconfig; the current one without.
        context: Option<String>,
        /// TLS through the forwarded port.
        tls: Option<BuilderTls>,
    },
}

/// What a port is forwarded from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    /// A Deployment: one of its pods.
    Deployment,
    /// A StatefulSet: one of its pods.
    StatefulSet,
    /// A Service: one of its pods.
    Service,
    /// That pod.
    Pod,
}

/// Files of PEM for TLS, and the name that the server's certificate is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuilderTls {
    /// The CA that signed the server's certificate.
    pub cacert: PathBuf,
    /// The client's certificate and its key, where the server wants one.
    pub client: Option<(PathBuf, PathBuf)>,
    /// Another name than that of the address.
    pub servername: Option<String>,
}

/// BuildKit's usual port.
const PORT: u16 = 1234;

/// What may stand behind an address.
const OPTIONS: [&str; 7] = ["cacert", "cert", "key", "servername", "port", "context", "host"];

impl BuilderAddress {
    /// Reads `ADDRESS[,NAME=VALUE…]`.
    ///
    /// # Errors
    /// What was found and expected; never a password that stands in the address.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',');
        let address = parts.next().unwrap_or_default();
        let mut options = BTreeMap::new();
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            if !OPTIONS.contains(&name) || value.is_empty() {
                let known = OPTIONS.join("=…`, `");
                return Err(format!("found `{name}` behind the address, expected `{known}=…`"));
            }
            options.insert(name.to_owned(), value.to_owned());
        }
        Self::with_options(address, options)
    }

    /// Reads an address whose options are apart.
    ///
    /// # Errors
    /// As [`BuilderAddress::parse`].
    pub fn with_options(
        address: &str,
        mut options: BTreeMap<String, String>,
    ) -> Result<Self, String> {
        let read = Self::read(address, &mut options)?;
        match options.keys().next() {
            None => Ok(read),
            Some(name) => Err(format!("`{name}` means nothing for `{read}`")),
        }
    }

    fn read(address: &str, options: &mut BTreeMap<String, String>) -> Result<Self, String> {
        let Some((scheme, rest)) = address.split_once("://") else {
            return Err("expected tcp://HOST:PORT, unix://PATH, ssh://HOST, kube://NAMESPACE/DEPLOYMENT or the name of a builder".to_owned());
        };
        match scheme {
            "unix" if rest.starts_with('/') => Ok(Self::Unix(rest.into())),
            "unix" => Err("expected unix:// with an absolute path".to_owned()),
            "tcp" => {
                let host = rest.trim_end_matches('/');
                if host.contains('@') || host.contains('/') || host.contains('?') {
                    return Err("expected tcp://HOST:PORT and no more: BuildKit knows no logins, it wants certificates".to_owned());
                }
                Ok(Self::Tcp { address: with_port(host)?, tls: tls(options)? })
            }
            "ssh" => {
                let (user, host) = rest
                    .rsplit_once('@')
                    .map_or((None, rest), |(user, host)| (Some(user.to_owned()), host));
                if user.as_deref().is_some_and(|user| user.contains(':')) {
                    return Err("expected ssh://[USER@]HOST[:PORT] without a password: ssh has a key, or an agent".to_owned());
                }
                let host = host.trim_end_matches('/');
                let (host, port) = match host.rsplit_once(':') {
                    Some((host, port)) => {
                        let port = port.parse().map_err(|_| {
                            format!("found the port `{port}`, expected a number up to 65535")
                        })?;
                        (host, Some(port))
                    }
                    None => (host, None),
                };
                // ssh would take it for an option.
                let is_name = |text: &str| {
                    !text.is_empty()
                        && !text.starts_with('-')
                        && !text.contains(char::is_whitespace)
                };
                match is_name(host) && user.as_deref().is_none_or(is_name) && !host.contains('/') {
                    true => Ok(Self::Ssh { host: host.to_owned(), user, port }),
                    false => Err("expected ssh://[USER@]HOST[:PORT]".to_owned()),
                }
            }
            "kube" => kube(rest, options),
            "docker-container" => {
                let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
                let is_name = rest.starts_with(|c: char| c.is_ascii_alphanumeric());
                match is_name && rest.chars().all(is_plain) {
                    true => Ok(Self::Container {
                        container: rest.to_owned(),
                        host: options.remove("host"),
                        context: options.remove("context"),
                    }),
                    false => Err("expected docker-container://CONTAINER".to_owned()),
                }
            }
            _ => Err(format!(
                "found `{scheme}://`, expected `tcp`, `unix`, `ssh`, `kube` or `docker-container`"
            )),
        }
    }

    /// Whether everybody on the way could read what is sent: TCP to another machine, and no TLS.
    pub fn is_open(&self) -> bool {
        let Self::Tcp { address, tls: None } = self else { return false };
        let host = address.rsplit_once(':').map_or(address.as_str(), |(host, _)| host);
        let host = host.trim_matches(['[', ']']);
        let is_loopback = host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        !is_loopback && host != "localhost"
    }
}

impl fmt::Display for BuilderAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { address, .. } => write!(f, "tcp://{address}"),
            Self::Ssh { host, user, port } => {
                let user = user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
                let port = port.map(|port| format!(":{port}")).unwrap_or_default();
                write!(f, "ssh://{user}{host}{port}")
            }
            Self::Container { container, .. } => write!(f, "docker-container://{container}"),
            Self::Kube { namespace, workload: (kind, name), .. } => {
                let namespace = namespace.as_deref().unwrap_or_default();
                match kind {
                    Workload::Deployment => write!(f, "kube://{namespace}/{name}"),
                    kind => write!(f, "kube://{namespace}/{}/{name}", kind.as_str()),
                }
            }
        }
    }
}

impl Workload {
    /// As kubectl has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::StatefulSet => "statefulset",
            Self::Service => "service",
            Self::Pod => "pod",
        }
    }

    fn named(text: &str) -> Option<Self> {
        [Self::Deployment, Self::StatefulSet, Self::Service, Self::Pod]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

fn with_port(host: &str) -> Result<String, String> {
    let (name, port) = match host.rsplit_once(':') {
        // The colons of an IPv6 address stand in brackets.
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => {
            return if host.is_empty() {
                Err("expected a host name".to_owned())
            } else {
                Ok(format!("{host}:{PORT}"))
            };
        }
    };
    match port.parse::<u16>() {
        Ok(1..) if !name.is_empty() => Ok(host.to_owned()),
        Ok(1..) => Err("expected a host name".to_owned()),
        _ => Err(format!("found the port `{port}`, expected a number from 1 to 65535")),
    }
}

fn tls(options: &mut BTreeMap<String, String>) -> Result<Option<BuilderTls>, String> {
    let mut path = |name: &str| options.remove(name).map(PathBuf::from);
    let (cacert, cert, key) = (path("cacert"), path("cert"), path("key"));
    let servername = options.remove("servername");
    let client = match (cert, key) {
        (Some(cert), Some(key)) => Some((cert, key)),
        (None, None) => None,
        _ => return Err("a client certificate needs both `cert=` and `key=`".to_owned()),
    };
    match cacert {
        Some(cacert) => Ok(Some(BuilderTls { cacert, client, servername })),
        None if client.is_none() && servername.is_none() => Ok(None),
        // Never a connection without TLS where somebody asked for some of it.
        None => Err("TLS needs `cacert=`, the CA of the builder's certificate".to_owned()),
    }
}

fn kube(rest: &str, options: &mut BTreeMap<String, String>) -> Result<BuilderAddress, String> {
    let expected = "expected kube://NAMESPACE/DEPLOYMENT, or kube://NAMESPACE/KIND/NAME with `deployment`, `statefulset`, `service` or `pod`";
    let mut parts: Vec<&str> = rest.trim_end_matches('/').split('/').collect();
    let is_name = |text: &str| {
        let is_plain =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
        text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(is_plain)
    };
    let name = parts.pop().filter(|name| is_name(name)).ok_or(expected)?;
    let (namespace, kind) = match parts.as_slice() {
        [namespace] => (*namespace, Workload::Deployment),
        [namespace, kind] => (*namespace, Workload::named(kind).ok_or(expected)?),
        _ => return Err(expected.to_owned()),
    };
    if !(namespace.is_empty() || is_name(namespace)) {
        return Err(expected.to_owned());
    }
    let port = options.remove("port").map_or(Ok(PORT), |port| {
        port.parse().map_err(|_| format!("found the port `{port}`, expected a number up to 65535"))
    })?;
    Ok(BuilderAddress::Kube {
        namespace: Some(namespace.to_owned()).filter(|namespace| !namespace.is_empty()),
        workload: (kind, name.to_owned()),
        port,
        context: options.remove("context"),
        tls: tls(options)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_shown() {
        for (typed, shown) in [
            ("tcp://farm", "tcp://farm:1234"),
            ("tcp://farm:99", "tcp://farm:99"),
            ("tcp://[::1]", "tcp://[::1]:1234"),
            ("tcp://[::1]:9/", "tcp://[::1]:9"),
            ("unix:///run/buildkit/buildkitd.sock", "unix:///run/buildkit/buildkitd.sock"),
            ("ssh://farm", "ssh://farm"),
            ("ssh://me@farm:2222", "ssh://me@farm:2222"),
            ("kube://ci/buildkit", "kube://ci/buildkit"),
            ("kube:///buildkit", "kube:///buildkit"),
            ("kube://ci/pod/buildkit-0,port=9,context=prod", "kube://ci/pod/buildkit-0"),
            ("tcp://farm,cacert=ca.pem", "tcp://farm:1234"),
            ("docker-container://box,context=colima", "docker-container://box"),
        ] {
            assert_eq!(BuilderAddress::parse(typed).unwrap().to_string(), shown, "{typed}");
        }
        let full = "tcp://farm:9,cacert=ca,cert=c,key=k,servername=other";
        let BuilderAddress::Tcp { tls: Some(tls), .. } = BuilderAddress::parse(full).unwrap()
        else {
            panic!("expected TLS");
        };
        assert_eq!((tls.cacert, tls.client), ("ca".into(), Some(("c".into(), "k".into()))));
        assert_eq!(tls.servername.as_deref(), Some("other"));
    }

    #[test]
    fn what_is_no_address_is_refused_without_its_secrets() {
        for (typed, words) in [
            ("farm", "expected tcp://HOST:PORT"),
            ("http://farm", "found `http://`"),
            ("tcp://", "expected a host name"),
            ("tcp://:1", "expected a host name"),
            ("tcp://farm:0", "found the port `0`"),
            ("tcp://farm:port", "found the port `port`"),
            ("tcp://me:CANARY@farm", "BuildKit knows no logins"),
            ("tcp://farm,cert=c", "both `cert=` and `key=`"),
            ("tcp://farm,cert=c,key=k", "TLS needs `cacert=`"),
            ("tcp://farm,servername=x", "TLS needs `cacert=`"),
            ("tcp://farm,insecure=true", "found `insecure` behind the address"),
            ("tcp://farm,cacert=", "found `cacert` behind the address"),
            ("tcp://farm,context=x", "`context` means nothing for `tcp://farm:1234`"),
            ("unix://relative", "an absolute path"),
            ("unix:///x,cacert=ca", "`cacert` means nothing"),
            ("ssh://", "expected ssh://"),
            ("ssh://-oProxyCommand=x", "expected ssh://"),
            ("ssh://-x@farm", "expected ssh://"),
            ("ssh://me:CANARY@farm", "without a password"),
            ("ssh://farm:x", "found the port `x`"),
            ("kube://ci", "expected kube://"),
            ("kube://ci/job/x", "expected kube://"),
            ("kube://ci/--x", "expected kube://"),
            ("kube://-n/x", "expected kube://"),
            ("docker-container://-i", "expected docker-container://"),
        ] {
            let error = BuilderAddress::parse(typed).unwrap_err();
            assert!(error.contains(words), "{typed}: {error}");
            assert!(!error.contains("CANARY"), "{typed}: {error}");
        }
    }

    #[test]
    fn an_open_connection_is_known() {
        for (typed, open) in [
            ("tcp://10.0.0.1", true),
            ("tcp://farm", true),
            ("tcp://farm,cacert=ca", false),
            ("tcp://127.0.0.2:9", false),
            ("tcp://[::1]", false),
            ("tcp://localhost", false),
            ("ssh://farm", false),
        ] {
            assert_eq!(BuilderAddress::parse(typed).unwrap().is_open(), open, "{typed}");
        }
    }
}
