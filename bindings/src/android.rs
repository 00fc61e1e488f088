//! Android only, and the single place with `unsafe` and `jni`: tells the platform's certificate
//! verifier which virtual machine and application it runs in, and attaches threads that call back.
//!
//! The SDK calls `System.loadLibrary("outpost")` and then `nativeInit`, once per process; a second
//! call changes nothing. Never panics and never throws: it answers whether it worked. Until it has
//! been called nothing can be fetched over TLS.
//!
//! Compiled for Android targets only, which needs an Android NDK for the C parts of the core. Where
//! there is none, this file is only type-checked against the same `jni` version on the host.

use std::sync::OnceLock;

use jni::objects::{JClass, JObject};
use jni::sys::{jboolean, jint};
use jni::{Env, EnvUnowned, JavaVM, Outcome};

/// The virtual machine of the process, once `nativeInit` was called.
static JAVA_VM: OnceLock<JavaVM> = OnceLock::new();

/// `org.outpost.sdk.AndroidCore.nativeInit(Context): Boolean`.
// The name is how the virtual machine finds it; there is no other symbol of that name.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_outpost_sdk_AndroidCore_nativeInit<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    context: JObject<'local>,
) -> jboolean {
    let told = env.with_env(|env| init(env, context)).into_outcome();
    matches!(told, Outcome::Ok(()))
}

fn init(env: &mut Env<'_>, context: JObject<'_>) -> jni::errors::Result<()> {
    let machine = env.get_java_vm()?;
    rustls_platform_verifier::android::init_with_env(env, context)?;
    JAVA_VM.get_or_init(|| machine);
    Ok(())
}

/// Our own, so that the dynamic linker never finds one of a dependency.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "system" fn JNI_OnLoad(_machine: *mut jni::sys::JavaVM, _: *mut ()) -> jint {
    jni::sys::JNI_VERSION_1_6
}

/// Attaches this thread for its whole life, so that callbacks need not do it one by one.
pub(crate) fn attach_thread() {
    if let Some(machine) = JAVA_VM.get() {
        machine.attach_current_thread(|_| jni::errors::Result::Ok(())).ok();
    }
}
