//! Keys and certificates in a text (RFC 7468): a block is one line to compare.

/// How many bytes of base64 two keys of one kind differ in: a sign byte more or less in a few of
/// their numbers.
const SPREAD: usize = 16;
/// Stands in front of a block that was folded; a NUL is in no text.
const MARK: u8 = 0;

/// The text with every block folded into one line, its label first.
pub(super) fn folded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut lines = text.split(|&byte| byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        let label = line
            .strip_prefix(b"-----BEGIN ")
            .and_then(|rest| rest.strip_suffix(b"-----"))
            .filter(|_| lines.peek().is_some_and(|next| is_base64(next)));
        out.extend_from_slice(line);
        if let Some(label) = label {
            out.insert(out.len() - line.len(), MARK);
            let end = [b"-----END ", label, b"-----"].concat();
            while let Some(body) = lines.next_if(|body| is_base64(body)) {
                out.extend_from_slice(body);
            }
            // A block without its end stands as a line that no other fits.
            if lines.peek() == Some(&end.as_slice()) {
                lines.next();
                out.push(MARK);
            }
        }
        if lines.peek().is_some() {
            out.push(b'\n');
        }
    }
    out
}

fn is_base64(line: &[u8]) -> bool {
    !line.is_empty()
        && line.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
}

/// Whether a folded block fits others; `None` where it is none, or where the samples agree.
pub(super) fn fits(samples: &[&[u8]], candidate: &[u8]) -> Option<bool> {
    let all = || samples.iter().copied().chain([candidate]);
    let is_block = |line: &[u8]| line.first() == Some(&MARK) && line.last() == Some(&MARK);
    if !all().all(is_block) || samples.windows(2).all(|two| two[0] == two[1]) {
        return None;
    }
    let label = |line: &[u8]| {
        let end = line.windows(5).rposition(|five| five == b"-----").unwrap_or(0);
        line[..end].to_vec()
    };
    let lengths = samples.iter().map(|sample| sample.len());
    let (shortest, longest) = (lengths.clone().min()?, lengths.max()?);
    Some(
        all().all(|line| label(line) == label(candidate))
            && longest - shortest <= SPREAD
            && (shortest.saturating_sub(SPREAD)..=longest + SPREAD).contains(&candidate.len()),
    )
}
