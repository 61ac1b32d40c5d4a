//! The folder of reports: what its files are called, and that it can be written.

use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use jindiao_order::{Order, StoredReport};
use jindiao_words::{Message, Say, say};
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
    let part = part.trim_matches(|c| matches!(c, '.' | '-' | '_' | '~'));
    match part.split_once('.') {
        // Windows takes `CON.anything` for the console; without a dot the id makes it another name.
        Some((device, _)) if is_device(device) => format!("_{part}"),
        _ => part.to_owned(),
    }
}

/// Whether Windows has a device of this name.
fn is_device(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let is_port = |rest: &str| {
        let mut digits = rest.chars();
        let is_digit = |c: char| c.is_ascii_digit() || matches!(c, '¹' | '²' | '³');
        digits.next().is_some_and(is_digit) && digits.next().is_none()
    };
    matches!(&*name, "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || ["COM", "LPT"]
            .iter()
            .any(|port| name.strip_prefix(port).is_some_and(is_port))
}

/// Characters that turn or hide the text around them.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{feff}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
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
#[derive(Debug)]
pub struct FolderError {
    path: PathBuf,
    source: io::Error,
}

impl Say for FolderError {
    fn say(&self) -> Message {
        say!(
            "the output folder {path} cannot be written",
            path = self.path.display()
        )
    }
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl std::error::Error for FolderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jindiao_order::{Product, Wanted};
    use jindiao_protocol::{Company, CompanyName, Subject, Timestamp};
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
        let dash = usize::from(!stem.is_empty());
        assert_eq!(
            id_and_ext.len(),
            dash + "0123456789ab.png".len(),
            "{relative}"
        );
    }

    #[test]
    fn names_of_files() {
        check("小米科技有限责任公司", "小米科技有限责任公司");
        check("A/B (中国) Co., Ltd.", "A_B_(中国)_Co.,_Ltd");
        check("../../etc/passwd", "etc_passwd");
        check("-rf", "rf");
        check("CON", "CON");
        check("a\u{202e}gnp.exe", "agnp.exe");
        check("con.txt", "_con.txt");
        check("LPT¹.a.b", "_LPT¹.a.b");
        check("COM10.a", "COM10.a");
        check("a:b ", "a_b");
        check("~$x.", "$x");
        check("🏢\u{200d}🐉", "🏢🐉");
        check(&"长".repeat(100), &"长".repeat(40));
        check("...", "");
    }

    /// Names as strangers would write them.
    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            any::<char>().prop_map(String::from),
            "[a-zA-Z.]{1,3}",
            proptest::sample::select(vec![
                "..", "/", "\\", ":", "::$DATA", "CON", "nul", "com1", "-", " ", "\n", "\0",
                "\u{202e}", "\u{2028}", "\u{3000}", "%2f", "~", "🏢", "e\u{301}", "é", "İ", "ß",
                ".part", ".pdf",
            ])
            .prop_map(str::to_owned),
        ];
        proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    /// As much of such a name as a list lets through.
    fn company_name() -> impl Strategy<Value = CompanyName> {
        hostile().prop_filter_map("no name", |name| {
            let name: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
            name.parse().ok()
        })
    }

    proptest! {
        #[test]
        fn any_subject_is_a_safe_part_of_a_name(subject in prop_oneof![hostile(), "\\PC{0,300}"]) {
            let part = file_name_part(&subject);
            // As it is used: before the id, and with what downloads put behind it.
            let name = format!("{part}-0123456789ab.docx.part.resume");
            prop_assert!(name.len() <= 255, "{}", name);
            prop_assert!(!part.starts_with(['.', '-', '~', ' ']) && !part.ends_with('.'), "{}", part);
            prop_assert!(!part.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|']), "{}", part);
            prop_assert!(!part.contains(|c: char| c.is_control() || c.is_whitespace()), "{}", part);
            prop_assert!(!part.contains(['\u{202e}', '\u{200f}', '\u{2066}', '\u{61c}']), "{}", part);
            let device = name.split('.').next().unwrap_or_default().trim_end();
            prop_assert!(!is_device(device), "{}", name);
            let path = Path::new(&name);
            prop_assert_eq!(path.components().count(), 1);
            prop_assert_eq!(path.file_name().and_then(|it| it.to_str()), Some(name.as_str()));
        }

        #[test]
        fn no_subject_leaves_the_folder_or_clashes(one in company_name(), other in company_name()) {
            let names = [one, other];
            let folder = Folder { root: PathBuf::from("/reports") };
            let [one, other] = names.map(|name| {
                let company = Company::named(name);
                let wanted = Wanted::new(Product::QccSnapshot, Subject::Company(company), None).expect("wanted");
                Order::plan(wanted, 0, Timestamp::EPOCH)
            });
            for order in [&one, &other] {
                let relative = Folder::relative(order);
                prop_assert_eq!(relative.split('/').count(), 3, "{}", relative);
                prop_assert!(relative.starts_with("qcc/snapshot/") && relative.ends_with(".png"));
                let path = folder.path(&relative);
                prop_assert!(path.components().all(|it| !matches!(it, std::path::Component::ParentDir)));
                prop_assert_eq!(path.parent(), Some(Path::new("/reports/qcc/snapshot")));
            }
            // The same name in another case, or composed in another way, is another name: what tells
            // orders apart is ASCII, in small letters, and at a fixed place.
            if one.id() != other.id() {
                let tail = |order: &Order| {
                    let relative = Folder::relative(order).to_uppercase();
                    relative[relative.len() - "0123456789ab.png".len()..].to_owned()
                };
                prop_assert_ne!(tail(&one), tail(&other));
            }
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
