//! Whether a web page may speak to the gateway.
//!
//! A page of any site can make the browser of the person who opens it send requests to 127.0.0.1, and
//! through a name whose address changes (DNS rebinding) it can read the answers. Both give themselves away:
//! the one by its `Origin`, the other by a `Host` that is not this machine's.

use std::net::IpAddr;

use hyper::HeaderMap;
use hyper::header::{HOST, ORIGIN};
use runtime_config::Mcp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    Host,
    Origin,
}

pub fn check(config: &Mcp, machine: &str, headers: &HeaderMap) -> Result<(), Foreign> {
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok()).ok_or(Foreign::Host)?;
    if hosts.next().is_some() {
        return Err(Foreign::Host);
    }
    let name = without_port(host);
    let known = is_loopback_name(name)
        || is_address(name)
        || name.eq_ignore_ascii_case(machine)
        || config.hosts.iter().any(|host| host.eq_ignore_ascii_case(name));
    if !known {
        return Err(Foreign::Host);
    }
    for origin in headers.get_all(ORIGIN) {
        let origin = origin.to_str().map_err(|_| Foreign::Origin)?;
        let own = origin.split_once("://").is_some_and(|(_, authority)| {
            is_loopback_name(without_port(authority)) || authority.eq_ignore_ascii_case(host)
        });
        if !own && !config.origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin)) {
            return Err(Foreign::Origin);
        }
    }
    Ok(())
}

fn without_port(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => authority.rsplit_once(':').map_or(authority, |(name, _)| name),
    }
}

fn is_loopback_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// No rebinding without a name.
fn is_address(name: &str) -> bool {
    name.parse::<IpAddr>().is_ok()
}
