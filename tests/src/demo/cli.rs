//! Runs the `outpost` binary of this checkout with a home folder of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value;

/// The binary and the home folder that it works in.
pub struct Cli {
    binary: PathBuf,
    home: PathBuf,
}

/// What went wrong in the demo, in words.
pub type Failure = String;

impl Cli {
    /// A client with its own home folder.
    #[must_use]
    pub fn new(binary: &Path, home: &Path) -> Self {
        Self { binary: binary.to_owned(), home: home.to_owned() }
    }

    /// The command line as a person would type it.
    #[must_use]
    pub fn typed(arguments: &[&str]) -> String {
        let quoted = arguments.iter().map(|argument| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,".contains(c);
            if argument.chars().all(plain) {
                (*argument).to_owned()
            } else {
                format!("'{argument}'")
            }
        });
        std::iter::once("outpost".to_owned()).chain(quoted).collect::<Vec<_>>().join(" ")
    }

    /// Runs a command and gives its output as a person sees it, whatever the exit code.
    ///
    /// # Errors
    /// If the binary cannot be run.
    pub fn run(&self, arguments: &[&str], input: Option<&str>) -> Result<(i32, String), Failure> {
        let output = self.output(arguments, input)?;
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        Ok((output.status.code().unwrap_or(-1), text))
    }

    /// Runs a command with `--json` and parses what it prints.
    ///
    /// # Errors
    /// If it fails or prints something else.
    pub fn json(&self, arguments: &[&str]) -> Result<Value, Failure> {
        let with_json: Vec<_> =
            std::iter::once("--json").chain(arguments.iter().copied()).collect();
        let output = self.output(&with_json, None)?;
        if !output.status.success() {
            return Err(format!(
                "{} failed: {}{}",
                Self::typed(&with_json),
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            ));
        }
        serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("{} printed no JSON: {error}", Self::typed(&with_json)))
    }

    /// Runs a command with `--json` that may be refused; gives the exit code and what it prints.
    ///
    /// # Errors
    /// If it cannot be run or prints no JSON.
    pub fn try_json(&self, arguments: &[&str]) -> Result<(i32, Value), Failure> {
        let with_json: Vec<_> =
            std::iter::once("--json").chain(arguments.iter().copied()).collect();
        let output = self.output(&with_json, None)?;
        let document = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("{} printed no JSON: {error}", Self::typed(&with_json)))?;
        Ok((output.status.code().unwrap_or(-1), document))
    }

    /// Runs a command that answers lines, with `--json`; gives its answers.
    ///
    /// # Errors
    /// If it cannot be run or an answer is no JSON.
    pub fn converse(&self, arguments: &[&str], lines: &str) -> Result<Vec<Value>, Failure> {
        let with_json: Vec<_> =
            std::iter::once("--json").chain(arguments.iter().copied()).collect();
        let output = self.output(&with_json, Some(lines))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let no_json = |error| format!("{} printed no JSON: {error}", Self::typed(&with_json));
        text.lines().map(|line| serde_json::from_str(line).map_err(no_json)).collect()
    }

    /// Runs `nearby receive` with `--json` until it shows its invitation.
    ///
    /// # Errors
    /// If it cannot be run or shows none.
    pub fn listen(&self, arguments: &[&str]) -> Result<Meeting, Failure> {
        let mut child = Command::new(&self.binary)
            .arg("--home")
            .arg(&self.home)
            .arg("--json")
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} cannot be run: {error}", self.binary.display()))?;
        let output = child.stdout.take().map(BufReader::new);
        let mut meeting = Meeting { child, output, invitation: String::new() };
        let shown = meeting.line()?;
        let invitation = shown["invitation"].as_str().ok_or("no invitation is shown")?;
        meeting.invitation = invitation.to_owned();
        Ok(meeting)
    }

    fn output(&self, arguments: &[&str], input: Option<&str>) -> Result<Output, Failure> {
        let mut child = Command::new(&self.binary)
            .arg("--home")
            .arg(&self.home)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} cannot be run: {error}", self.binary.display()))?;
        if let (Some(text), Some(mut stdin)) = (input, child.stdin.take()) {
            stdin.write_all(text.as_bytes()).map_err(|error| format!("its input: {error}"))?;
        }
        child.wait_with_output().map_err(|error| format!("its output: {error}"))
    }
}

/// A tablet that shows an invitation; dropped, it is ended.
pub struct Meeting {
    child: Child,
    output: Option<BufReader<ChildStdout>>,
    invitation: String,
}

impl Meeting {
    /// The text of the code that it shows.
    #[must_use]
    pub fn invitation(&self) -> &str {
        &self.invitation
    }

    /// Waits until it ends by itself, which `--until-idle` sees to; its report.
    ///
    /// # Errors
    /// If it ends without one.
    pub fn end(mut self) -> Result<Value, Failure> {
        self.line()
    }

    fn line(&mut self) -> Result<Value, Failure> {
        let mut line = String::new();
        let output = self.output.as_mut().ok_or("its output is not piped")?;
        output.read_line(&mut line).map_err(|error| format!("its output: {error}"))?;
        serde_json::from_str(&line).map_err(|error| format!("the tablet printed no JSON: {error}"))
    }
}

impl Drop for Meeting {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
