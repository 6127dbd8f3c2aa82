//! An instruction where room is short.

/// Without the flags that say how an instruction runs but not what it does: `RUN npm ci` says more
/// than three cache mounts and an ellipsis.
pub fn short_instruction(label: &str) -> String {
    const FLAGS: [&str; 6] =
        ["--mount=", "--network=", "--security=", "--chown=", "--chmod=", "--link"];
    let mut words = label.split(' ');
    let Some(instruction) = words.next() else {
        return String::new();
    };
    // Flags stand right behind the instruction; what follows the first other word is its own.
    let mut in_flags = true;
    words.fold(instruction.to_owned(), |short, word| {
        in_flags &= word.starts_with("--");
        let dropped = in_flags && FLAGS.iter().any(|flag| word.starts_with(flag));
        if dropped { short } else { short + " " + word }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_instructions_own_flags_go() {
        for (label, short) in [
            ("RUN --mount=type=cache,target=/x --network=none npm ci", "RUN npm ci"),
            ("COPY --chown=1:1 --from=a /x /y", "COPY --from=a /x /y"),
            ("RUN docker run --network=host x", "RUN docker run --network=host x"),
            ("", ""),
        ] {
            assert_eq!(short_instruction(label), short);
        }
    }
}
