//! The built tool with a home folder of its own, and a sandbox with the metadata of the demonstration.

#![allow(dead_code, reason = "every suite uses a part of it")]

pub mod field;
pub mod rollout;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use outpost_sandbox::{
    HttpRequestParts, MetadataSource, RunningSandbox, SandboxConfig, SandboxUser, start_blocking,
};
use serde_json::Value;

pub const PASSWORD: &str = "Palm-tree-77!";

pub struct Desk {
    pub folder: tempfile::TempDir,
    pub sandbox: RunningSandbox,
}

/// How a run of the tool ended.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.stdout, self.stderr))
    }
}

impl Desk {
    pub fn new() -> Self {
        let package =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/demo-metadata.json");
        let config = SandboxConfig {
            metadata: vec![MetadataSource::File(package)],
            users: ["nurse", "chief"].map(user).into(),
            ..SandboxConfig::default()
        };
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder, sandbox: start_blocking(config, 0).expect("a sandbox") }
    }

    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        self.run_at("home", arguments, input)
    }

    /// Runs the tool with another home folder: another device.
    pub fn run_at(&self, home: &str, arguments: &[&str], input: &str) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_outpost"))
            .args(arguments)
            .env("OUTPOST_HOME", self.folder.path().join(home))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the tool starts");
        // A tool that does not read its input has closed it: no matter.
        child.stdin.take().expect("stdin").write_all(input.as_bytes()).ok();
        let output = child.wait_with_output().expect("the tool ends");
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    /// What a command that works at this home says.
    #[track_caller]
    pub fn done_at(&self, home: &str, arguments: &[&str]) -> Value {
        let ran = self.run_at(home, &[arguments, &["--json"]].concat(), "");
        assert_eq!(ran.code, 0, "{home} {arguments:?}: {} {}", ran.stdout, ran.stderr);
        ran.json()
    }

    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--json"]].concat();
        self.run(&arguments).json()
    }

    #[track_caller]
    pub fn json_at(&self, home: &str, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--json"]].concat();
        self.run_at(home, &arguments, "").json()
    }

    pub fn login(&self, password: &str) -> Ran {
        self.login_at("home", "nurse", password)
    }

    pub fn login_at(&self, home: &str, user: &str, password: &str) -> Ran {
        let url = self.sandbox.url.clone();
        let arguments = ["login", "--server", &url, "--user", user, "--password-stdin"];
        let arguments = [&arguments[..], &["--allow-http", "--json"]].concat();
        self.run_at(home, &arguments, &format!("{password}\n"))
    }

    /// What the administrator gets from the server.
    #[track_caller]
    pub fn ask(&self, method: &str, target: &str, body: &Value) -> Value {
        let request = HttpRequestParts {
            method: method.to_owned(),
            path_and_query: target.to_owned(),
            headers: vec![
                // admin:district
                ("Authorization".to_owned(), "Basic YWRtaW46ZGlzdHJpY3Q=".to_owned()),
                ("Content-Type".to_owned(), "application/json".to_owned()),
            ],
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        };
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let answer = self.sandbox.with(|sandbox| sandbox.answer(&request, now_ms));
        serde_json::from_slice(&answer.body)
            .unwrap_or_else(|error| panic!("{target}: {} {error}", answer.status))
    }

    pub fn ready(&self) {
        assert_eq!(self.login(PASSWORD).code, 0);
        assert_eq!(self.run(&["pull"]).code, 0);
    }

    pub fn record(&self, verb: &str, rest: &[&str]) -> Ran {
        let period = last_month();
        let slice = ["record", verb, "--data-set", "Monthly report", "--period", &period];
        let place = ["--org-unit", "Clinic A", "--json"];
        self.run(&[&slice[..], &place, rest].concat())
    }
}

fn user(name: &str) -> SandboxUser {
    SandboxUser {
        username: name.to_owned(),
        password: PASSWORD.to_owned(),
        org_units: vec!["OuDistrictN".to_owned()],
        ..SandboxUser::default()
    }
}

/// A day so many days ago.
pub fn days_ago(days: i32) -> String {
    let today = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
    today.checked_sub(jiff::Span::new().days(days)).expect("a day").to_string()
}

pub fn last_month() -> String {
    use outpost_domain::period::PeriodType;
    let today = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
    let this = PeriodType::Monthly.containing(today).expect("a month");
    this.previous().expect("an earlier month").to_string()
}
