//! Whether a web page may speak to the gateway.
//!
//! A page of any site can make the browser of the person who opens it send requests to 127.0.0.1, and
//! through a name whose address changes (DNS rebinding) it can read the answers. Both give themselves away:
//! the one by its `Origin`, the other by a `Host` that is not this machine's.

use std::net::{IpAddr, Ipv6Addr};

use hyper::header::{HOST, ORIGIN};
use hyper::{HeaderMap, Uri};
use runtime_config::Mcp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    Host,
    Origin,
}

pub fn check(
    config: &Mcp,
    machine: &str,
    target: &Uri,
    headers: &HeaderMap,
) -> Result<(), Foreign> {
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok()).ok_or(Foreign::Host)?;
    if hosts.next().is_some() {
        return Err(Foreign::Host);
    }
    let is_known = |authority: &str| {
        name(authority).is_some_and(|name| {
            is_loopback_name(name)
                || is_address(name)
                || name.eq_ignore_ascii_case(machine)
                || config.hosts.iter().any(|host| host.eq_ignore_ascii_case(name))
        })
    };
    // `POST http://name/ HTTP/1.1`: then that name counts, says RFC 9112, section 3.2.2.
    let named = target.authority().map(|authority| authority.as_str());
    if !is_known(host) || !named.is_none_or(is_known) {
        return Err(Foreign::Host);
    }
    for origin in headers.get_all(ORIGIN) {
        let origin = origin.to_str().map_err(|_| Foreign::Origin)?;
        let own = origin.split_once("://").is_some_and(|(_, authority)| {
            name(authority).is_some_and(is_loopback_name) || authority.eq_ignore_ascii_case(host)
        });
        if !own && !config.origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin)) {
            return Err(Foreign::Origin);
        }
    }
    Ok(())
}

/// The name in `NAME`, `NAME:PORT`, `[ADDRESS]` and `[ADDRESS]:PORT`; nothing in anything else.
fn name(authority: &str) -> Option<&str> {
    let (name, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']').filter(|(name, _)| name.parse::<Ipv6Addr>().is_ok())?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let is_port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (port.is_empty() || port.strip_prefix(':').is_some_and(is_port)).then_some(name)
}

fn is_loopback_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// No rebinding without a name.
fn is_address(name: &str) -> bool {
    name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_has_a_name_or_none() {
        for (authority, expected) in [
            ("localhost", Some("localhost")),
            ("localhost:80", Some("localhost")),
            ("localhost:", Some("localhost")),
            ("[::1]:9500", Some("::1")),
            ("[::1]", Some("::1")),
            ("[::1]evil.example", None),
            ("[::1]evil.example:1", None),
            ("[localhost]", None),
            ("[::1", None),
            ("localhost:x@evil.example", None),
            ("localhost:80:80", None),
        ] {
            assert_eq!(name(authority), expected, "{authority}");
        }
    }

    #[test]
    fn only_what_is_this_machine_or_was_named_is_known() {
        let mcp = serde_json::json!({
            "servers": {"a": {"command": ["a"]}},
            "origins": ["https://tools.example"],
            "hosts": ["agents"],
        });
        let config: Mcp = serde_json::from_value(mcp).expect("valid");
        let check = |target: &str, host: &str, origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().expect("a value"));
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().expect("a value"));
            }
            check(&config, "box", &target.parse().expect("a target"), &headers)
        };
        for (target, host, origin) in [
            ("/mcp", "localhost:9500", None),
            ("/mcp", "BOX", Some("http://localhost:3000")),
            ("/mcp", "agents", Some("https://tools.example")),
            ("/mcp", "10.0.0.7:9500", Some("http://10.0.0.7:9500")),
            ("http://localhost/mcp", "localhost", Some("http://[::1]:3000")),
        ] {
            assert_eq!(check(target, host, origin), Ok(()), "{target} {host} {origin:?}");
        }
        for (target, host) in [
            ("/mcp", "evil.example"),
            ("/mcp", "localhost.evil.example"),
            ("/mcp", "[::1]evil.example"),
            ("http://evil.example/mcp", "localhost"),
        ] {
            assert_eq!(check(target, host, None), Err(Foreign::Host), "{target} {host}");
        }
        for origin in [
            "null",
            "http://evil.example",
            "http://localhost.evil.example",
            "http://localhost:x@evil.example",
            "http://[::1]evil.example",
        ] {
            let found = check("/mcp", "localhost", Some(origin));
            assert_eq!(found, Err(Foreign::Origin), "{origin}");
        }
    }
}
