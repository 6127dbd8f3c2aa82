//! All servers as one: names of tools and prompts carry their server's, `claude-flow__agent_spawn`.
//!
//! A server that is down or silent is left out of lists; it holds up nobody. A server with a child for each
//! client is reached only by its own path.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::client::Client;
use super::frame::{self, Message, string};
use super::hub::Hub;
use super::link::Asker;
use super::outbox::Outbox;
use super::server::Server;

/// Between a server's name and a tool's; no server's name has it.
const SEPARATOR: &str = "__";
/// For one server's part of a list.
const PATIENCE: Duration = Duration::from_secs(5);
/// Of one list of one server.
const PAGES: usize = 64;

pub const NO_SUCH_NAME: &str = "there is no such name: a server's name, `__`, the name there";

/// The member of a result that is the list, and of its entries that which is a name.
fn list(method: &str) -> Option<(&'static str, bool)> {
    match method {
        "tools/list" => Some(("tools", true)),
        "prompts/list" => Some(("prompts", true)),
        "resources/list" => Some(("resources", false)),
        "resources/templates/list" => Some(("resourceTemplates", false)),
        _ => None,
    }
}

/// Takes a request to all servers; `pass` takes what is for one of them, with its own names.
pub fn receive(
    hub: &Rc<Hub>,
    client: &Rc<Client>,
    message: &Message,
    sink: &Rc<Outbox>,
    pass: impl FnOnce(&Rc<Server>, &Bytes),
) {
    let Some(id) = message.id else { return };
    let (hub, sink, raw) = (hub.clone(), sink.clone(), id.get().to_owned());
    let method = message.method.to_string();
    match &*method {
        "tools/call" | "prompts/get" => match route(&hub, message) {
            Some((server, text)) => pass(&server, &text),
            None => {
                sink.answer(frame::error(&raw, -32602, NO_SUCH_NAME));
            }
        },
        "logging/setLevel" => {
            let level = message.params().level.and_then(string);
            client.log_level.set(level.and_then(|level| super::server::level(&level)));
            let params = message.params.map_or("{}", RawValue::get).to_owned();
            for server in ready(&hub) {
                server.request(request(&method, &params), Asker::Gateway(oneshot::channel().0));
            }
            sink.answer(frame::result(&raw, "{}"));
        }
        "resources/read" | "resources/subscribe" | "resources/unsubscribe" => {
            let params = message.params.map_or("{}", RawValue::get).to_owned();
            tokio::task::spawn_local(async move {
                let answer = match first(&hub, &method, &params).await {
                    Some(result) => frame::result(&raw, &result),
                    None => frame::error(&raw, -32602, "no server has this resource"),
                };
                sink.answer(answer);
            });
        }
        _ if list(&method).is_some() => {
            tokio::task::spawn_local(async move {
                if let Some(result) = merged(&hub, &method).await {
                    sink.answer(frame::result(&raw, &result));
                }
            });
        }
        _ => {
            let why = format!("`{method}` is not for all servers at once: choose one, /mcp/NAME");
            sink.answer(frame::error(&raw, -32601, &why));
        }
    }
}

fn ready(hub: &Hub) -> Vec<Rc<Server>> {
    hub.servers.values().filter(|server| server.is_ready()).cloned().collect()
}

/// The server of a name, and the message with the name that it has there.
pub fn route(hub: &Hub, message: &Message) -> Option<(Rc<Server>, Bytes)> {
    let raw = message.params().name?;
    let name = string(raw)?;
    let (server, own) = name.split_once(SEPARATOR)?;
    let server = hub.servers.get(server)?.clone();
    let own = serde_json::to_string(own).expect("text always serialises");
    Some((server, message.with(&mut [(raw, &own)])))
}

fn request(method: &str, params: &str) -> Bytes {
    format!(r#"{{"jsonrpc":"2.0","id":0,"method":"{method}","params":{params}}}"#).into()
}

/// One answer of one server, with the gateway's id.
async fn ask(server: &Rc<Server>, method: &str, params: &str) -> Option<Bytes> {
    let (tell, told) = oneshot::channel();
    server.request(request(method, params), Asker::Gateway(tell));
    timeout(PATIENCE, told).await.ok()?.ok()
}

/// The first server that knows the resource answers.
pub async fn first(hub: &Hub, method: &str, params: &str) -> Option<String> {
    for server in ready(hub) {
        let Some(answer) = ask(&server, method, params).await else { continue };
        let Ok(Ok(message)) = std::str::from_utf8(&answer).map(Message::parse) else { continue };
        if let Some(result) = message.result {
            return Some(result.get().to_owned());
        }
    }
    None
}

/// One list of all servers, in the order of their names.
pub async fn merged(hub: &Hub, method: &str) -> Option<String> {
    let (member, named) = list(method)?;
    let servers = ready(hub);
    let parts = join_all(servers.iter().map(|server| entries(server, method, member, named))).await;
    Some(format!(r#"{{"{member}":[{}]}}"#, parts.concat().join(",")))
}

async fn entries(server: &Rc<Server>, method: &str, member: &str, named: bool) -> Vec<String> {
    let mut all = Vec::new();
    let mut params = "{}".to_owned();
    for _ in 0..PAGES {
        let Some(answer) = ask(server, method, &params).await else { break };
        let Some(next) = page(&answer, member, named.then_some(&*server.name), &mut all) else {
            break;
        };
        params = format!(r#"{{"cursor":{next}}}"#);
    }
    all
}

/// Takes the entries of one page, and gives the cursor of the next.
fn page(
    answer: &[u8],
    member: &str,
    server: Option<&str>,
    all: &mut Vec<String>,
) -> Option<String> {
    let message = Message::parse(std::str::from_utf8(answer).ok()?).ok()?;
    let result: std::collections::HashMap<String, &RawValue> =
        serde_json::from_str(message.result?.get()).ok()?;
    let entries: Vec<&RawValue> = serde_json::from_str(result.get(member)?.get()).ok()?;
    all.extend(entries.into_iter().filter_map(|entry| match server {
        Some(server) => prefixed(entry.get(), server),
        None => Some(entry.get().to_owned()),
    }));
    result
        .get("nextCursor")
        .map(|cursor| cursor.get())
        .filter(|cursor| *cursor != "null")
        .map(String::from)
}

/// An entry under its server's name, and otherwise as it was.
fn prefixed(entry: &str, server: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        name: &'a RawValue,
    }
    let Named { name } = serde_json::from_str(entry).ok()?;
    let new = serde_json::to_string(&format!("{server}{SEPARATOR}{}", string(name)?)).ok()?;
    let start = name.get().as_ptr() as usize - entry.as_ptr() as usize;
    Some(format!("{}{new}{}", &entry[..start], &entry[start + name.get().len()..]))
}

/// What `initialize` is answered for all: what any of them can do.
pub async fn introduction(hub: &Rc<Hub>) -> Result<String, String> {
    let started = hub.servers.values().filter(|server| server.started.get());
    let said = join_all(started.map(|server| timeout(PATIENCE, server.introduction()))).await;
    let said: Vec<_> = said.into_iter().flatten().flatten().collect();
    if said.is_empty() {
        return Err("no server is ready".into());
    }
    let can = |name: &str| {
        said.iter().any(|introduction| {
            serde_json::from_str::<serde_json::Value>(&introduction.result)
                .is_ok_and(|result| result["capabilities"].get(name).is_some())
        })
    };
    let capabilities: Vec<_> = [
        ("tools", r#""tools":{"listChanged":true}"#),
        ("prompts", r#""prompts":{"listChanged":true}"#),
        ("resources", r#""resources":{"listChanged":true}"#),
        ("logging", r#""logging":{}"#),
    ]
    .into_iter()
    .filter_map(|(name, text)| can(name).then_some(text))
    .collect();
    Ok(format!(
        r#"{{"protocolVersion":"","capabilities":{{{}}},"serverInfo":{{"name":"mad-runtime","version":"{}"}}}}"#,
        capabilities.join(","),
        env!("CARGO_PKG_VERSION")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_gets_its_servers_name_and_keeps_the_rest() {
        assert_eq!(
            prefixed(r#"{"a":1.10,"name":"x\ty","title":"name"}"#, "s").as_deref(),
            Some(r#"{"a":1.10,"name":"s__x\ty","title":"name"}"#)
        );
        assert_eq!(prefixed(r#"{"title":"x"}"#, "s"), None);
    }
}
