//! Reads a password or token from standard input: one line, never shown, never on the command line.

use std::io::{BufRead, IsTerminal, Read};
use std::process::{Command, Stdio};

use outpost_engine::limits::SECRET_BYTES_MAX;
use outpost_engine::{OutpostError, Result};
use zeroize::Zeroizing;

/// Reads the first line of standard input. On a terminal it asks first and switches the echo off.
///
/// # Errors
/// `InvalidInput` if there is no line, or it is too long.
pub fn read_line(what: &str) -> Result<Zeroizing<String>> {
    let is_terminal = std::io::stdin().is_terminal();
    let _quiet = match is_terminal {
        true => Some(Silence::begin(what)?),
        false => None,
    };
    let mut line = Zeroizing::new(String::new());
    std::io::stdin()
        .lock()
        .take(SECRET_BYTES_MAX as u64 + 2)
        .read_line(&mut line)
        .map_err(|error| OutpostError::invalid(what, "unreadable", error))?;
    let secret = Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned());
    if secret.is_empty() {
        return Err(OutpostError::invalid(what, "missing", "nothing came on standard input"));
    }
    Ok(secret)
}

/// The terminal without echo; dropping it brings the echo back.
struct Silence;

impl Silence {
    fn begin(what: &str) -> Result<Self> {
        if !stty("-echo") {
            let reason = "the terminal cannot hide what is typed; pipe it in instead";
            return Err(OutpostError::invalid(what, "echo", reason));
        }
        eprint!("{what}: ");
        Ok(Self)
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        stty("echo");
        eprintln!();
    }
}

fn stty(argument: &str) -> bool {
    let status = Command::new("stty").arg(argument).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
