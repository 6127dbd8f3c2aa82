//! Gives back the pages of the program's own text that only its start has needed.
//!
//! The kernel maps sixteen pages around each that is touched, so that a start maps nearly all of a file of two
//! megabytes, and what a watch goes through each second is a tenth of it. What is needed again is mapped again,
//! from the page cache.

use std::path::Path;

/// A part of the address space: its begin and its length.
type Range = (usize, usize);

/// Unmaps it. Trouble with it is no trouble: the pages stay.
pub fn give_back() {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let Ok(program) = std::fs::read_link("/proc/self/exe") else { return };
    for (begin, length) in text_of(&maps, &program) {
        // SAFETY: the range is a private mapping of the program's file that is executable and was never writable
        // (its permissions are `r-xp`), so that its pages are those of the file: dropped, they are read again from
        // there. Tables that the linker relocates, which would be lost, are not executable.
        unsafe {
            let begin = begin as *mut core::ffi::c_void;
            rustix::mm::madvise(begin, length, rustix::mm::Advice::LinuxDontNeed).ok();
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
        for _ in 0..3 {
            give_back();
            assert_eq!("12".parse::<u32>(), Ok(12));
        }
    }
}
