//! The folder of reports: what its files are called, and that it can be written.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use jindiao_order::{Order, StoredReport};
use sha2::{Digest, Sha256};

/// How much of a subject goes into a file name, in bytes: with the id, the extension and `.part`
/// a name stays well below the 255 bytes that file systems allow.
const SUBJECT_BYTES: usize = 120;

/// The folder that reports are put into.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Makes the folder where it is not there, and tries that it can be written.
    ///
    /// # Errors
    /// If it cannot be made or written, before anything is ordered.
    pub fn create(root: &Path) -> Result<Self, FolderError> {
        let fail = |source| FolderError {
            path: root.to_owned(),
            source,
        };
        create_folders(root).map_err(fail)?;
        let root = root.canonicalize().map_err(fail)?;
        let probe = root.join(format!(".jindiao-{}.part", std::process::id()));
        let written = create_anew(&probe)
            .and_then(|mut file| file.write_all(&[0; 4096]).and_then(|()| file.sync_all()));
        let removed = std::fs::remove_file(&probe);
        written.and(removed).map_err(|source| FolderError {
            path: root.clone(),
            source,
        })?;
        Ok(Self { root })
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the report of `order` belongs, below the folder, with `/` between the parts:
    /// `<vendor>/<product>/<subject>-<short id>.<ext>`.
    ///
    /// The name comes from us, never from a server. Whatever the subject is, the path stays in
    /// the folder, and no two orders share one.
    pub fn relative(order: &Order) -> String {
        let wanted = order.wanted();
        let subject = file_name_part(wanted.subject().label());
        let dash = if subject.is_empty() { "" } else { "-" };
        format!(
            "{}/{subject}{dash}{}.{}",
            wanted.product().id(),
            order.id(),
            wanted.format().extension()
        )
    }

    /// The whole path of a file below the folder.
    pub fn path(&self, relative: &str) -> PathBuf {
        relative
            .split('/')
            .fold(self.root.clone(), |path, part| path.join(part))
    }

    /// Whether the report is here, as far as its size tells.
    pub fn has(&self, report: &StoredReport) -> bool {
        std::fs::metadata(self.path(&report.file))
            .is_ok_and(|found| found.is_file() && found.len() == report.size)
    }

    /// Copies the report from another folder, if it is there, whole.
    pub(crate) fn copy_from(&self, other: &Path, report: &StoredReport) -> io::Result<bool> {
        let source = Self {
            root: other.to_owned(),
        };
        if !source.has(report) {
            return Ok(false);
        }
        let target = self.path(&report.file);
        if let Some(parent) = target.parent() {
            create_folders(parent)?;
        }
        let mut name = target.clone().into_os_string();
        name.push(".part");
        let part = PathBuf::from(name);
        let mut from = File::open(source.path(&report.file))?;
        let mut to = create_anew(&part)?;
        let mut digest = Sha256::new();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let n = from.read(&mut buffer)?;
            if n == 0 {
                break;
            }
            digest.update(&buffer[..n]);
            to.write_all(&buffer[..n])?;
        }
        to.sync_all()?;
        if hex::encode(digest.finalize()) != report.sha256 {
            std::fs::remove_file(&part)?;
            return Ok(false);
        }
        std::fs::rename(&part, &target)?;
        Ok(true)
    }
}

/// The subject as a part of a file name that every common file system takes: letters and digits
/// of any script, without what separates paths, hides files or looks like an option.
fn file_name_part(subject: &str) -> String {
    let mut part = String::new();
    for c in subject.chars() {
        let c = match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
            c if c.is_whitespace() => '_',
            c if c.is_control() || is_invisible(c) => continue,
            c => c,
        };
        if part.len() + c.len_utf8() > SUBJECT_BYTES {
            break;
        }
        part.push(c);
    }
    part.trim_matches(|c| matches!(c, '.' | '-' | '_' | '~'))
        .to_owned()
}

/// Characters that turn or hide the text around them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Makes new files readable by their owner alone, where the system knows owners.
pub(crate) fn owner_only(options: &mut OpenOptions) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = options;
}

/// Makes a folder and those above it that are not there, for their owner alone. What is there
/// keeps its mode.
fn create_folders(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a file of ours for its owner alone, in place of one that an earlier process left under
/// this name. Somebody else's file or symbolic link is never written through.
pub(crate) fn create_anew(path: &Path) -> io::Result<File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    owner_only(&mut options);
    options.open(path)
}

/// The output folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the output folder {} cannot be written", path.display())]
pub struct FolderError {
    path: PathBuf,
    source: io::Error,
}

#[cfg(test)]
mod tests {
    use super::*;
    use jindiao_order::{Product, Wanted};
    use jindiao_protocol::{Company, Subject, Timestamp};
    use proptest::prelude::*;

    fn relative(name: &str) -> String {
        let company = Company::named(name.parse().expect("a name"));
        let wanted =
            Wanted::new(Product::QccSnapshot, Subject::Company(company), None).expect("wanted");
        Folder::relative(&Order::plan(wanted, 0, Timestamp::EPOCH))
    }

    fn check(name: &str, stem: &str) {
        let relative = relative(name);
        let file = relative.strip_prefix("qcc/snapshot/").expect("a folder");
        let id_and_ext = file.strip_prefix(stem).expect(&relative);
        assert_eq!(id_and_ext.len(), "-0123456789ab.png".len(), "{relative}");
    }

    #[test]
    fn names_of_files() {
        check("小米科技有限责任公司", "小米科技有限责任公司");
        check("A/B (中国) Co., Ltd.", "A_B_(中国)_Co.,_Ltd");
        check("../../etc/passwd", "etc_passwd");
        check("-rf", "rf");
        check("CON", "CON");
        check("a\u{202e}gnp.exe", "agnp.exe");
    }

    proptest! {
        #[test]
        fn no_subject_leaves_the_folder(name in "\\PC{1,200}") {
            prop_assume!(name.parse::<jindiao_protocol::CompanyName>().is_ok());
            let relative = relative(&name);
            let parts: Vec<_> = relative.split('/').collect();
            prop_assert_eq!(parts.len(), 3);
            prop_assert!(parts[2].len() < 200 && parts[2].ends_with(".png"));
            prop_assert!(!parts[2].starts_with(['.', '-']), "{}", relative);
            prop_assert!(!relative.contains("..") || !parts.contains(&".."));
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_left_under_our_names_is_not_written_through() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a folder");
        let (part, other) = (dir.path().join("a.part"), dir.path().join("other"));
        let mode = |path: &Path| {
            let found = std::fs::metadata(path).expect("a file");
            found.permissions().mode() & 0o777
        };
        std::fs::write(&other, "somebody else's").expect("a file");
        std::os::unix::fs::symlink(&other, &part).expect("a link");
        create_anew(&part)
            .expect("a file")
            .write_all(b"ours")
            .expect("written");
        assert_eq!(std::fs::read(&other).expect("a file"), b"somebody else's");
        std::fs::set_permissions(&part, PermissionsExt::from_mode(0o666)).expect("a mode");
        create_anew(&part).expect("a file");
        assert_eq!(mode(&part), 0o600);
        // A folder that is there is its owner's business.
        std::fs::set_permissions(dir.path(), PermissionsExt::from_mode(0o755)).expect("a mode");
        Folder::create(&dir.path().join("a/b")).expect("a folder");
        assert_eq!(
            ["", "a", "a/b"].map(|name| mode(&dir.path().join(name))),
            [0o755, 0o700, 0o700]
        );
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_said_at_once() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("file");
        std::fs::write(&file, "").expect("a file");
        let error = Folder::create(&file.join("below")).expect_err("a file is no folder");
        assert!(error.to_string().contains("cannot be written"), "{error}");
    }
}
