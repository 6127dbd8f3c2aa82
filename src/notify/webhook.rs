//! A webhook that gets the notice.

use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

use super::{Attempts, Failure, NotTold, Notice, attempt};

/// Until it is connected.
const CONNECT: Duration = Duration::from_secs(5);
/// All of one attempt.
const WHOLE: Duration = Duration::from_secs(10);

/// A webhook. Its `Debug` has neither address nor token.
#[derive(Clone)]
pub struct Target {
    /// Its address.
    pub url: String,
    /// Sent as `Authorization: Bearer …`.
    pub token: Option<String>,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Target({})", self.host())
    }
}

impl Target {
    /// All that is said of it.
    pub fn host(&self) -> String {
        let host = ureq::http::Uri::try_from(&self.url).ok();
        host.and_then(|uri| uri.host().map(str::to_owned))
            .unwrap_or_else(|| "the webhook".to_owned())
    }
}

/// Posts the notice. Any status from 200 to 299 will do; another one, but for 429 and those from 500 on, is not
/// tried again.
///
/// # Errors
///
/// Nobody who takes it.
pub fn tell_webhook(target: &Target, notice: &Notice, attempts: Attempts) -> Result<(), NotTold> {
    let agent = agent();
    attempt(attempts, &target.host(), || once(&agent, target, &notice.json()))
}

fn agent() -> Agent {
    let roots = rustls_native_certs::load_native_certs().certs;
    let roots = roots.iter().map(|root| Certificate::from_der(root).to_owned()).collect::<Vec<_>>();
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        // A token is for the host that it was written for.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("mad/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(CONNECT))
        .timeout_global(Some(WHOLE))
        .build()
        .new_agent()
}

fn once(agent: &Agent, target: &Target, text: &str) -> Result<(), Failure> {
    let mut request = agent.post(&target.url).header("content-type", "application/json");
    if let Some(token) = &target.token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    match request.send(text) {
        Ok(answer) => match answer.status().as_u16() {
            200..=299 => Ok(()),
            status @ (429 | 500..) => Err(Failure::Passing(format!("it answered {status}"))),
            status => Err(Failure::Lasting(format!("it answered {status}"))),
        },
        Err(error) => Err(describe(&error)),
    }
}

/// ureq's words may repeat the address.
fn describe(error: &ureq::Error) -> Failure {
    use ureq::Error;
    match error {
        Error::Timeout(_) => Failure::Passing("it did not answer in time".to_owned()),
        Error::HostNotFound => Failure::Passing("its name cannot be resolved".to_owned()),
        Error::ConnectionFailed => Failure::Passing("it cannot be connected to".to_owned()),
        Error::Io(error) => Failure::Passing(error.kind().to_string()),
        Error::Rustls(_) | Error::Tls(_) => {
            Failure::Lasting("its certificate is not accepted".to_owned())
        }
        _ => Failure::Lasting("the request cannot be sent".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;
    use std::sync::mpsc::{Receiver, channel};

    use super::*;
    use crate::notify::testing::{QUICK, notice};

    /// Answers one request with each status, in order, and hands over heads and bodies.
    fn server(statuses: &'static [u16]) -> (String, Receiver<(String, String)>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (to, from) = channel();
        std::thread::spawn(move || {
            for status in statuses {
                let (stream, _) = listener.accept().unwrap();
                let mut reader = BufReader::new(stream);
                let (mut head, mut length) = (String::new(), 0);
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).unwrap();
                    if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    if line.trim().is_empty() {
                        break;
                    }
                    head += &line;
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                let answer = format!(
                    "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                reader.get_mut().write_all(answer.as_bytes()).unwrap();
                to.send((head, String::from_utf8(body).unwrap())).unwrap();
            }
        });
        (format!("http://{address}/hook/s3cret-path"), from)
    }

    fn tell(url: &str) -> Result<(), NotTold> {
        let target = Target { url: url.to_owned(), token: Some("t0ken".to_owned()) };
        tell_webhook(&target, &notice(), QUICK)
    }

    #[test]
    fn a_webhook_gets_the_notice_and_its_token_and_is_tried_again() {
        let (url, from) = server(&[503, 429, 200]);
        tell(&url).unwrap();
        let all: Vec<(String, String)> = from.iter().collect();
        assert_eq!(all.len(), 3);
        let (head, body) = &all[2];
        assert!(head.starts_with("POST /hook/s3cret-path HTTP/1.1\r\n"), "{head}");
        let head = head.to_ascii_lowercase();
        assert!(head.contains("authorization: bearer t0ken"), "{head}");
        assert!(head.contains("content-type: application/json"), "{head}");
        assert_eq!(serde_json::from_str::<Notice>(body).unwrap(), notice());
    }

    #[test]
    fn who_refuses_is_not_asked_again_and_nothing_of_the_address_is_said() {
        let (url, from) = server(&[404]);
        let error = tell(&url).unwrap_err();
        assert_eq!(error.to_string(), "127.0.0.1: it answered 404");
        assert_eq!(from.iter().count(), 1);
        let (url, from) = server(&[500, 500, 500]);
        assert_eq!(tell(&url).unwrap_err().to_string(), "127.0.0.1: it answered 500");
        assert_eq!(from.iter().count(), 3);
        // Nobody is there.
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = tell(&format!("http://{free}/hook/s3cret-path")).unwrap_err().to_string();
        assert!(!error.contains("s3cret") && error.starts_with("127.0.0.1: "), "{error}");
        let target = Target { url, token: Some("t0ken".into()) };
        assert_eq!(format!("{target:?}"), "Target(127.0.0.1)");
    }
}
