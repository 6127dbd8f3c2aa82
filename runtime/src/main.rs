fn main() -> std::process::ExitCode {
    mad_runtime::run(std::env::args_os())
}
