//! `sandbox`: a DHIS2-compatible server on this machine.

use std::path::Path;

use outpost_engine::{OutpostError, Result};
use outpost_sandbox::{Faults, MetadataSource, SandboxConfig, SandboxUser};
use serde_json::{Map, Value, json};

use crate::args::Sandbox;
use crate::output::Output;
use crate::strings;

/// Runs the server until a person stops it.
///
/// # Errors
/// `InvalidInput` for arguments and metadata files; `Internal` if the port cannot be had.
pub fn run(arguments: Sandbox, output: Output) -> Result<u8> {
    let port = arguments.port;
    let sandbox = outpost_sandbox::start_blocking(config(arguments)?, port).map_err(refused)?;
    let address = sandbox.url.clone();
    output.result(&json!({ "address": address }), || strings::sandbox_runs(&address));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(OutpostError::internal)?;
    runtime.block_on(stop_asked())?;
    sandbox.stop().map_err(refused)?;
    Ok(crate::exit::OK)
}

/// Waits for Ctrl+C, or for the signal by which services are stopped.
async fn stop_asked() -> Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).map_err(OutpostError::internal)?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted.map_err(OutpostError::internal),
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.map_err(OutpostError::internal)
}

fn refused(error: impl std::fmt::Display) -> OutpostError {
    OutpostError::invalid("sandbox", "cannot_start", error)
}

fn config(arguments: Sandbox) -> Result<SandboxConfig> {
    let mut users = Vec::new();
    for user in &arguments.users {
        users.push(parse_user(user)?);
    }
    if let Some(path) = &arguments.users_file {
        users.extend(read_users(path)?);
    }
    Ok(SandboxConfig {
        data_dir: arguments.data,
        metadata: arguments.metadata.into_iter().map(MetadataSource::from).collect(),
        users,
        version: arguments.version,
        faults: parse_faults(&arguments.faults)?,
        ..SandboxConfig::default()
    })
}

/// Parses `[*]NAME:PASSWORD[:OU,…]`; a leading `*` makes a superuser.
fn parse_user(text: &str) -> Result<SandboxUser> {
    let (text, superuser) = match text.strip_prefix('*') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let mut parts = text.splitn(3, ':');
    let (Some(username), Some(password)) = (parts.next(), parts.next()) else {
        let reason = "write NAME:PASSWORD or NAME:PASSWORD:OU,OU";
        return Err(OutpostError::invalid("user", "shape", reason));
    };
    let org_units = parts.next().unwrap_or_default().split(',').filter(|id| !id.is_empty());
    Ok(SandboxUser {
        username: username.to_owned(),
        password: password.to_owned(),
        org_units: org_units.map(str::to_owned).collect(),
        superuser,
        ..SandboxUser::default()
    })
}

fn read_users(path: &Path) -> Result<Vec<SandboxUser>> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| OutpostError::invalid("users", "unreadable", error))?;
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(parse_user).collect()
}

/// Parses `NAME=VALUE` pairs with the member names of the sandbox's faults.
fn parse_faults(pairs: &[String]) -> Result<Faults> {
    let mut members = Map::new();
    for pair in pairs {
        let (name, value) = pair.split_once('=').ok_or_else(|| {
            OutpostError::invalid("fault", "shape", "write NAME=VALUE, such as latencyMs=200")
        })?;
        // 2.40 is a number in JSON and a version here.
        let value = match name {
            "version" => json!(value),
            _ => serde_json::from_str(value).unwrap_or_else(|_| json!(value)),
        };
        members.insert(name.to_owned(), value);
    }
    serde_json::from_value(Value::Object(members))
        .map_err(|error| OutpostError::invalid("fault", "unknown", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_may_have_a_password_with_colons_only_in_front_of_units() {
        let user = parse_user("nurse:District1:DiszpKrYNg8,ImspTQPwCqd").expect("a user");
        assert_eq!((user.username.as_str(), user.password.as_str()), ("nurse", "District1"));
        assert_eq!(user.org_units, ["DiszpKrYNg8", "ImspTQPwCqd"]);
        assert!(!user.superuser);
        assert!(parse_user("*boss:secret").expect("a user").superuser);
        assert!(parse_user("nobody").is_err());
    }

    #[test]
    fn faults_are_named_as_the_sandbox_names_them() {
        let faults = parse_faults(&["latencyMs=200".into(), "version=2.40".into()]);
        let faults = faults.expect("faults");
        assert_eq!((faults.latency_ms, faults.version.as_deref()), (200, Some("2.40")));
        assert!(parse_faults(&["nonsense=1".into()]).is_err());
        assert!(parse_faults(&["latencyMs".into()]).is_err());
    }
}
