//! Gives back the pages of the program's own text while the watch rests.
//!
//! The kernel maps sixteen pages around each that is touched, so that a round of probes, which goes through a tenth of
//! a file of three megabytes, maps nearly all of it. What is needed again is mapped again, from the page cache: some
//! forty faults a round, a ten thousandth of a processor.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// A part of the address space: its begin and its length.
type Range = (usize, usize);

/// Of this program. It does not move.
pub struct Text {
    ranges: Vec<Range>,
    /// To be given back when the thread goes to sleep, and not before: what is still to be done until then needs
    /// half of it.
    is_due: AtomicBool,
}

impl Text {
    /// Trouble with it is no trouble: the pages stay.
    pub fn find() -> Self {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
        let program = std::fs::read_link("/proc/self/exe").unwrap_or_default();
        Self { ranges: text_of(&maps, &program), is_due: AtomicBool::new(false) }
    }

    /// A round of probes is over.
    pub fn rest(&self) {
        self.is_due.store(true, Ordering::Relaxed);
    }

    /// The thread goes to sleep.
    pub fn asleep(&self) {
        if self.is_due.swap(false, Ordering::Relaxed) {
            self.give_back();
        }
    }

    fn give_back(&self) {
        for &(begin, length) in &self.ranges {
            // SAFETY: the range is a private mapping of the program's file that is executable and was never writable
            // (its permissions are `r-xp`), so that its pages are those of the file: dropped, they are read again from
            // there. Tables that the linker relocates, which would be lost, are not executable.
            unsafe {
                let begin = begin as *mut core::ffi::c_void;
                rustix::mm::madvise(begin, length, rustix::mm::Advice::LinuxDontNeed).ok();
            }
        }
    }
}

/// The executable parts of a program among the lines of /proc/self/maps, proc(5).
fn text_of(maps: &str, program: &Path) -> Vec<Range> {
    let range = |line: &str| {
        let mut fields = line.split_whitespace();
        let (addresses, permissions) = (fields.next()?, fields.next()?);
        let path = fields.nth(3)?;
        if permissions != "r-xp" || Path::new(path) != program {
            return None;
        }
        let (begin, end) = addresses.split_once('-')?;
        let number = |text| usize::from_str_radix(text, 16).ok();
        let (begin, end) = (number(begin)?, number(end)?);
        Some((begin, end.checked_sub(begin)?))
    };
    maps.lines().filter_map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_of_the_program_itself_is_given_back() {
        let maps = "\
5500-5600 r--p 00000000 08:01 7 /usr/local/bin/mad-runtime
5600-5a00 r-xp 00100000 08:01 7 /usr/local/bin/mad-runtime
5a00-5b00 r--p 00500000 08:01 7 /usr/local/bin/mad-runtime
5b00-5c00 rw-p 00600000 08:01 7 /usr/local/bin/mad-runtime
7f00-7f10 r-xp 00000000 08:01 8 /lib/libc.so
7fff-8000 r-xp 00000000 00:00 0 [vdso]
broken
";
        assert_eq!(text_of(maps, Path::new("/usr/local/bin/mad-runtime")), [(0x5600, 0x400)]);
        assert!(text_of(maps, Path::new("/other")).is_empty());
    }

    #[test]
    fn the_program_goes_on() {
        let text = Text::find();
        assert!(!text.ranges.is_empty());
        for _ in 0..3 {
            text.rest();
            text.asleep();
            assert_eq!("12".parse::<u32>(), Ok(12));
        }
    }
}
