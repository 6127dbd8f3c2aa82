//! The login for a registry, and what was tried to find it.
//!
//! As docker/cli does: the helper of the registry, else the credential store, else the file itself; the
//! protocol is that of docker/docker-credential-helpers. Where a helper fails the registry is asked as
//! nobody, because it may be public; what the helper said is kept for the case that it is not.

use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::docker_config::{DockerConfig, Login};
use super::limits;

/// As much of a helper's output as is read.
const MOST_BYTES: u64 = 64 * 1024;
/// Where the first registry's login is filed.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// A name and a secret; an identity token goes with an empty name, as BuildKit expects it.
pub(super) type Credentials = (String, String);

/// What was tried for the registries of a build, one line each.
#[derive(Debug, Clone, Default)]
pub(super) struct CredentialLog(Arc<Mutex<Vec<String>>>);

impl CredentialLog {
    fn note(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }

    /// `message` of a failed build, with what was tried where a registry refused.
    pub(super) fn explain(&self, message: &str) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.is_empty() || !is_refusal(message) {
            return message.to_owned();
        }
        format!("{message}; {}", lines.join("; "))
    }
}

/// Whether a registry wanted another login.
fn is_refusal(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    [
        "401",
        "403",
        "unauthorized",
        "forbidden",
        "authoriz",
        "denied",
        "authentication",
        "basic auth",
    ]
    .iter()
    .any(|sign| message.contains(sign))
}

/// The login for `host`.
pub(super) async fn find(
    config: &DockerConfig,
    host: &str,
    tried: &CredentialLog,
) -> Option<Credentials> {
    find_within(config, host, tried, limits::HELPER).await
}

async fn find_within(
    config: &DockerConfig,
    host: &str,
    tried: &CredentialLog,
    timeout: Duration,
) -> Option<Credentials> {
    let is_hub = is_hub(host);
    let key = if is_hub { DOCKER_HUB } else { host };
    let file = config.path.display();
    let own = config.cred_helpers.iter().find(|(name, _)| names(name, host));
    let own = own.map(|(_, helper)| (helper, "credHelpers"));
    let store = config.creds_store.as_ref().map(|store| (store, "credsStore"));
    let helper = own.or(store).filter(|(helper, _)| !helper.is_empty());
    if let Some((helper, from)) = helper {
        let program = format!("docker-credential-{helper}");
        match ask(&program, key, timeout).await {
            Ok(Some(found)) => {
                tried.note(format!("used the login that `{program}` gave for `{host}`"));
                return Some(found);
            }
            Ok(None) => {
                tried.note(format!("`{program}` ({from} of `{file}`) has no login for `{host}`"))
            }
            Err(why) => {
                tried.note(format!("no login for `{host}`: `{program}` ({from} of `{file}`) {why}"))
            }
        }
    }
    let login = config.auths.get(key).or_else(|| {
        config.auths.iter().find(|(name, _)| names(name, host)).map(|(_, login)| login)
    });
    match login.map(of_file) {
        Some(Ok(Some(found))) => {
            let name = if found.0.is_empty() { "an identity token" } else { &*found.0 };
            tried.note(format!("logged in to `{host}` as `{name}` (auths in `{file}`)"));
            Some(found)
        }
        Some(Err(why)) => {
            tried.note(format!("no login for `{host}`: {why} (auths of `{file}`)"));
            None
        }
        Some(Ok(None)) | None => {
            if helper.is_none() {
                tried.note(match &config.fault {
                    Some(why) => format!("no login for `{host}`: `{file}` cannot be read: {why}"),
                    None if file.to_string().is_empty() => format!("no login for `{host}`"),
                    None => format!("no login for `{host}` in `{file}`"),
                });
            }
            None
        }
    }
}

/// Whether a key of the file means `host`: `HOST`, `HOST/`, `https://HOST/v2/`.
fn names(key: &str, host: &str) -> bool {
    let bare = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let bare = bare.split('/').next().unwrap_or(bare);
    bare == host || is_hub(bare) && is_hub(host)
}

fn is_hub(host: &str) -> bool {
    matches!(host, "docker.io" | "index.docker.io" | "registry-1.docker.io")
}

/// The login that the file itself has; `None` for an entry without one, as `docker login` leaves it
/// beside a store.
fn of_file(login: &Login) -> Result<Option<Credentials>, String> {
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    if let Some(token) = filled(&login.identitytoken) {
        return Ok(Some((String::new(), token)));
    }
    if let Some(auth) = filled(&login.auth) {
        let wrong = || "`auth` is not NAME:PASSWORD in base64".to_owned();
        let padding = base64::engine::DecodePaddingMode::Indifferent;
        let config = base64::engine::GeneralPurposeConfig::new().with_decode_padding_mode(padding);
        let decoder = base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, config);
        let bytes = decoder.decode(auth.trim()).map_err(|_| wrong())?;
        let text = String::from_utf8(bytes).map_err(|_| wrong())?;
        let (name, password) = text.split_once(':').ok_or_else(wrong)?;
        return Ok(Some((name.to_owned(), password.trim_end_matches('\0').to_owned())));
    }
    Ok(filled(&login.username).zip(filled(&login.password)))
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// Asks a helper; `None` where it knows no login. The error says what it did, never what it gave.
async fn ask(program: &str, key: &str, timeout: Duration) -> Result<Option<Credentials>, String> {
    let asking = async {
        let mut child = tokio::process::Command::new(program)
            .arg("get")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => "is not on PATH".to_owned(),
                _ => format!("cannot be run: {error}"),
            })?;
        // A helper that does not read its input may be done before it is written.
        if let Some(mut input) = child.stdin.take() {
            let _ = input.write_all(format!("{key}\n").as_bytes()).await;
        }
        let (output, errors) = tokio::join!(read(child.stdout.take()), read(child.stderr.take()));
        let status =
            child.wait().await.map_err(|error| format!("cannot be waited for: {error}"))?;
        Ok::<_, String>((status, output, errors))
    };
    let (status, output, errors) = tokio::time::timeout(timeout, asking)
        .await
        .map_err(|_| format!("did not answer within {} s", timeout.as_secs()))??;
    if status.success() {
        let answer: Answer = serde_json::from_slice(&output)
            .map_err(|_| "answered with something that is no login".to_owned())?;
        return Ok(match (answer.username.as_str(), answer.secret.is_empty()) {
            (_, true) => None,
            ("<token>", _) => Some((String::new(), answer.secret)),
            _ => Some((answer.username, answer.secret)),
        });
    }
    // By the protocol an error is on standard output; programs write to standard error all the same.
    let said = [errors, output].map(|bytes| one_line(&String::from_utf8_lossy(&bytes)));
    let said = said.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ");
    match said.as_str() {
        "credentials not found in native keychain" => Ok(None),
        "" => Err(format!("failed ({status})")),
        said => Err(format!("failed: {said}")),
    }
}

async fn read(pipe: Option<impl tokio::io::AsyncRead + Unpin>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // What was read before an error is as good as all there is.
        let _ = pipe.take(MOST_BYTES).read_to_end(&mut bytes).await;
    }
    bytes
}

/// Without control characters, cut at 300.
fn one_line(text: &str) -> String {
    const SHOWN: usize = 300;
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

#[cfg(test)]
mod tests;
