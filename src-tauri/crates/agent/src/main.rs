//! `keyfob-agent`: Keyfob's engine for a machine without a desktop, led by its parent process.

fn main() -> std::process::ExitCode {
    keyfob_agent::run()
}
