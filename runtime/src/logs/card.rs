//! Lines that tell of a card's trouble: its memory is full, it has gone.

use memchr::memchr2_iter;
use nvidia::{Sign, sign_of};

/// What the line tells of a card. Most lines have none of the words, which is seen at a glance.
pub fn sign(line: &[u8]) -> Option<Sign> {
    if !may_tell(line) {
        return None;
    }
    sign_of(&String::from_utf8_lossy(line))
}

/// `cuda`, `cublas`, `gpu`, or what the kernel's module says: NVRM, `fallen off the bus`.
fn may_tell(line: &[u8]) -> bool {
    let is = |from: Option<usize>, word: &[u8]| {
        from.and_then(|from| line.get(from..from + word.len()))
            .is_some_and(|part| part.eq_ignore_ascii_case(word))
    };
    let with_u = memchr2_iter(b'u', b'U', line).any(|at| {
        is(at.checked_sub(1), b"cuda")
            || is(at.checked_sub(1), b"cublas")
            || is(at.checked_sub(2), b"gpu")
            || is(at.checked_sub(16), b"fallen off the bus")
    });
    with_u || memchr::memmem::find(line, b"NVRM: Xid (").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_rules_know_is_looked_at() {
        for line in [
            "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
            "cublas_status_alloc_failed",
            "NVRM: Xid (PCI:0000:a1:00): 31, pid=77, MMU Fault: ENGINE GRAPHICS",
            "NVRM: fallen off the bus and is not responding to commands.",
            "GPU is lost.",
        ] {
            assert_eq!(sign(line.as_bytes()), sign_of(line), "{line}");
            assert!(sign(line.as_bytes()).is_some(), "{line}");
        }
        for line in
            ["", "u", "cud", "gp", "uuuu", "the bus has gone", "using the queue of the user"]
        {
            assert!(!may_tell(line.as_bytes()), "{line}");
        }
    }
}
