//! `gpu-detect` on folders that stand for machines with and without a GPU.

use std::process::Command;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/files/gpu-detect");
const LOWEST: &str = "525.60.13";

/// What it says of a machine with these files, under these variables.
fn detect(files: &[(&str, &str)], variables: &[(&str, &str)]) -> (String, String) {
    let root = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = root.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let output = Command::new(SCRIPT)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("MAD_GPU_ROOT", root.path())
        .env("MAD_MIN_DRIVER", LOWEST)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success(), "it never fails");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let (device, reason) = text.trim_end().split_once('\n').unwrap();
    (device.to_owned(), reason.replace(root.path().to_str().unwrap(), ""))
}

const DEVICE: (&str, &str) = ("dev/nvidia0", "");
const LIBRARY: (&str, &str) = ("usr/lib/x86_64-linux-gnu/libcuda.so.1", "");
const NEW: (&str, &str) = ("sys/module/nvidia/version", "570.86.10\n");
const OLD: (&str, &str) = ("sys/module/nvidia/version", "525.60.12\n");
const PROC: (&str, &str) = (
    "proc/driver/nvidia/version",
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  470.57.02  Tue Jul 13\n",
);

#[test]
fn every_machine_gets_a_device_and_a_reason() {
    for (files, variables, device, reason) in [
        (
            &[][..],
            &[][..],
            "cpu",
            "no GPU device (/dev/nvidia*): start the container with --gpus all",
        ),
        (&[DEVICE], &[], "cpu", "driver library libcuda.so.1 is missing"),
        (&[DEVICE, LIBRARY, NEW], &[], "cuda", "/dev/nvidia0, driver 570.86.10"),
        (&[DEVICE, LIBRARY, OLD], &[], "cpu", "driver 525.60.12 is older than 525.60.13"),
        (&[DEVICE, LIBRARY, PROC], &[], "cpu", "driver 470.57.02 is older than 525.60.13"),
        (&[DEVICE, LIBRARY], &[], "cuda", "driver of unknown version"),
        (&[DEVICE, LIBRARY, NEW], &[("CUDA_VISIBLE_DEVICES", "")], "cpu", "hides every GPU"),
        (&[DEVICE, LIBRARY, NEW], &[("MAD_DEVICE", "cpu")], "cpu", "asked for with MAD_DEVICE=cpu"),
    ] {
        let found = detect(files, variables);
        assert_eq!(found.0, device, "{files:?} {variables:?}: {}", found.1);
        assert!(found.1.contains(reason), "{files:?} {variables:?}: {}", found.1);
    }
}
