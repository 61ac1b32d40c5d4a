//! The shell samples of the guide, run as they stand there.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::Place;

/// A page: its `sh` blocks are one script, and the lines of its `text` blocks are in what it
/// prints.
fn check(page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide");
    let text = std::fs::read_to_string(path.join(page)).expect("the page");
    let (script, expect) = (blocks(&text, "sh"), blocks(&text, "text"));
    assert!(!script.is_empty() && !expect.is_empty(), "{page}");

    let place = Place::new();
    let bin = Path::new(env!("CARGO_BIN_EXE_jindiao"));
    let bin = bin.parent().expect("a folder").display();
    let output = Command::new("sh")
        .args(["-euc", &script])
        .env_clear()
        .envs(&place.variables)
        .env("PATH", format!("{bin}:/usr/local/bin:/usr/bin:/bin"))
        .current_dir(place.path())
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{page}: {stdout}{stderr}");
    for line in expect.lines() {
        assert!(stdout.contains(line), "{page}: no {line} in {stdout}");
    }
}

/// What stands in the blocks of one language.
fn blocks(text: &str, language: &str) -> String {
    let fence = format!("```{language}\n");
    let blocks = text.split(&fence).skip(1);
    blocks
        .filter_map(|rest| rest.split_once("```"))
        .map(|(block, _)| block)
        .collect()
}

#[test]
fn one_request_is_signed_and_sent_with_curl() {
    let curl = Command::new("curl").arg("--version").output();
    if curl.is_err() {
        eprintln!("there is no curl here: the sample is not run");
        return;
    }
    check("sign-with-curl.md");
}
