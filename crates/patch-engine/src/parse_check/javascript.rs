//! JavaScript and TypeScript by oxc, early errors included: a name declared twice is the typical
//! result of a change made twice.

use oxc_allocator::Allocator;
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::SemanticBuilder;
use oxc_span::SourceType;

use super::{ParseFault, fault, nesting};

/// Constructs that may be open at the same time. Generated code has some hundred.
const DEPTH: usize = 5_000;

/// Stack of the parser, reserved but not used up; enough for [`DEPTH`] in a debug build.
const STACK_BYTES: usize = 512 << 20;

/// Parses on a thread of its own, with a stack that fits the allowed depth.
pub(super) fn parse(
    path: &str,
    bytes: &[u8],
    source: SourceType,
    in_function: bool,
) -> Result<(), ParseFault> {
    if let Some(offset) = nesting::exceeds(bytes, DEPTH) {
        let message = format!("more than {DEPTH} open brackets");
        return Err(fault(path, bytes, Some(offset), message));
    }
    std::thread::scope(|scope| {
        let parse = || with_oxc(path, bytes, source, in_function);
        let failed = |what: &str| Err(fault(path, bytes, None, what.to_owned()));
        match std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, parse) {
            Ok(thread) => thread.join().unwrap_or_else(|_| failed("the parser gave up")),
            Err(_) => failed("no memory for the parser"),
        }
    })
}

fn with_oxc(
    path: &str,
    bytes: &[u8],
    source: SourceType,
    in_function: bool,
) -> Result<(), ParseFault> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let message = "not UTF-8".to_owned();
        fault(path, bytes, Some(error.valid_up_to()), message)
    })?;
    let allocator = Allocator::default();
    // Node wraps a CommonJS file in a function, so that `return` is allowed at its top.
    let options =
        ParseOptions { allow_return_outside_function: in_function, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, text, source).with_options(options).parse();
    let mut errors = parsed.errors;
    if errors.is_empty() && !parsed.panicked {
        errors = SemanticBuilder::new().with_check_syntax_error(true).build(&parsed.program).errors;
    }
    match errors.first() {
        None if parsed.panicked => Err(fault(path, bytes, None, "cannot be parsed".to_owned())),
        None => Ok(()),
        Some(error) => {
            let labels = error.labels.iter().flatten();
            let offset = labels.map(|label| label.offset()).min();
            Err(fault(path, bytes, offset, error.message.to_string()))
        }
    }
}
