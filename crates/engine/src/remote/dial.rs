//! A connection to a builder, whatever is between.

use std::io;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use super::process::{Carried, Piped, Program, Said};
use super::{BuilderAddress, BuilderTls, Workload, tls};
use crate::dial::Stream;
use crate::error::plain;
use crate::{EngineError, limits};

/// An open connection.
pub(super) struct Dialled {
    pub stream: Box<dyn Stream>,
    /// What a program in between said.
    pub said: Option<Said>,
    /// What ended TLS.
    pub alert: tls::Alert,
}

/// Opens one.
///
/// # Errors
/// Why not, in words that name neither the builder nor its address.
pub(super) async fn dial(address: &BuilderAddress) -> Result<Dialled, DialError> {
    match address {
        BuilderAddress::Unix(path) => {
            let stream = UnixStream::connect(path).await.map_err(|error| plain(&error))?;
            Ok(Dialled { stream: Box::new(stream), said: None, alert: tls::Alert::default() })
        }
        BuilderAddress::Tcp { address, tls } => {
            let stream = TcpStream::connect(address).await.map_err(|error| plain(&error))?;
            keep_alive(&stream);
            let alert = tls::Alert::default();
            let stream = match tls {
                None => Box::new(stream) as Box<dyn Stream>,
                Some(tls) => {
                    let host = address.rsplit_once(':').map_or(address.as_str(), |(host, _)| host);
                    secured(stream, tls, host.trim_matches(['[', ']']), &alert).await?
                }
            };
            Ok(Dialled { stream, said: None, alert })
        }
        BuilderAddress::Ssh { host, user, port } => ssh(host, user.as_deref(), *port),
        BuilderAddress::Container { container, host, context } => {
            let mut arguments = Vec::new();
            arguments.extend(host.iter().map(|host| format!("--host={host}")));
            arguments.extend(context.iter().map(|context| format!("--context={context}")));
            let command = ["exec", "-i", container, "buildctl", "dial-stdio"];
            arguments.extend(command.map(str::to_owned));
            piped("docker", &arguments)
        }
        BuilderAddress::Kube { namespace, workload, port, context, tls } => {
            let forward = Forward {
                namespace: namespace.as_deref(),
                workload: (workload.0, &workload.1),
                port: *port,
                context: context.as_deref(),
            };
            forward.dial(tls.as_ref()).await
        }
    }
}

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum DialError {
    /// The words for it.
    Unreachable(String),
    /// Files of TLS.
    Tls(EngineError),
}

impl From<String> for DialError {
    fn from(why: String) -> Self {
        Self::Unreachable(why)
    }
}

/// A builder that is cut off ends the build sooner than the kernel's two hours.
fn keep_alive(stream: &TcpStream) {
    let alive = socket2::TcpKeepalive::new()
        .with_time(limits::KEEP_ALIVE)
        .with_interval(limits::KEEP_ALIVE);
    // Without it the questions whether somebody is there do the same.
    let _ = socket2::SockRef::from(stream).set_tcp_keepalive(&alive);
    let _ = stream.set_nodelay(true);
}

async fn secured<S: Stream>(
    stream: S,
    tls: &BuilderTls,
    host: &str,
    alert: &tls::Alert,
) -> Result<Box<dyn Stream>, DialError> {
    let config = tls::client_config(tls).map_err(DialError::Tls)?;
    let host = tls.servername.as_deref().unwrap_or(host);
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| format!("`{host}` is no name that a certificate can have"))?;
    let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    let stream = connected.map_err(|error| {
        tls::explain(&error, tls, host).unwrap_or_else(|| format!("TLS: {}", plain(&error)))
    })?;
    Ok(Box::new(tls::Listening::new(stream, alert.clone())))
}

/// As BuildKit's own client and Docker's do it: the program on the other side joins its streams with the socket.
fn ssh(host: &str, user: Option<&str>, port: Option<u16>) -> Result<Dialled, DialError> {
    let mut arguments: Vec<String> = ["-T", "-o", "BatchMode=yes"].map(str::to_owned).into();
    arguments.extend(user.into_iter().flat_map(|user| ["-l".to_owned(), user.to_owned()]));
    arguments.extend(port.into_iter().flat_map(|port| ["-p".to_owned(), port.to_string()]));
    arguments.extend(["--", host, "buildctl", "dial-stdio"].map(str::to_owned));
    piped("ssh", &arguments)
}

fn piped(name: &str, arguments: &[String]) -> Result<Dialled, DialError> {
    let program = Program::start(name, arguments);
    let program = program.map_err(|error| cannot_run(name, &error))?;
    let said = program.said.clone();
    let piped = Piped::of(program).ok_or_else(|| format!("`{name}` has no streams"))?;
    Ok(Dialled { stream: Box::new(piped), said: Some(said), alert: tls::Alert::default() })
}

fn cannot_run(name: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("`{name}` is not installed"),
        _ => format!("`{name}` cannot be run: {}", plain(error)),
    }
}

struct Forward<'a> {
    namespace: Option<&'a str>,
    workload: (Workload, &'a str),
    port: u16,
    context: Option<&'a str>,
}

impl Forward<'_> {
    /// kubectl knows the kubeconfig, its tokens and the programs that give some.
    async fn dial(&self, tls: Option<&BuilderTls>) -> Result<Dialled, DialError> {
        let (kind, name) = self.workload;
        let mut arguments: Vec<String> = Vec::new();
        arguments.extend(self.context.map(|context| format!("--context={context}")));
        arguments.extend(self.namespace.map(|namespace| format!("--namespace={namespace}")));
        arguments.extend([
            "port-forward".to_owned(),
            "--address=127.0.0.1".to_owned(),
            format!("{}/{name}", kind.as_str()),
            format!(":{}", self.port),
        ]);
        let program = Program::start_apart("kubectl", &arguments);
        let Program { mut child, said } = program.map_err(|error| cannot_run("sh", &error))?;
        let out = child.stdout.take().ok_or_else(|| "kubectl has no output".to_owned())?;
        let mut lines = BufReader::new(out).lines();
        let port = loop {
            match lines.next_line().await {
                Ok(Some(line)) => match forwarded(&line) {
                    Some(port) => break port,
                    None => continue,
                },
                // It has ended, and says why.
                _ => {
                    let words = said.words().await;
                    let words = words.unwrap_or_else(|| "it ended without a word".to_owned());
                    return Err(
                        match words.contains("kubectl: not found")
                            || words.contains("kubectl: command not found")
                        {
                            true => "`kubectl` is not installed".to_owned().into(),
                            false => format!("kubectl: {words}").into(),
                        },
                    );
                }
            }
        };
        // It writes a line for each connection, and must not stop at a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let stream = TcpStream::connect(("127.0.0.1", port)).await;
        let stream = stream.map_err(|error| format!("the forwarded port: {}", plain(&error)))?;
        let _ = stream.set_nodelay(true);
        let carried = Carried { stream, _child: child };
        let alert = tls::Alert::default();
        let stream = match tls {
            None => Box::new(carried) as Box<dyn Stream>,
            Some(tls) => secured(carried, tls, name, &alert).await?,
        };
        Ok(Dialled { stream, said: Some(said), alert })
    }
}

/// The port of `Forwarding from 127.0.0.1:40123 -> 1234`.
fn forwarded(line: &str) -> Option<u16> {
    let rest = line.strip_prefix("Forwarding from 127.0.0.1:")?;
    rest.split(" -> ").next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forwarded_port_is_read() {
        assert_eq!(forwarded("Forwarding from 127.0.0.1:40123 -> 1234"), Some(40123));
        assert_eq!(forwarded("Forwarding from [::1]:40123 -> 1234"), None);
        assert_eq!(forwarded("Handling connection for 40123"), None);
    }
}
