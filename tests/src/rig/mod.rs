//! What the suites across crates stand on: a real server behind a road that can break, devices that
//! are the built `outpost` binary or the engine itself, metadata of any size.
//!
//! Nothing here judges the product; the suites do. Fails by panic, with what was expected.

pub mod device;
pub mod drive;
pub mod followed;
pub mod material;
pub mod people;
pub mod road;
pub mod server;
pub mod wire;

use std::path::PathBuf;

/// A number that a person may raise, such as `OUTPOST_KILLS=500`.
#[must_use]
pub fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The folder of recordings and packages beside the checkout; `None` says so aloud.
#[must_use]
#[allow(clippy::print_stderr, reason = "a skipped suite must be seen")]
pub fn shared_data(folder: &str) -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    let root = std::env::var_os("OUTPOST_SHARED_DATA").map_or_else(|| beside.into(), PathBuf::from);
    let found = root.join(folder);
    if found.is_dir() {
        return Some(found);
    }
    eprintln!("skipped: there is no {}", found.display());
    None
}

/// The `outpost` binary of this build.
///
/// # Panics
/// If it was not built: a run of one package alone does not build it.
#[must_use]
pub fn binary() -> PathBuf {
    let own = std::env::current_exe().expect("a test knows where it is");
    let mut folders = own.ancestors().skip(1);
    let name = format!("outpost{}", std::env::consts::EXE_SUFFIX);
    let found = folders.by_ref().take(2).map(|folder| folder.join(&name)).find(|it| it.is_file());
    found.expect("the binary is built first: cargo build -p outpost-cli")
}
