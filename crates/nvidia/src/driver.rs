//! Versions of the Linux driver: `570.86.10`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A driver's version; shorter ones are filled up with zeros: `550` is `550.0.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Driver {
    numbers: [u32; 3],
    /// How many of them were written.
    written: usize,
}

impl Driver {
    /// From the first line of `/proc/driver/nvidia/version`:
    /// `NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.86.10  Fri Jan …`. The open module calls itself
    /// `NVIDIA UNIX Open Kernel Module for x86_64  570.86.10  Release Build …`.
    pub fn of_proc(text: &str) -> Option<Self> {
        let words = text.lines().next()?.split_whitespace();
        words.filter(|word| word.contains('.')).find_map(|word| word.parse().ok())
    }
}

impl FromStr for Driver {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (mut numbers, mut written) = ([0; 3], 0);
        for part in text.split('.') {
            let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            let place = numbers.get_mut(written).filter(|_| is_number).ok_or(())?;
            *place = part.parse().map_err(|_| ())?;
            written += 1;
        }
        Ok(Self { numbers, written })
    }
}

impl fmt::Display for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As NVIDIA writes them: the third with two digits, `525.60.13`, `535.54.03`.
        let [first, second, third] = self.numbers;
        match self.written {
            1 => write!(f, "{first}"),
            2 => write!(f, "{first}.{second:02}"),
            _ => write!(f, "{first}.{second:02}.{third:02}"),
        }
    }
}

impl Serialize for Driver {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Driver {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|()| serde::de::Error::custom(format!("`{text}` is no driver version")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let driver = |text: &str| text.parse::<Driver>().unwrap();
        for (lower, higher) in [
            ("525.60.12", "525.60.13"),
            ("470.57.02", "525.60.13"),
            ("99.1", "525.60.13"),
            ("525", "525.60.13"),
            ("580.65.06", "580.105.08"),
        ] {
            assert!(driver(lower) < driver(higher), "{lower} {higher}");
        }
        for text in ["525.60.13", "535.54.03", "550.54", "610.43.03", "570.133.07", "387"] {
            assert_eq!(driver(text).to_string(), text);
        }
        for text in ["", "x", "525.", "525.60.x", "1.2.3.4", "12.8a", "+1.2"] {
            assert!(text.parse::<Driver>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_kernel_module_says_its_version() {
        let closed = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  470.57.02  Tue Jul 13 16:14:05 UTC 2021\nGCC version:  gcc version 9.3.0\n";
        let open = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.158.01  Release Build  (dvs-builder@U22-I3-B10-02-5)  Mon Jun  2 13:13:04 UTC 2025\n";
        assert_eq!(Driver::of_proc(closed), "470.57.02".parse().ok());
        assert_eq!(Driver::of_proc(open), "570.158.01".parse().ok());
        assert_eq!(Driver::of_proc("GCC version:  gcc\n"), None);
    }
}
