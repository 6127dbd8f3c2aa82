//! `RUN --mount=…`: the options of BuildKit's `instructions/commands_runmount.go`, of each the last.

/// One mount of a `RUN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mount<'a> {
    /// `bind`, `cache`, `tmpfs`, `secret` or `ssh`.
    pub kind: &'a str,
    /// The stage or image that it is from; `None` for the context.
    pub from: Option<&'a str>,
    /// Path in what it is from; empty for all of it.
    pub source: &'a str,
    /// Where it stands in the step, as written.
    pub target: Option<&'a str>,
    /// The name of a cache, a secret or an agent, as written.
    pub id: Option<&'a str>,
}

impl<'a> Mount<'a> {
    /// Reads the value of the flag: `type=bind,source=x,target=/y`.
    pub fn parse(value: &'a str) -> Self {
        let mut mount = Self { kind: "bind", from: None, source: "", target: None, id: None };
        for (name, value) in value.split(',').filter_map(|part| part.split_once('=')) {
            match name.to_ascii_lowercase().as_str() {
                "type" => mount.kind = value,
                "from" => mount.from = Some(value),
                "source" | "src" => mount.source = value,
                "target" | "dst" | "destination" => mount.target = Some(value),
                "id" => mount.id = Some(value),
                _ => {}
            }
        }
        mount
    }

    /// Where it stands in the step: its target, or the place that the engine gives a secret or an agent
    /// without one.
    pub fn place(&self) -> Option<String> {
        match (self.target, self.kind) {
            (Some(target), _) => Some(target.to_owned()),
            (None, "secret") => {
                let name = self.id.unwrap_or_default().rsplit('/').next().unwrap_or_default();
                Some(format!("/run/secrets/{name}"))
            }
            (None, "ssh") => Some("/run/buildkit".to_owned()),
            (None, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_read() {
        let mount = Mount { kind: "bind", from: None, source: "", target: None, id: None };
        assert_eq!(
            Mount::parse("source=a/b,dst=/x"),
            Mount { source: "a/b", target: Some("/x"), ..mount }
        );
        assert_eq!(Mount::parse("type=bind,from=base,src=/x,ro").from, Some("base"));
        assert_eq!(Mount::parse("type=cache,target=/c").kind, "cache");
        assert_eq!(Mount::parse("type=secret,id=a/token").place().unwrap(), "/run/secrets/token");
        assert_eq!(Mount::parse("type=ssh").place().unwrap(), "/run/buildkit");
        assert_eq!(Mount::parse("").kind, "bind");
    }
}
