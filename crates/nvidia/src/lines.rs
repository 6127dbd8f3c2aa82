//! Lines of a log that tell of a card's trouble: of programs (CUDA, PyTorch) and of the kernel (NVRM).

/// What a line tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// A card's memory is full.
    OutOfMemory,
    /// A card has gone, or must be reset.
    Lost,
    /// A kernel on the card failed; the process cannot use the card any more.
    DeviceAssert,
    /// The driver reported an error of this number (NVIDIA's list of Xid errors).
    Xid(u32),
}

impl Sign {
    /// As logs and metrics name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::OutOfMemory => "gpu-out-of-memory",
            Self::Lost => "gpu-lost",
            Self::DeviceAssert => "gpu-device-assert",
            Self::Xid(_) => "gpu-xid",
        }
    }
}

/// Xid errors after which the card is gone: fallen off the bus; its firmware (GSP) does not answer.
const LOST_XIDS: [u32; 2] = [79, 119];

/// The number of the error in a line of the kernel's:
/// `NVRM: Xid (PCI:0000:3b:00): 79, pid=1234, name=python, GPU has fallen off the bus.`
pub fn xid_of(line: &str) -> Option<u32> {
    let number = line.split_once("NVRM: Xid (")?.1.split_once("): ")?.1;
    let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number[..end].parse().ok()
}

/// What the line tells of a card; `None` for every other line.
pub fn sign_of(line: &str) -> Option<Sign> {
    if let Some(number) = xid_of(line) {
        return Some(if LOST_XIDS.contains(&number) { Sign::Lost } else { Sign::Xid(number) });
    }
    const PARTS: [(&str, Sign); 14] = [
        ("cuda out of memory", Sign::OutOfMemory),
        ("cuda error: out of memory", Sign::OutOfMemory),
        ("cuda_error_out_of_memory", Sign::OutOfMemory),
        ("cudaerrormemoryallocation", Sign::OutOfMemory),
        ("cublas_status_alloc_failed", Sign::OutOfMemory),
        ("cuda error: device-side assert triggered", Sign::DeviceAssert),
        ("cudaerrorassert", Sign::DeviceAssert),
        ("cuda error: an illegal memory access", Sign::DeviceAssert),
        ("cuda_error_illegal_address", Sign::DeviceAssert),
        ("gpu has fallen off the bus", Sign::Lost),
        ("fallen off the bus and is not responding", Sign::Lost),
        ("gpu is lost", Sign::Lost),
        ("unable to determine the device handle for gpu", Sign::Lost),
        ("cuda error: unspecified launch failure", Sign::DeviceAssert),
    ];
    // Every part has one of these; most lines of a log have none.
    const FIRST: [&[u8]; 2] = [b"cuda", b"gpu"];
    let bytes = line.as_bytes();
    let holds = |word: &[u8]| bytes.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    if !FIRST.iter().any(|word| holds(word)) && !holds(b"fallen off") && !holds(b"cublas") {
        return None;
    }
    let line = line.to_lowercase();
    PARTS.iter().find(|(part, _)| line.contains(part)).map(|(_, sign)| *sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_programs_and_of_the_kernel_are_known() {
        for (line, sign) in [
            (
                "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.10 GiB",
                Sign::OutOfMemory,
            ),
            ("RuntimeError: CUDA error: out of memory", Sign::OutOfMemory),
            ("CUDA_ERROR_OUT_OF_MEMORY: out of memory", Sign::OutOfMemory),
            (
                "RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
                Sign::OutOfMemory,
            ),
            ("RuntimeError: CUDA error: device-side assert triggered", Sign::DeviceAssert),
            ("CUDA error: an illegal memory access was encountered", Sign::DeviceAssert),
            (
                "[  12.5] NVRM: Xid (PCI:0000:3b:00): 79, pid=1234, name=python3, GPU has fallen off the bus.",
                Sign::Lost,
            ),
            (
                "kernel: NVRM: Xid (PCI:0000:a1:00): 31, pid=77, MMU Fault: ENGINE GRAPHICS",
                Sign::Xid(31),
            ),
            ("NVRM: Xid (PCI:0000:41:00): 13, Graphics SM Warp Exception", Sign::Xid(13)),
            (
                "               NVRM: fallen off the bus and is not responding to commands.",
                Sign::Lost,
            ),
            (
                "Unable to determine the device handle for GPU 0000:02:00.0: GPU is lost.  Reboot the system to recover this GPU",
                Sign::Lost,
            ),
            (
                "Unable to determine the device handle for GPU0000:BA:00.0: Unknown Error",
                Sign::Lost,
            ),
        ] {
            assert_eq!(sign_of(line), Some(sign), "{line}");
        }
    }

    #[test]
    fn other_lines_are_not() {
        for line in [
            "",
            "Killed process 77 (node): out of memory",
            "JavaScript heap out of memory",
            "using CUDA 12.8 on GPU 0",
            "NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  570.158.01",
            "NVRM: Xid (",
            "NVRM: Xid (PCI:0000:3b:00): none",
            "AssertionError: assert device == 'cuda'",
            "cpu only: CUDA is not available",
            // What every machine without a card says.
            "CUDA error: no CUDA-capable device is detected",
        ] {
            assert_eq!(sign_of(line), None, "{line}");
        }
    }
}
