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
use super::link::Requester;
use super::outbox::Outbox;
use super::router::work;
use super::server::Server;

/// Between a server's name and a tool's; no server's name has it.
const SEPARATOR: &str = "__";
/// For one server's part of a list.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same for one that let the last one wait.
const SHORT: Duration = Duration::from_millis(100);
/// Of one list of one server.
const PAGES: usize = 64;

const NO_RESOURCE: &str = "no server has this resource";
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
    key: &Rc<str>,
    sink: &Rc<Outbox>,
    pass: impl FnOnce(&Rc<Server>, &Bytes),
) {
    let Some(id) = message.id else { return };
    let (hub, raw) = (hub.clone(), id.get().to_owned());
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
                server.request(request(&method, &params), Requester::Nobody);
            }
            sink.answer(frame::result(&raw, "{}"));
        }
        "resources/read" => {
            let params = message.params.map_or("{}", RawValue::get).to_owned();
            work(client, key, sink, async move {
                match first(&hub, &method, &params).await {
                    Some(result) => frame::result(&raw, &result),
                    None => frame::error(&raw, -32602, NO_RESOURCE),
                }
            });
        }
        "resources/subscribe" => {
            let params = message.params.map_or("{}", RawValue::get).to_owned();
            let uri = message.params().uri.and_then(string).map(String::from);
            let own = client.clone();
            work(client, key, sink, async move {
                let uri = uri.filter(|uri| own.subscriptions.borrow_mut().insert(uri.clone()));
                // Who has the resource does not show before it changes: each is told.
                let servers = ready(&hub);
                let said =
                    join_all(servers.iter().map(|server| ask(server, &method, &params))).await;
                if said.iter().flatten().any(has_result) {
                    return frame::result(&raw, "{}");
                }
                if let Some(uri) = uri {
                    own.subscriptions.borrow_mut().remove(&uri);
                }
                frame::error(&raw, -32602, NO_RESOURCE)
            });
        }
        "resources/unsubscribe" => {
            if let Some(uri) = message.params().uri.and_then(string)
                && client.subscriptions.borrow_mut().remove(&*uri)
            {
                hub.servers.values().for_each(|server| server.unsubscribe(&uri, client));
            }
            sink.answer(frame::result(&raw, "{}"));
        }
        "completion/complete" => match route_completion(&hub, message) {
            Some((server, text)) => pass(&server, &text),
            None => {
                sink.answer(frame::error(&raw, -32602, NO_SUCH_NAME));
            }
        },
        _ if list(&method).is_some() => {
            let own = client.clone();
            work(client, key, sink, async move {
                own.misses.set(own.misses.get() || ready(&hub).len() < reached(&hub));
                let result = merged(&hub, &method).await.unwrap_or_default();
                frame::result(&raw, &result)
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

/// Those that are not for one client alone.
fn reached(hub: &Hub) -> usize {
    hub.servers.values().filter(|server| server.started.get()).count()
}

fn has_result(answer: &Bytes) -> bool {
    std::str::from_utf8(answer)
        .is_ok_and(|text| Message::parse(text).is_ok_and(|message| message.result.is_some()))
}

/// What completes an argument of a prompt.
fn route_completion(hub: &Hub, message: &Message) -> Option<(Rc<Server>, Bytes)> {
    #[derive(Deserialize)]
    struct Params<'a> {
        #[serde(borrow, rename = "ref")]
        of: Of<'a>,
    }
    #[derive(Deserialize)]
    struct Of<'a> {
        #[serde(borrow)]
        name: &'a RawValue,
    }
    let params: Params = serde_json::from_str(message.params?.get()).ok()?;
    renamed(hub, message, params.of.name)
}

/// The server of a name, and the message with the name that it has there.
pub fn route(hub: &Hub, message: &Message) -> Option<(Rc<Server>, Bytes)> {
    renamed(hub, message, message.params().name?)
}

fn renamed<'a>(hub: &Hub, message: &Message<'a>, raw: &'a RawValue) -> Option<(Rc<Server>, Bytes)> {
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
    server.request(request(method, params), Requester::Gateway(tell));
    // One that was silent before is not waited for again until it says something.
    let patience = if server.silent.get() { SHORT } else { PATIENCE };
    match timeout(patience, told).await {
        Ok(answer) => answer.ok(),
        Err(_) => {
            server.silent.set(true);
            None
        }
    }
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

/// What `initialize` is answered for all: what any of them can do. One that is not ready may be able to do
/// all of it, and is not waited for.
pub fn introduction(hub: &Hub) -> String {
    let said: Vec<_> = ready(hub)
        .iter()
        .filter_map(|server| server.link()?.introduction.borrow().clone())
        .collect();
    let unknown = said.len() < reached(hub);
    let can = |name: &str| {
        unknown
            || said.iter().any(|introduction| {
                serde_json::from_str::<serde_json::Value>(&introduction.result)
                    .is_ok_and(|result| result["capabilities"].get(name).is_some())
            })
    };
    let capabilities: Vec<_> = [
        ("tools", r#""tools":{"listChanged":true}"#),
        ("prompts", r#""prompts":{"listChanged":true}"#),
        ("resources", r#""resources":{"listChanged":true,"subscribe":true}"#),
        ("logging", r#""logging":{}"#),
    ]
    .into_iter()
    .filter_map(|(name, text)| can(name).then_some(text))
    .collect();
    format!(
        r#"{{"protocolVersion":"","capabilities":{{{}}},"serverInfo":{{"name":"mad-runtime","version":"{}"}}}}"#,
        capabilities.join(","),
        env!("CARGO_PKG_VERSION")
    )
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
