//! Properties of the model on generated files.

use proptest::prelude::*;

use super::{Edit, File, rebuild};

/// A line of a Dockerfile, or nearly.
fn line() -> impl Strategy<Value = String> {
    let known = proptest::sample::select(vec![
        "FROM a AS b",
        "FROM b",
        "from scratch",
        "USER dev",
        "USER $X:1",
        "RUN a \\",
        " && b",
        "RUN <<EOF",
        "EOF",
        "RUN cat <<A <<-'B'",
        "A",
        "\tB",
        "# comment",
        "  # escape=`",
        "",
        "  ",
        "ENV A=b C=\"d e\"",
        "ARG X=1",
        "COPY --chown=1:1 a b",
        "RUN x \\  ",
        "ONBUILD RUN <<EOF",
        "SHELL [\"a\", \"b\"]",
        "WORKDIR x",
        "\\",
        "RUN `",
        "HEALTHCHECK CMD [\"x\"]",
    ]);
    prop_oneof![9 => known.prop_map(str::to_owned), 1 => "[ -~]{0,12}"]
}

fn text() -> impl Strategy<Value = String> {
    let eol = proptest::sample::select(vec!["\n", "\n", "\n", "\r\n"]);
    let head = proptest::sample::select(vec!["", "\u{feff}", "# escape=`\n", "# syntax=x/y\r\n"]);
    let last = proptest::sample::select(vec!["", "\n"]);
    (head, proptest::collection::vec((line(), eol), 0..24), last).prop_map(|(head, lines, last)| {
        let mut text = format!("{head}FROM base\n");
        lines.iter().for_each(|(line, eol)| text.push_str(&format!("{line}{eol}")));
        text.truncate(text.trim_end_matches('\n').len());
        text + last
    })
}

/// What the instructions say, wherever they stand.
fn said(file: &File) -> Vec<(String, Vec<String>)> {
    let said = |instruction: &crate::Instruction| {
        (format!("{} {}", instruction.text(), instruction.exact), instruction.heredocs.clone())
    };
    file.blocks().iter().map(|block| said(&block.instruction)).collect()
}

proptest! {
    #![proptest_config(test_support::properties(256))]

    #[test]
    fn what_parses_prints_as_it_was(text in text()) {
        if let Ok(file) = File::parse(text.as_bytes()) {
            let parts: String = file
                .blocks()
                .iter()
                .flat_map(|block| [file.gap(block), file.leading(block), file.raw(block)])
                .collect();
            prop_assert_eq!(format!("{}{parts}{}", file.head(), file.tail()), text.as_str());
            let keep: Vec<Edit> = (0..file.blocks().len()).map(Edit::Keep).collect();
            prop_assert_eq!(rebuild(&file, &keep), text);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = File::parse(&bytes);
    }

    #[test]
    fn blocks_say_the_same_wherever_they_stand(text in text(), seed in any::<u64>()) {
        if let Ok(file) = File::parse(text.as_bytes()) {
            let mut order: Vec<usize> = Vec::new();
            for stage in file.stages() {
                let mut rest: Vec<usize> = stage.blocks.clone().skip(1).collect();
                order.push(stage.blocks.start);
                rest.sort_by_key(|block| (*block as u64 + 1).wrapping_mul(seed | 1).rotate_left(17));
                order.extend(rest);
            }
            let edits: Vec<Edit> = order.iter().copied().map(Edit::Keep).collect();
            let printed = rebuild(&file, &edits);
            let again = File::parse(printed.as_bytes()).unwrap();
            let before = said(&file);
            let moved: Vec<_> = order.iter().map(|block| before[*block].clone()).collect();
            prop_assert_eq!(said(&again), moved, "{}", printed);
            // No comment is lost.
            let comments = |text: &str| text.matches("# comment").count();
            prop_assert_eq!(comments(&printed), comments(&text));
        }
    }
}
