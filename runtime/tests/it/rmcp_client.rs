//! rmcp, a client that nobody here wrote, in both of its lives: with a session, and stateless.

#![allow(deprecated, reason = "sampling is deprecated, and in force")]

use std::net::SocketAddr;

use rmcp::handler::client::ClientHandler;
use rmcp::model::{
    CallToolRequestParams, ClientCapabilities, ClientConfig, CreateMessageRequestParams,
    CreateMessageResult, ElicitRequestParams, ElicitResult, ElicitationAction, Implementation,
    ProtocolVersion, SamplingMessage,
};
use rmcp::service::{RequestContext, RunningService};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::{ClientLifecycleMode, ClientServiceExt, ErrorData, RoleClient};
use serde_json::{Value, json};

use crate::support::Gateway;

#[derive(Clone)]
struct Answers;

impl ClientHandler for Answers {
    fn get_info(&self) -> ClientConfig {
        let able: ClientCapabilities =
            serde_json::from_value(json!({"sampling": {}, "elicitation": {}})).expect("known");
        ClientConfig::new(able, Implementation::new("rmcp", "1"))
    }

    async fn create_message(
        &self,
        _: CreateMessageRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<CreateMessageResult, ErrorData> {
        Ok(CreateMessageResult::new(SamplingMessage::assistant_text("sampled"), "m".into()))
    }

    async fn create_elicitation(
        &self,
        _: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        let mut answer = ElicitResult::new(ElicitationAction::Accept);
        answer.content = Some(json!({"name": "Ada"}));
        Ok(answer)
    }
}

type Client = RunningService<RoleClient, Answers>;

fn modern() -> ClientLifecycleMode {
    ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] }
}

async fn over_tcp(address: SocketAddr, mode: ClientLifecycleMode) -> Client {
    let stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
    Answers.serve_with_lifecycle(stream, mode).await.expect("a client")
}

async fn over_http(address: SocketAddr, mode: ClientLifecycleMode) -> Client {
    let transport = StreamableHttpClientTransport::from_uri(format!("http://{address}/mcp"));
    Answers.serve_with_lifecycle(transport, mode).await.expect("a client")
}

async fn all_of_it(client: Client) {
    let call = async |name: &'static str, arguments: Value| {
        let arguments = arguments.as_object().cloned().unwrap_or_default();
        let params = CallToolRequestParams::new(name).with_arguments(arguments);
        let result = client.call_tool(params).await.expect(name);
        let result = serde_json::to_value(result).expect("JSON");
        result["content"][0]["text"].as_str().expect("text").to_owned()
    };
    let tools = client.list_all_tools().await.expect("a list");
    assert!(tools.iter().any(|tool| tool.name == "echo"));
    assert_eq!(call("echo", json!({"text": "hello"})).await, "hello");
    assert!(call("sample", json!({"text": "what?"})).await.contains("sampled"));
    assert!(call("elicit", json!({"text": "who?"})).await.contains("Ada"));
    assert!(client.call_tool(CallToolRequestParams::new("nobody")).await.is_err());
    client.cancel().await.expect("closed");
}

#[tokio::test]
async fn with_a_session_over_newline_json() {
    let gateway = Gateway::start();
    all_of_it(over_tcp(gateway.address, ClientLifecycleMode::Initialize).await).await;
}

#[tokio::test]
async fn with_a_session_over_http() {
    let gateway = Gateway::start();
    all_of_it(over_http(gateway.address, ClientLifecycleMode::Initialize).await).await;
}

#[tokio::test]
async fn stateless_over_newline_json() {
    let gateway = Gateway::start();
    all_of_it(over_tcp(gateway.address, modern()).await).await;
}

#[tokio::test]
async fn stateless_over_http() {
    let gateway = Gateway::start();
    all_of_it(over_http(gateway.address, modern()).await).await;
}
