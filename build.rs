//! Builds anew when an embedded folder changes: `include_dir!` does not see new files by itself.

fn main() {
    for folder in ["templates", "profiles", "patches"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
