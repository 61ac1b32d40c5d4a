//! `jindiao verify`: whether the files of an output folder are those of its manifest.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use jindiao_words::{Message, say};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::cli::VerifyArgs;
use crate::error::{CliError, Kind};
use crate::output::Output;

const MANIFEST: &str = "manifest.jsonl";

pub(crate) fn run(args: &VerifyArgs, out: &mut Output) -> Result<Vec<Kind>, CliError> {
    let path = args.dir.join(MANIFEST);
    let text = std::fs::read(&path).map_err(|error| {
        CliError::usage(say!("cannot read {path}", path = path.display()))
            .because(error)
            .hint(say!("give the folder that was --out of a run"))
    })?;
    let checked = check(&args.dir, &String::from_utf8_lossy(&text));
    let bad = checked.iter().filter(|file| !file.is_ok()).count();
    if out.is_json() {
        for file in &checked {
            out.record("file", &file.record());
        }
        out.record(
            "summary",
            &Summary {
                files: checked.len(),
                ok: checked.len() - bad,
                bad,
            },
        );
    } else {
        for file in checked.iter().filter(|file| !file.is_ok()) {
            out.line(file.told());
        }
        out.line(say!(
            "{n} of {all} files are as the manifest says",
            n = checked.len() - bad,
            all = checked.len()
        ));
    }
    Ok(if bad == 0 {
        Vec::new()
    } else {
        vec![Kind::NotStored]
    })
}

/// What was found of one file.
#[derive(Debug)]
struct Checked {
    order: Option<String>,
    file: String,
    problem: Option<Message>,
}

impl Checked {
    fn is_ok(&self) -> bool {
        self.problem.is_none()
    }

    fn told(&self) -> Message {
        let Self { file, problem, .. } = self;
        let problem = problem.clone().unwrap_or_else(|| Message::verbatim(""));
        match &self.order {
            Some(order) => say!("{file} (order {order}): {problem}", file, order, problem),
            None => say!("{what}: {cause}", what = file, cause = problem),
        }
    }

    fn record(&self) -> FileRecord<'_> {
        FileRecord {
            order: self.order.as_deref(),
            file: &self.file,
            ok: self.is_ok(),
            problem: self.problem.as_ref().map(ToString::to_string),
        }
    }
}

#[derive(Serialize)]
struct FileRecord<'a> {
    order: Option<&'a str>,
    file: &'a str,
    ok: bool,
    problem: Option<String>,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    ok: usize,
    bad: usize,
}

/// What matters here of a line of the manifest.
#[derive(Deserialize)]
struct Line {
    order: String,
    file: String,
    size: u64,
    sha256: String,
}

fn check(dir: &Path, manifest: &str) -> Vec<Checked> {
    let mut unreadable = Vec::new();
    // A file that was stored anew has a later line, which holds.
    let mut files: BTreeMap<String, Line> = BTreeMap::new();
    for (text, n) in manifest.lines().zip(1..) {
        match serde_json::from_str::<Line>(text) {
            Ok(line) => {
                files.insert(line.file.clone(), line);
            }
            Err(_) if text.trim().is_empty() => {}
            Err(_) => unreadable.push(Checked {
                order: None,
                file: format!("{MANIFEST}:{n}"),
                problem: Some(say!("the line is not readable")),
            }),
        }
    }
    let checked = files.into_values().map(|line| Checked {
        problem: problem(dir, &line),
        order: Some(line.order),
        file: line.file,
    });
    checked.chain(unreadable).collect()
}

fn problem(dir: &Path, line: &Line) -> Option<Message> {
    let Some(path) = inside(dir, &line.file) else {
        return Some(say!("the path leads out of the folder"));
    };
    let (size, digest) = match digest(&path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Some(say!("there is no such file"));
        }
        Err(error) => return Some(say!("cannot be read: {error}", error)),
    };
    if size != line.size {
        Some(say!(
            "the size is {size} and should be {expected}",
            size,
            expected = line.size
        ))
    } else if !digest.eq_ignore_ascii_case(&line.sha256) {
        Some(say!(
            "the content is not what was stored: the SHA-256 digest differs"
        ))
    } else {
        None
    }
}

/// The path of a file in the folder; `None` if it is elsewhere, also by way of a link.
fn inside(dir: &Path, file: &str) -> Option<PathBuf> {
    let relative = Path::new(file);
    let is_plain = !file.is_empty()
        && relative
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
    let path = is_plain.then(|| dir.join(relative))?;
    match (path.canonicalize(), dir.canonicalize()) {
        (Ok(real), Ok(dir)) => real.starts_with(dir).then_some(path),
        // What is not there is said by whoever opens it.
        _ => Some(path),
    }
}

fn digest(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut size = 0u64;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((size, hex::encode(digest.finalize()))),
            n => {
                digest.update(&buffer[..n]);
                size += n as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::output;

    /// The digest of `hello`.
    const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    fn line(file: &str, size: u64, sha256: &str) -> String {
        format!(
            "{{\"order\":\"a1\",\"file\":\"{file}\",\"size\":{size},\"sha256\":\"{sha256}\",\"more\":1}}\n"
        )
    }

    /// Checks a folder with `qcc/a.png` (`hello`) against a manifest.
    fn shown(manifest: &str, json: bool) -> (usize, String) {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("qcc")).expect("a folder");
        std::fs::write(folder.path().join("qcc/a.png"), "hello").expect("a file");
        std::fs::write(folder.path().join(MANIFEST), manifest).expect("a file");
        let (mut out, written) = output(json);
        let args = VerifyArgs {
            dir: folder.path().to_owned(),
        };
        let kinds = run(&args, &mut out)
            .map_err(|error| error.report())
            .expect("a manifest");
        (kinds.len(), written.text())
    }

    #[test]
    fn a_file_as_it_was_stored() {
        let good = line("qcc/a.png", 5, HELLO);
        assert_eq!(
            shown(&good, false),
            (0, "1 of 1 files are as the manifest says\n".to_owned())
        );
        let stale = line("qcc/a.png", 4, HELLO);
        assert_eq!(shown(&format!("{stale}\n{good}"), false).0, 0);
        assert_eq!(
            shown(&good, true).1,
            "{\"type\":\"file\",\"data\":{\"order\":\"a1\",\"file\":\"qcc/a.png\",\"ok\":true,\"problem\":null}}\n\
             {\"type\":\"summary\",\"data\":{\"files\":1,\"ok\":1,\"bad\":0}}\n"
        );
    }

    #[test]
    fn it_is_said_in_chinese_too() {
        let checked = check(Path::new("no-such-folder"), &line("a.png", 1, HELLO));
        let told = checked[0].told().in_lang(jindiao_words::Lang::Zh);
        assert_eq!(told, "a.png（订单 a1）：没有此文件");
    }

    #[test]
    fn what_can_be_wrong() {
        let check = |manifest: &str, expect: &str| {
            let (kinds, text) = shown(manifest, false);
            assert!(kinds == 1 && text.contains(expect), "{text}");
        };
        check(
            &line("qcc/a.png", 4, HELLO),
            "qcc/a.png (order a1): the size is 5 and should be 4",
        );
        check(
            &line("qcc/a.png", 5, &HELLO.replace('2', "3")),
            "the content is not what was stored",
        );
        check(&line("qcc/b.png", 5, HELLO), "there is no such file");
        check(&line("../a.png", 5, HELLO), "leads out of the folder");
        check(&line("/etc/hostname", 5, HELLO), "leads out of the folder");
        check(&line("", 5, HELLO), "leads out of the folder");
        check("{\"order\":", "manifest.jsonl:1: the line is not readable");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_is_not_followed() {
        let outside = tempfile::NamedTempFile::new().expect("a file");
        let folder = tempfile::tempdir().expect("a folder");
        std::os::unix::fs::symlink(outside.path(), folder.path().join("a.png")).expect("a link");
        assert_eq!(inside(folder.path(), "a.png"), None);
    }

    #[test]
    fn a_folder_without_a_manifest() {
        let (mut out, _) = output(false);
        let error = run(
            &VerifyArgs {
                dir: "no-such-folder".into(),
            },
            &mut out,
        )
        .expect_err("no manifest");
        assert_eq!(error.kind(), Kind::Usage);
    }
}
