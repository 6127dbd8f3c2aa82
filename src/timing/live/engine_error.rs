//! The engine's error without the command that it quotes: whoever shows it has shown the step.

/// `exit code: 1` of `process "/bin/sh -c …" did not complete successfully: exit code: 1`.
pub fn without_command(error: &str) -> &str {
    // 20.10: `executor failed running [/bin/sh -c …]: exit code: 1`
    // later: `process "/bin/sh -c …" did not complete successfully: exit code: 1`
    let marks =
        [("executor failed running [", "]: "), ("process \"", "did not complete successfully: ")];
    // What the client puts before it says only that the solve failed.
    let bare = error.strip_prefix("failed to solve with frontend dockerfile.v0: ").unwrap_or(error);
    let bare = bare.strip_prefix("failed to build LLB: ").unwrap_or(bare);
    let bare = bare.strip_prefix("failed to solve: ").unwrap_or(bare);
    let rest = marks.iter().find(|(start, _)| bare.starts_with(start));
    rest.and_then(|(_, end)| bare.rsplit_once(end)).map_or(error, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_lose_the_command_only() {
        for (error, short) in [
            ("executor failed running [/bin/sh -c a]: b]: exit code: 1", "exit code: 1"),
            (
                "process \"/bin/sh -c x\" did not complete successfully: exit code: 2",
                "exit code: 2",
            ),
            (
                "failed to solve: process \"/bin/sh -c x\" did not complete successfully: exit code: 3",
                "exit code: 3",
            ),
            (
                "failed to compute cache key: \"/x\" not found: not found",
                "failed to compute cache key: \"/x\" not found: not found",
            ),
            ("failed to solve: no such thing", "failed to solve: no such thing"),
        ] {
            assert_eq!(without_command(error), short);
        }
    }
}
