//! `subscriptions/listen`: a stream of the news that its client asked for.

use std::collections::BTreeSet;
use std::rc::Rc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Entered, StreamRequest};
use crate::gateway::frame::{self, Message};
use crate::gateway::outbox::Outbox;
use crate::gateway::server::Server;
use crate::gateway::wake::Flag;

const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";

/// What a listener asked for, and the id that marks all it gets.
pub struct Filter {
    wanted: Wanted,
    id: Value,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
struct Wanted {
    #[serde(skip_serializing_if = "is_false")]
    tools_list_changed: bool,
    #[serde(skip_serializing_if = "is_false")]
    prompts_list_changed: bool,
    #[serde(skip_serializing_if = "is_false")]
    resources_list_changed: bool,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    resource_subscriptions: BTreeSet<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Filter {
    /// The notification as this listener gets it, if it does.
    pub fn pass(&self, method: &str, text: &Bytes) -> Option<Bytes> {
        let wanted = match method {
            "notifications/tools/list_changed" => self.wanted.tools_list_changed,
            "notifications/prompts/list_changed" => self.wanted.prompts_list_changed,
            "notifications/resources/list_changed" => self.wanted.resources_list_changed,
            "notifications/resources/updated" => true,
            _ => false,
        };
        if !wanted {
            return None;
        }
        let mut message: Value = serde_json::from_slice(text).ok()?;
        let params = message.as_object_mut()?.entry("params").or_insert_with(|| json!({}));
        params.as_object_mut()?.entry("_meta").or_insert_with(|| json!({}))[SUBSCRIPTION] =
            self.id.clone();
        Some(message.to_string().into())
    }
}

pub fn start(
    entered: Entered,
    server: Option<Rc<Server>>,
    message: &Message,
    out: Rc<Outbox>,
    cancel: Flag,
    talk: StreamRequest,
) {
    #[derive(Default, Deserialize)]
    struct Params {
        notifications: Wanted,
    }
    let raw = message.id.expect("a request has an id").get().to_owned();
    let params =
        message.params.and_then(|params| serde_json::from_str::<Params>(params.get()).ok());
    let Some(Params { notifications: wanted }) = params else {
        out.answer(frame::error(&raw, -32602, "`notifications` says what to listen to"));
        return;
    };
    let Entered { hub, client } = &entered;
    if hub.clients.borrow().len() >= hub.config.limits.clients {
        out.answer(frame::error(&raw, -32000, "too many clients"));
        return;
    }
    let id: Value = serde_json::from_str(&raw).unwrap_or_default();
    let acknowledged = json!({
        "jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged",
        "params": {"notifications": wanted, "_meta": {SUBSCRIPTION: id}},
    });
    out.push(acknowledged.to_string().into());
    for uri in &wanted.resource_subscriptions {
        match &server {
            Some(server) => server.subscribe(uri),
            None => hub.servers.values().for_each(|server| server.subscribe(uri)),
        }
    }
    client.subscriptions.borrow_mut().extend(wanted.resource_subscriptions.iter().cloned());
    *client.stream.borrow_mut() = Some(out.clone());
    *client.filter.borrow_mut() = Some(Filter { wanted, id: id.clone() });
    client.initialised.set(true);
    hub.clients.borrow_mut().insert(client.number, client.clone());
    tokio::task::spawn_local(async move {
        tokio::select! {
            () = out.wait_end() => {}
            () = cancel.wait() => {}
            () = entered.hub.draining.wait() => {
                let result = json!({"resultType": "complete", "_meta": {SUBSCRIPTION: id}});
                out.answer(frame::result(&raw, &result.to_string()));
            }
        }
        // What goes down a stream is not only this listener's: it stays open.
        entered.client.stream.borrow_mut().take();
        drop((entered, talk));
    });
}
