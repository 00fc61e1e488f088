//! Link arguments of the packaged library, and what `build_info()` says.

fn main() {
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo:rustc-env=OUTPOST_BUILD_TARGET={target}");
    let profile = std::env::var("PROFILE").unwrap_or_default();
    println!("cargo:rustc-env=OUTPOST_BUILD_PROFILE={profile}");
    if target.contains("android") {
        // Devices with 16 KB pages refuse libraries whose segments are aligned to 4 KB.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,max-page-size=16384");
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,common-page-size=16384");
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,liboutpost.so");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
