//! A device: a home folder of its own, worked with by the built `outpost` binary as a person does,
//! or by the engine inside this process.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use outpost_engine::model::{SyncObserver, SyncOptions, SyncProgress, SyncReport};
use outpost_engine::platform::Platform;
use outpost_engine::{CancelToken, Outpost, Session};
use serde_json::Value;

use super::server::{PASSWORD, USER};

/// How a run of the binary ended.
#[derive(Debug)]
pub struct Ran {
    /// Exit code; −1 if it was killed.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it told besides.
    pub stderr: String,
}

impl Ran {
    /// What it printed, as JSON.
    #[track_caller]
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.stdout, self.stderr))
    }
}

/// A home folder, gone with its device.
pub struct Device {
    folder: tempfile::TempDir,
}

impl Default for Device {
    fn default() -> Self {
        Self::new()
    }
}

impl Device {
    /// An empty one.
    ///
    /// # Panics
    /// If there is no room for a folder.
    #[must_use]
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    /// A device whose home is a copy of a folder.
    #[must_use]
    pub fn copy_of(home: &Path) -> Self {
        let copy = Self::new();
        copy_folder(home, &copy.home());
        copy
    }

    /// The home folder.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Room for files beside the home.
    #[must_use]
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The encrypted database of the one account of this device.
    ///
    /// # Panics
    /// If nobody has signed in.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        let files = std::fs::read_dir(self.home()).expect("a home");
        let is_account = |path: &PathBuf| {
            let is_database = path.extension().is_some_and(|it| it == "db");
            is_database && path.file_stem().is_some_and(|it| it != "accounts")
        };
        let mut found = files.flatten().map(|entry| entry.path()).filter(is_account);
        found.next().expect("an account")
    }

    /// The command, ready to be started.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(super::binary());
        command.arg("--json").arg("--home").arg(self.home()).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts a command and leaves it running.
    #[track_caller]
    #[must_use]
    pub fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().expect("the binary starts")
    }

    /// Runs a command to its end.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    /// Runs a command with something on standard input.
    #[track_caller]
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self.spawn(arguments);
        // A tool that does not read its input has closed it: no matter.
        child.stdin.take().expect("stdin").write_all(input.as_bytes()).ok();
        ended(child)
    }

    /// Runs a command that must succeed.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {} {}", ran.stdout, ran.stderr);
        ran.json()
    }

    /// Signs in.
    #[track_caller]
    pub fn login(&self, url: &str) {
        self.login_as(url, USER, PASSWORD);
    }

    /// Signs somebody in.
    #[track_caller]
    pub fn login_as(&self, url: &str, user: &str, password: &str) {
        let arguments =
            ["login", "--server", url, "--user", user, "--password-stdin", "--allow-http"];
        let ran = self.run_with(&arguments, &format!("{password}\n"));
        assert_eq!(ran.code, 0, "{} {}", ran.stdout, ran.stderr);
    }

    /// Signs in and fetches the forms.
    #[track_caller]
    pub fn ready(&self, url: &str) {
        self.login(url);
        let report = self.json(&["pull"]);
        assert_eq!(report["stopped"], Value::Null, "{report}");
    }

    /// The engine on this home, for whoever is signed in.
    #[track_caller]
    #[must_use]
    pub fn session(&self) -> Session {
        self.session_on(Platform::desktop(&self.home()))
    }

    /// The same on another platform, such as one with a clock of the test.
    #[track_caller]
    #[must_use]
    pub fn session_on(&self, platform: Platform) -> Session {
        let outpost = Outpost::open(&self.home(), platform).expect("a device");
        outpost.session().expect("somebody is signed in")
    }

    /// The journal is whole.
    #[track_caller]
    pub fn verify_journal(&self) {
        let verdict = self.json(&["journal", "verify"]);
        assert_eq!(verdict["ok"], true, "{verdict}");
    }
}

/// Waits for the end of a process.
#[track_caller]
#[must_use]
pub fn ended(child: Child) -> Ran {
    let output = child.wait_with_output().expect("it ends");
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Synchronises by the engine; nobody watches.
#[track_caller]
pub fn sync(session: &Session, options: SyncOptions) -> SyncReport {
    struct Silent;
    impl SyncObserver for Silent {
        fn on_progress(&self, _progress: SyncProgress) {}
    }
    session.sync(options, &Silent, &CancelToken::new()).expect("a report")
}

/// Copies a folder with everything below it.
///
/// # Panics
/// If it cannot be read or written.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        match path.is_dir() {
            true => copy_folder(&path, &target),
            false => drop(std::fs::copy(&path, &target).expect("copied")),
        }
    }
}
