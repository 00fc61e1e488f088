//! Sizes on the disk: of a database with what SQLite keeps beside it, and of the room that is left.

use std::path::Path;

/// Bytes of the database, its write-ahead log and index.
pub(crate) fn database_bytes(database: &Path) -> u64 {
    let size = |suffix: &str| {
        let mut path = database.as_os_str().to_owned();
        path.push(suffix);
        std::fs::metadata(path).map_or(0, |metadata| metadata.len())
    };
    ["", "-wal", "-shm"].into_iter().map(size).sum()
}

/// Bytes that this user may still write beside `path`; `None` if the system does not tell.
#[cfg(unix)]
pub(crate) fn free_bytes(path: &Path) -> Option<u64> {
    let space = rustix::fs::statvfs(path).ok()?;
    space.f_bavail.checked_mul(space.f_frsize)
}

#[cfg(not(unix))]
pub(crate) fn free_bytes(_path: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_beside_a_database_counts() {
        let home = tempfile::tempdir().expect("a folder");
        let database = home.path().join("a.db");
        std::fs::write(&database, [0; 100]).expect("write");
        std::fs::write(home.path().join("a.db-wal"), [0; 20]).expect("write");
        assert_eq!(database_bytes(&database), 120);
        assert_eq!(database_bytes(&home.path().join("none")), 0);
    }

    #[cfg(unix)]
    #[test]
    fn the_system_tells_how_much_room_is_left() {
        assert!(free_bytes(&std::env::temp_dir()).is_some_and(|free| free > 0));
        assert_eq!(free_bytes(Path::new("/no/such/place")), None);
    }
}
