//! The rules between the keys of `mcp`.

use std::net::SocketAddr;

use crate::error::Problem;
use crate::mcp::{Mcp, Server, Token};

/// Between a server's name and a tool's in the names that the aggregate endpoint shows.
const SEPARATOR: &str = "__";

pub(crate) fn problems(mcp: &Mcp) -> Vec<Problem> {
    let mut found = Found(Vec::new());
    listen(mcp, &mut found);
    if let Some(Token::Secret(name)) = &mcp.token {
        found.when(
            name.is_empty() || name.contains('/') || name.starts_with('.'),
            "mcp.token.secret",
            || format!("`{name}` is no name of a secret"),
        );
    }
    for (index, origin) in mcp.origins.iter().enumerate() {
        let rest = origin.split_once("://").map(|(_, rest)| rest);
        found.when(
            rest.is_none_or(|rest| rest.is_empty() || rest.contains('/')),
            &format!("mcp.origins[{index}]"),
            || format!("`{origin}` is no origin; write `https://example.org`, without a path"),
        );
    }
    limits(mcp, &mut found);
    found.when(mcp.servers.is_empty(), "mcp.servers", || "no server; name at least one".into());
    if let Some(name) = &mcp.default {
        found.when(!mcp.servers.contains_key(name), "mcp.default", || {
            format!("there is no server `{name}`")
        });
    }
    for (name, server) in &mcp.servers {
        one_server(name, server, &mut found);
    }
    found.0
}

#[derive(Default)]
pub(crate) struct Found(pub(crate) Vec<Problem>);

impl Found {
    pub(crate) fn when(&mut self, wrong: bool, key: &str, problem: impl FnOnce() -> String) {
        if wrong {
            self.0.push(Problem { key: key.to_owned(), problem: problem() });
        }
    }
}

fn listen(mcp: &Mcp, found: &mut Found) {
    found.when(mcp.listen.is_empty(), "mcp.listen", || "no address; name at least one".into());
    let mut seen: Vec<&SocketAddr> = Vec::new();
    for (index, address) in mcp.listen.iter().enumerate() {
        let key = format!("mcp.listen[{index}]");
        found.when(mcp.token.is_none() && !address.ip().is_loopback(), &key, || {
            format!("`{address}` is reached from outside, which needs `mcp.token`")
        });
        // Port 0 is any that is free.
        let other = seen.iter().find(|other| address.port() != 0 && overlap(address, other));
        if let Some(other) = other {
            let words = if *other == address {
                "is there twice".into()
            } else {
                format!("is `{other}` too")
            };
            found.when(true, &key, || format!("`{address}` {words}"));
        }
        seen.push(address);
    }
}

/// Whether the second cannot be listened on beside the first: an unspecified address is every one of its
/// family. `[::]` is IPv6's alone: the gateway listens there so.
fn overlap(one: &SocketAddr, other: &SocketAddr) -> bool {
    let is_all = |address: &SocketAddr| address.ip().is_unspecified();
    one.port() == other.port()
        && one.is_ipv4() == other.is_ipv4()
        && (one.ip() == other.ip() || is_all(one) || is_all(other))
}

fn limits(mcp: &Mcp, found: &mut Found) {
    let limits = &mcp.limits;
    found.when(limits.message.0 < 1024, "mcp.limits.message", || "less than 1KiB".into());
    found.when(limits.message.0 > 1 << 30, "mcp.limits.message", || "more than 1GiB".into());
    found.when(limits.depth < 8, "mcp.limits.depth", || "less than 8".into());
    found.when(limits.clients == 0, "mcp.limits.clients", || "0 lets nobody in".into());
    found.when(limits.queue == 0, "mcp.limits.queue", || "0 lets no call through".into());
    found.when(limits.idle.0.as_secs() < 1, "mcp.limits.idle", || "less than 1s".into());
    found.when(mcp.drain.0.as_secs() > 600, "mcp.drain", || "more than 10m".into());
}

fn one_server(name: &str, server: &Server, found: &mut Found) {
    let key = format!("mcp.servers.{name}");
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    found.when(
        name.is_empty() || name.len() > 40 || !name.chars().all(plain) || name.starts_with('_'),
        &key,
        || "a name is letters, digits, `-` and `_`, 40 at most, and does not begin with `_`".into(),
    );
    found.when(name.contains(SEPARATOR) || name.ends_with('_'), &key, || {
        format!("a name with `{SEPARATOR}`, or `_` at its end, makes names of tools ambiguous")
    });
    match (server.command.is_empty(), &server.connect) {
        (true, None) => found.when(true, &key, || "needs `command` or `connect`".into()),
        (false, Some(_)) => {
            found.when(true, &key, || "has `command` and `connect`; one of them".into());
        }
        (false, None) => {
            found.when(server.command[0].is_empty(), &format!("{key}.command[0]"), || {
                "empty".into()
            });
            found.when(
                server.command.iter().any(|word| word.contains('\0')),
                &format!("{key}.command"),
                || "has a NUL byte".into(),
            );
        }
        (true, Some(address)) => {
            let port = address.rsplit_once(':').filter(|(host, _)| !host.is_empty());
            found.when(
                port.and_then(|(_, port)| port.parse::<u16>().ok()).is_none_or(|port| port == 0),
                &format!("{key}.connect"),
                || format!("`{address}` is no `HOST:PORT`"),
            );
            found.when(!server.env.is_empty(), &format!("{key}.env"), || {
                "a server that is connected to has no environment".into()
            });
            found.when(server.directory.is_some(), &format!("{key}.directory"), || {
                "a server that is connected to has no directory".into()
            });
        }
    }
    for (variable, value) in &server.env {
        let key = format!("{key}.env.{variable}");
        found.when(variable.is_empty() || variable.contains(['=', '\0']), &key, || {
            "no name of a variable".into()
        });
        found.when(value.contains('\0'), &key, || "has a NUL byte".into());
    }
    found.when(server.start_timeout.0.is_zero(), &format!("{key}.start_timeout"), || "0".into());
    found.when(
        server.restart.max_delay < server.restart.delay,
        &format!("{key}.restart.max_delay"),
        || "less than `delay`".into(),
    );
}
