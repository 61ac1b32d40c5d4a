//! Runs the examples of every crate: what they show must hold.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::tools::{self, succeed};

/// Builds all examples of the workspace at `root` and runs each, without arguments or input.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let metadata = tools::workspace(root)?;
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--workspace", "--examples", "--locked"]);
    succeed(build.current_dir(root))?;
    let folder = metadata.target_directory.join("debug/examples");
    for package in metadata.workspace_packages() {
        for target in package.targets.iter().filter(|target| target.is_example()) {
            let name = format!("{}{}", target.name, std::env::consts::EXE_SUFFIX);
            run_one(&package.name, folder.join(name).as_std_path())?;
        }
    }
    Ok(())
}

/// Runs one example to its end; what it prints is only of interest if it fails.
fn run_one(package: &str, program: &Path) -> Result<(), String> {
    let output = Command::new(program)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    if output.status.success() && !output.stdout.is_empty() {
        return Ok(());
    }
    let name = program.file_stem().unwrap_or_default().to_string_lossy();
    Err(format!(
        "`cargo run --package {package} --example {name}` {}\n{}{}",
        if output.status.success() {
            "prints nothing"
        } else {
            "failed"
        },
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_is_shown_as_it_can_be_repeated() {
        let error = run_one("jindiao-codes", Path::new("/no/such/explain"));
        assert!(error.is_err_and(|it| it.starts_with("/no/such/explain: ")));
        // Cargo without a command prints its help and is content; with a wrong one it is not.
        let cargo = Path::new(env!("CARGO"));
        assert_eq!(run_one("any", cargo), Ok(()));
    }
}
