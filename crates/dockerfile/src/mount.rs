//! `RUN --mount=…`, as far as it says what a step reads.

/// One mount of a `RUN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mount<'a> {
    /// `bind`, `cache`, `tmpfs`, `secret` or `ssh`.
    pub kind: &'a str,
    /// The stage or image that it is from; `None` for the context.
    pub from: Option<&'a str>,
    /// Path in what it is from; empty for all of it.
    pub source: &'a str,
}

impl<'a> Mount<'a> {
    /// Reads the value of the flag: `type=bind,source=x,target=/y`.
    pub fn parse(value: &'a str) -> Self {
        let mut mount = Self { kind: "bind", from: None, source: "" };
        for (name, value) in value.split(',').filter_map(|part| part.split_once('=')) {
            match name {
                "type" => mount.kind = value,
                "from" => mount.from = Some(value),
                "source" | "src" => mount.source = value,
                _ => {}
            }
        }
        mount
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_origin_and_source() {
        for (value, kind, from, source) in [
            ("target=/x", "bind", None, ""),
            ("type=bind,src=a/b,target=/x,rw", "bind", None, "a/b"),
            ("type=bind,from=tools,source=/y,target=/x", "bind", Some("tools"), "/y"),
            ("type=cache,target=/x,sharing=locked", "cache", None, ""),
        ] {
            assert_eq!(Mount::parse(value), Mount { kind, from, source }, "{value}");
        }
    }
}
