//! The `uniffi-bindgen` command, pinned to the version of uniffi that the facade is built with.
//!
//! It is a crate of its own so that its many dependencies are compiled once, in the dev profile,
//! and never end up in the library that ships. It must never hold code of ours:
//! `scripts/gen-kotlin.sh` says how it is called.

fn main() {
    uniffi::uniffi_bindgen_main();
}
