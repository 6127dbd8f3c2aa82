//! `server/discover`: what the server can do, from its answer to `initialize`.

use std::rc::Rc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Entered, StreamRequest};
use crate::gateway::frame;
use crate::gateway::outbox::Outbox;
use crate::gateway::server::Server;
use crate::gateway::version;

pub fn start(
    server: Rc<Server>,
    id: String,
    out: Rc<Outbox>,
    entered: Entered,
    talk: StreamRequest,
) {
    tokio::task::spawn_local(async move {
        let answer = match server.introduction().await {
            Ok(introduction) => match result(&introduction.result) {
                Some(result) => frame::result(&id, &result),
                None => frame::error(&id, -32000, "the server introduced itself wrongly"),
            },
            Err(why) => frame::error(&id, -32000, &why),
        };
        drop(talk);
        out.answer(answer);
        drop(entered);
    });
}

pub fn result(introduction: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Said<'a> {
        #[serde(borrow)]
        capabilities: &'a RawValue,
        #[serde(borrow, rename = "serverInfo")]
        server_info: &'a RawValue,
        #[serde(borrow, default)]
        instructions: Option<&'a RawValue>,
    }
    let said: Said = serde_json::from_str(introduction).ok()?;
    let instructions = said
        .instructions
        .map(|text| format!(r#","instructions":{}"#, text.get()))
        .unwrap_or_default();
    Some(format!(
        r#"{{"resultType":"complete","supportedVersions":["{}"],"capabilities":{}{instructions},"ttlMs":0,"cacheScope":"private","_meta":{{"io.modelcontextprotocol/serverInfo":{}}}}}"#,
        version::MODERN,
        said.capabilities.get(),
        said.server_info.get()
    ))
}
