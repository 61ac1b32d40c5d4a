//! Whether a file is on another machine, where locks may lie.

use std::path::Path;

/// The kind of network file system that holds the folder of `path`, where that can be told: on Linux,
/// by what the kernel says of it. A FUSE file system may be on this machine or on another one.
#[cfg(target_os = "linux")]
pub fn network_file_system(path: &Path) -> Option<&'static str> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let found = rustix::fs::statfs(folder).ok()?;
    // The numbers have 32 bits; how wide the field is differs between machines.
    name(found.f_type as u32)
}

/// The same elsewhere: it cannot be told.
#[cfg(not(target_os = "linux"))]
pub fn network_file_system(_: &Path) -> Option<&'static str> {
    None
}

/// What statfs(2) and the kernel's `magic.h` call network file systems.
#[cfg(target_os = "linux")]
fn name(magic: u32) -> Option<&'static str> {
    Some(match magic {
        0x6969 => "NFS",
        0x517b | 0xfe53_4d42 | 0xff53_4d42 => "SMB",
        0x0102_1997 => "9P",
        0x5346_414f | 0x6b41_4653 => "AFS",
        0x00c3_6400 => "Ceph",
        0x7375_7245 => "Coda",
        0x0bd0_0bd0 => "Lustre",
        0x564c => "NCP",
        0x6573_5546 => "FUSE",
        _ => return None,
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_this_machine_is_none_of_them() {
        // It is there on every Linux, and on no network.
        assert_eq!(network_file_system(Path::new("/proc/self")), None);
        assert_eq!(network_file_system(Path::new("/no/such/folder")), None);
        assert_eq!(name(0x6969), Some("NFS"));
        assert_eq!(name(0xef53), None);
    }
}
