//! Lines as our programs write them, with what kind each is of: real forms with parameters filled in.
//!
//! The forms were copied from what claude-flow, supervisord, the gateway, node, npm, pip, python and nginx print.

/// A form: the program, whether it is an error, and its text with `{…}` where something is filled in.
pub struct Form {
    pub service: &'static str,
    pub is_error: bool,
    pub text: &'static str,
}

pub const fn ok(service: &'static str, text: &'static str) -> Form {
    Form { service, is_error: false, text }
}

pub const fn error(service: &'static str, text: &'static str) -> Form {
    Form { service, is_error: true, text }
}

/// The frequent ones first: the n-th comes about 1/n as often as the first.
pub const FORMS: &[Form] = &[
    ok(
        "mcp-gateway",
        r#"{"timestamp":"{time}","level":"INFO","message":"call answered","client":{n},"server":"claude-flow","method":"tools/call","tool":"{tool}","ms":{n},"bytes":{n},"target":"mad_runtime::gateway"}"#,
    ),
    ok(
        "claude-flow",
        "[{time}] INFO [claude-flow-mcp] ({session}) Received message: tools/call {tool}",
    ),
    // One statement of http.server, whatever the method and the status.
    ok("page", r#"{ip} - - [{clf}] "{method} {path} HTTP/1.1" {status} {n}"#),
    ok(
        "mcp-gateway",
        r#"{"timestamp":"{time}","level":"DEBUG","message":"client connected","client":{n},"peer":"{ip}:{n}","transport":"websocket","target":"mad_runtime::gateway"}"#,
    ),
    ok("claude-flow", "[{time}] INFO [claude-flow-mcp] ({session}) Sending response: {n} bytes"),
    ok("worker", "{clock} INFO worker.jobs: job {id} took {n} ms, queue length {n}"),
    ok(
        "mcp-gateway",
        r#"{"timestamp":"{time}","level":"DEBUG","message":"client has gone","client":{n},"after_ms":{n},"target":"mad_runtime::gateway"}"#,
    ),
    ok("worker", "{clock} DEBUG worker.cache: hit for key {id} in shard {n}"),
    ok(
        "claude-flow",
        "[{time}] INFO [claude-flow-mcp] ({session}) Agent {agent} spawned in swarm swarm_{n}_{id}",
    ),
    ok(
        "healthcheck",
        r#"{"timestamp":"{time}","level":"INFO","message":"ready","service":"{service}","after_ms":{n},"target":"mad_runtime::watch::run"}"#,
    ),
    ok("supervisord", "{clock} INFO spawned: '{service}' with pid {n}"),
    ok(
        "supervisord",
        "{clock} INFO success: {service} entered RUNNING state, process has stayed up for > than {n} seconds (startsecs)",
    ),
    ok("supervisord", "{clock} INFO exited: {service} (exit status {n}; expected)"),
    ok("supervisord", "{clock} INFO stopped: {service} (terminated by SIGTERM)"),
    ok("supervisord", "{clock} INFO waiting for {service} to stop"),
    ok("supervisord", "{clock} INFO reaped unknown pid {n} (exit status {n})"),
    ok("supervisord", "{clock} INFO supervisord started with pid {n}"),
    ok("supervisord", "{clock} INFO RPC interface 'supervisor' initialized"),
    ok("npm", "added {n} packages, and audited {n} packages in {n}s"),
    ok(
        "npm",
        "npm warn deprecated {package}@{version}: This module is not supported, and leaks memory",
    ),
    ok("npm", "found {n} vulnerabilities"),
    ok("npm", "npm http fetch GET 200 https://registry/{package} {n}ms (cache miss)"),
    ok("pip", "Collecting {package}=={version} (from -r {path} (line {n}))"),
    ok("pip", "  Downloading {package}-{version}-py3-none-any.whl ({n} kB)"),
    ok("pip", "Requirement already satisfied: {package} in {path} ({version})"),
    ok("pip", "Installing collected packages: {package}"),
    ok("pip", "Successfully installed {package}-{version}"),
    ok("pip", "Using cached {package}-{version}-py3-none-any.whl ({n} kB)"),
    ok("node", "(node:{n}) ExperimentalWarning: The {feature} API is an experimental feature"),
    ok("node", "Server listening on http://{ip}:{n}"),
    ok("node", "Debugger attached to {ip}:{n}"),
    ok("worker", "{clock} INFO worker.loop: started {n} threads"),
    ok("worker", "{clock} INFO worker.loop: heartbeat sent after {n} ms"),
    ok("worker", "{clock} WARNING worker.jobs: job {id} is late by {n} ms"),
    ok("worker", "{clock} INFO worker.db: connection {n} opened to {ip}:{n}"),
    ok("worker", "{clock} INFO worker.db: connection {n} closed after {n} queries"),
    ok("worker", "{clock} DEBUG worker.cache: evicted {n} entries of {n}"),
    ok("claude-flow", "Memory store initialised at {path} with {n} entries"),
    ok(
        "claude-flow",
        "[{time}] INFO [claude-flow-mcp] ({session}) Task {id} assigned to agent {agent}",
    ),
    ok(
        "claude-flow",
        "[{time}] WARN [claude-flow-mcp] ({session}) Task {id} has waited for {n} ms",
    ),
    ok(
        "claude-flow",
        "[{time}] INFO [claude-flow-mcp] ({session}) Neural pattern {feature} trained in {n} epochs",
    ),
    ok(
        "mcp-gateway",
        r#"{"timestamp":"{time}","level":"INFO","message":"server started","server":"claude-flow","pid":{n},"ms":{n},"target":"mad_runtime::gateway::server"}"#,
    ),
    ok(
        "mcp-gateway",
        r#"{"timestamp":"{time}","level":"WARN","message":"slow call","client":{n},"tool":"{tool}","ms":{n},"target":"mad_runtime::gateway"}"#,
    ),
    ok("nginx", "{slash} [notice] {n}#{n}: signal process started"),
    ok("nginx", "{slash} [notice] {n}#{n}: worker process {n} exited with code 0"),
    ok(
        "nginx",
        "{slash} [warn] {n}#{n}: *{n} an upstream response is buffered to a temporary file {path}",
    ),
    // Faults.
    error(
        "mcp-gateway",
        r#"{"timestamp":"{time}","level":"ERROR","message":"no answer in time","client":{n},"server":"claude-flow","tool":"{tool}","ms":{n},"target":"mad_runtime::gateway"}"#,
    ),
    error(
        "mcp-gateway",
        r#"{"timestamp":"{time}","level":"ERROR","message":"the server has ended","server":"claude-flow","status":{n},"target":"mad_runtime::gateway::server"}"#,
    ),
    error(
        "claude-flow",
        "[{time}] ERROR [claude-flow-mcp] ({session}) Tool {tool} failed: {feature} is not available",
    ),
    error(
        "claude-flow",
        "[{time}] ERROR [claude-flow-mcp] ({session}) Failed to persist {n} entries to {path}",
    ),
    error(
        "node",
        "node:events:496\n      throw er; // Unhandled 'error' event\n      ^\n\nError: listen EADDRINUSE: address already in use {ip}:{n}\n    at Server.setupListenHandle [as _listen2] (node:net:1908:16)\n    at listenInCluster (node:net:1965:12) {\n  code: 'EADDRINUSE',\n  errno: -98\n}",
    ),
    error(
        "node",
        "{path}.js:{n}\n    return x.{feature}();\n             ^\n\nTypeError: Cannot read properties of undefined (reading '{feature}')\n    at run ({path}.js:{n}:{n})\n    at node:internal/main/run_main_module:23:47",
    ),
    error(
        "node",
        "Error: connect ECONNREFUSED {ip}:{n}\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1634:16)",
    ),
    error(
        "node",
        "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    ),
    error(
        "worker",
        "Traceback (most recent call last):\n  File \"{path}.py\", line {n}, in run\n    self.step()\n  File \"{path}.py\", line {n}, in step\n    raise ValueError(message)\nValueError: job {id} has no input",
    ),
    error(
        "worker",
        "Traceback (most recent call last):\n  File \"{path}.py\", line {n}, in connect\n    s.connect(address)\nConnectionRefusedError: [Errno 111] Connection refused",
    ),
    error(
        "worker",
        "{clock} ERROR worker.db: connection {n} lost: server closed the connection unexpectedly",
    ),
    error("worker", "{clock} CRITICAL worker.loop: queue of {n} jobs is full, shutting down"),
    error(
        "rust-tool",
        "thread 'main' panicked at src/main.rs:{n}:{n}:\nindex out of bounds: the len is {n} but the index is {n}\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
    ),
    error("rust-tool", "error: cannot open `{path}`: No such file or directory (os error 2)"),
    error(
        "java-tool",
        "java.lang.IllegalStateException: pool {n} is closed\n\tat org.example.Pool.take(Pool.java:{n})\n\tat org.example.Main.main(Main.java:{n})\nCaused by: java.io.IOException: Broken pipe\n\tat org.example.Wire.write(Wire.java:{n})\n\t... 2 more",
    ),
    error("npm", "npm ERR! code E404"),
    error("npm", "npm error 404 Not Found - GET https://registry/{package} - Not found"),
    error(
        "pip",
        "ERROR: Could not find a version that satisfies the requirement {package}=={version} (from versions: none)",
    ),
    error("pip", "ERROR: No matching distribution found for {package}=={version}"),
    error(
        "supervisord",
        "{clock} CRIT Supervisor is running as root.  Privileges were not dropped because no user is specified in the config file.",
    ),
    error(
        "nginx",
        "{slash} [error] {n}#{n}: *{n} connect() failed (111: Connection refused) while connecting to upstream, client: {ip}",
    ),
    error(
        "nginx",
        "{slash} [emerg] {n}#{n}: bind() to {ip}:{n} failed (98: Address already in use)",
    ),
];

/// xorshift64*: the same seed gives the same lines everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 11) % end
    }

    fn of(&mut self, words: &[&'static str]) -> &'static str {
        words[self.below(words.len() as u64) as usize]
    }
}

const TOOLS: &[&str] = &[
    "memory_usage",
    "swarm_init",
    "agent_spawn",
    "task_orchestrate",
    "neural_status",
    "memory_search",
    "swarm_status",
    "agent_list",
    "benchmark_run",
    "github_repo_analyze",
];
const AGENTS: &[&str] = &["researcher", "coder", "tester", "reviewer", "planner", "architect"];
const SERVICES: &[&str] = &["mcp-gateway", "claude-flow", "worker", "page", "logs"];
const PACKAGES: &[&str] = &[
    "numpy",
    "requests",
    "left-pad",
    "typing-extensions",
    "urllib3",
    "glob",
    "rimraf",
    "inflight",
];
const FEATURES: &[&str] =
    &["fetch", "coordination", "prediction", "stream", "buffer", "optimization"];
const PATHS: &[&str] = &[
    "/api/v1/items",
    "/workspace/src/app",
    "/opt/mad/node/lib",
    "/srv/data/cache",
    "/home/dev/project",
];

const USERS: &[&str] = &["alice", "app", "backup", "bob", "carol", "deploy", "reports"];

/// Appends a line of this form; `at` is its time in microseconds since 1970.
pub fn fill(form: &Form, random: &mut Random, time: &str, out: &mut String) {
    use std::fmt::Write;
    let mut rest = form.text;
    while let Some(open) = rest.find('{') {
        let Some((name, behind)) = rest[open + 1..].split_once('}') else { break };
        if !name.bytes().all(|byte| byte.is_ascii_lowercase()) || name.is_empty() {
            out.push_str(&rest[..=open]);
            rest = &rest[open + 1..];
            continue;
        }
        out.push_str(&rest[..open]);
        rest = behind;
        let spread = [10, 100, 1000, 50_000][random.below(4) as usize];
        match name {
            "n" => write!(out, "{}", random.below(spread) + 1),
            "id" => write!(out, "{:08x}", random.below(1 << 32)),
            "method" => write!(out, "{}", random.of(&["GET", "GET", "GET", "POST", "HEAD"])),
            "status" => write!(out, "{}", random.of(&["200", "200", "201", "304", "404"])),
            "tool" => write!(out, "{}", random.of(TOOLS)),
            "agent" => write!(out, "{}", random.of(AGENTS)),
            "service" => write!(out, "{}", random.of(SERVICES)),
            "package" => write!(out, "{}", random.of(PACKAGES)),
            "feature" => write!(out, "{}", random.of(FEATURES)),
            "path" => write!(out, "{}/{}", random.of(PATHS), random.below(spread)),
            "version" => {
                write!(out, "{}.{}.{}", random.below(9), random.below(30), random.below(9))
            }
            "ip" => write!(out, "10.0.{}.{}", random.below(4), random.below(250)),
            "session" => write!(
                out,
                "session-cf-1795949{}-{:04x}",
                random.below(900) + 100,
                random.below(1 << 16)
            ),
            "time" => write!(out, "{time}"),
            "clock" => write!(out, "{} {},{}", &time[..10], &time[11..19], &time[20..23]),
            "day" => write!(out, "{}", &time[..10]),
            "hms" => write!(out, "{}", &time[11..19]),
            "float" => write!(out, "{}.{:02}", random.below(spread), random.below(100)),
            "user" => write!(out, "{}", random.of(USERS)),
            "clf" => write!(out, "29/Nov/2026:{} +0000", &time[11..19]),
            "slash" => write!(out, "2026/11/29 {}", &time[11..19]),
            other => panic!("the corpus has no `{other}`"),
        }
        .expect("a String takes everything");
    }
    out.push_str(rest);
}

/// The number of a form, the frequent ones more often.
pub fn choose(random: &mut Random, forms: usize) -> usize {
    // 1/n: the inverse of the harmonic sum is near an exponential.
    let u = random.below(1 << 20) as f64 / (1 << 20) as f64;
    (((forms as f64 + 1.0).powf(u)) as usize - 1).min(forms - 1)
}
