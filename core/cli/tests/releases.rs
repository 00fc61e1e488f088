//! Updates: trust is given once, a file is believed by its signatures, a package is offered by its stage, and
//! what is cut, wrong or older changes nothing.

mod desk;

use std::path::PathBuf;

use desk::{Desk, PASSWORD, Ran, days_ago};
use serde_json::{Value, json};

/// A programme with a safe, a release desk and a phone.
struct Programme {
    desk: Desk,
}

const APK: [&str; 4] = ["--product", "app", "--platform", "android"];

impl Programme {
    fn new() -> Self {
        let programme = Self { desk: Desk::new() };
        std::fs::create_dir(programme.path("")).expect("a stick");
        for home in ["safe", "office", "phone"] {
            assert_eq!(programme.desk.login_at(home, "nurse", PASSWORD).code, 0);
        }
        programme.done("phone", &["exchange", "card", "--name", "Phone 17", "--role", "device"]);
        programme
    }

    fn path(&self, name: &str) -> PathBuf {
        self.desk.folder.path().join("stick").join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn run(&self, home: &str, arguments: &[&str]) -> Ran {
        self.desk.run_at(home, &[arguments, &["--json"]].concat(), "")
    }

    #[track_caller]
    fn done(&self, home: &str, arguments: &[&str]) -> Value {
        self.desk.done_at(home, arguments)
    }

    /// The first root, signed by the safe; its digits.
    fn root(&self) -> String {
        let card = |home: &str, name: &str| {
            let key = self.done(home, &["release", "keys", "--new", name]);
            key["text"].as_str().expect("a card").to_owned()
        };
        let (safe, office) = (card("safe", "Safe"), card("office", "Release desk"));
        let out = self.text("root-000001.json");
        let keys = ["--root-key", &safe, "--release-key", &office];
        let root = ["release", "root", "--expires", "2031-01-01", "--out", &out];
        self.done("safe", &[&root[..], &keys].concat());
        let signed = self.done("safe", &["release", "sign", &out, "--key", "Safe"]);
        assert_eq!(signed["signed_by"].as_array().map(Vec::len), Some(1), "{signed}");
        signed["fingerprint"].as_str().expect("digits").to_owned()
    }

    /// A release of the app, signed by the desk, as it travels.
    fn publish(&self, code: u64, rest: &[&str]) -> String {
        let (apk, release) = (self.text(&format!("app-{code}.apk")), self.text("release.json"));
        std::fs::write(&apk, vec![u8::try_from(code).expect("small"); 5_000]).expect("written");
        std::fs::remove_file(self.path("release.json.minisig")).ok();
        let (number, name) = (code.to_string(), format!("1.{code}"));
        let package = format!("android={apk}");
        let make =
            ["release", "make", "--root", "1", "--fresh-until", "2099-01-01", "--product", "app"];
        let version =
            ["--code", &number, "--name", &name, "--package", &package, "--out", &release];
        self.done("office", &[&make[..], &version, rest].concat());
        self.done("office", &["release", "sign", &release, "--key", "Release desk"]);
        let (root, out) =
            (self.text("root-000001.json"), self.text(&format!("release-{code}.tar")));
        let publish =
            ["release", "publish", &release, "--root", &root, "--package", &apk, "--out", &out];
        self.done("office", &publish);
        out
    }

    fn take_in(&self, path: &str) -> Ran {
        self.run("phone", &[&["release", "take-in", path], &APK[..]].concat())
    }

    fn offer(&self, running: &str) -> Value {
        self.done("phone", &[&["release", "offer", "--running", running], &APK[..]].concat())
    }
}

#[test]
fn a_phone_installs_what_was_signed_and_nothing_else() {
    let programme = Programme::new();
    let digits = programme.root();
    let first = programme.publish(41, &[]);

    // Nobody is trusted before a person compared the digits.
    let ran = programme.take_in(&first);
    assert_eq!((ran.code, &ran.json()["fingerprint"]), (6, &json!(digits)), "{}", ran.stdout);
    assert_eq!(programme.offer("40")["install"], Value::Null);
    let wrong = "00000 00000 00000 00000 00000 00000";
    let take = ["release", "take-in", &first, "--fingerprint"];
    assert_eq!(programme.run("phone", &[&take[..], &[wrong]].concat()).code, 2);
    let taken = programme.done("phone", &[&take[..], &[&digits], &APK].concat());
    assert_eq!(
        (&taken["is_taken"], &taken["status"]["number"]),
        (&json!(true), &json!(1)),
        "{taken}"
    );
    assert_eq!(taken["staged"][0]["version"]["code"], 41, "{taken}");

    let offer = programme.offer("40");
    assert_eq!(
        (&offer["install"]["version"]["code"], &offer["alarms"]),
        (&json!(41), &json!([])),
        "{offer}"
    );
    let apk = PathBuf::from(offer["path"].as_str().expect("a path"));
    assert_eq!(std::fs::read(&apk).expect("readable"), vec![41; 5_000]);
    assert_eq!(programme.offer("41")["install"], Value::Null);

    // Cut on the way, changed on the way, the wrong kind of file: refused, told, nothing changed.
    let second = programme.publish(42, &[]);
    let whole = std::fs::read(&second).expect("readable");
    let (bad, mut changed) = (programme.text("bad.tar"), whole.clone());
    let at = changed.len() - 3_000;
    changed[at] ^= 1;
    let check = |bytes: &[u8], code: &str| {
        std::fs::write(&bad, bytes).expect("written");
        let ran = programme.take_in(&bad);
        assert_eq!((ran.code, &ran.json()["error"]["code"]), (2, &json!(code)), "{}", ran.stdout);
        let offer = programme.offer("40");
        assert!(offer["refused"].is_string(), "{offer}");
        assert_eq!(offer["install"]["version"]["code"], 41, "{offer}");
    };
    check(&whole[..whole.len() / 2], "other_payload");
    check(&whole[..800], "truncated");
    check(&changed, "other_payload");
    check(b"an e-mail", "foreign");

    assert_eq!(programme.take_in(&second).code, 0);
    let offer = programme.offer("41");
    assert_eq!(
        (&offer["install"]["version"]["code"], &offer["refused"]),
        (&json!(42), &Value::Null)
    );

    // Back takes a newer release.
    let ran = programme.take_in(&first);
    assert_eq!(ran.code, 6, "{}", ran.stdout);
    assert!(
        ran.json()["words"].as_str().expect("words").contains("older than release 2"),
        "{}",
        ran.stdout
    );
    let offer = programme.offer("41");
    assert_eq!(offer["install"]["version"]["code"], 42, "{offer}");
    assert!(offer["refused"].as_str().expect("words").contains("older"), "{offer}");
    assert_eq!(programme.take_in(&second).code, 0);

    // What the disk spoilt is not offered.
    let apk = PathBuf::from(offer["path"].as_str().expect("a path"));
    std::fs::write(&apk, vec![7; 5_000]).expect("written");
    let offer = programme.offer("41");
    assert_eq!(
        (&offer["install"], &offer["spoilt"]["code"]),
        (&Value::Null, &json!(42)),
        "{offer}"
    );
    assert_eq!(offer["bring"]["code"], 42, "{offer}");
    assert_eq!(programme.take_in(&second).code, 0);
    assert_eq!(programme.offer("41")["install"]["version"]["code"], 42);
}

#[test]
fn versions_come_in_stages_and_dates_only_alarm() {
    let programme = Programme::new();
    let digits = programme.root();
    let key = programme.done("phone", &["exchange", "card"])["key"].clone();
    let key = key.as_str().expect("a key");
    let first = programme.publish(41, &["--percent", "0"]);
    let take = ["release", "take-in", &first, "--fingerprint", &digits];
    programme.done("phone", &take);
    let offer = programme.offer("40");
    assert_eq!((&offer["install"], &offer["later"]["code"]), (&Value::Null, &json!(41)), "{offer}");

    // The next stage is a newer release; what runs below the floor is told.
    let second = programme.publish(42, &["--percent", "0", "--site", key, "--floor", "41"]);
    assert_eq!(programme.take_in(&second).code, 0);
    let offer = programme.offer("40");
    assert_eq!(offer["install"]["version"]["code"], 42, "{offer}");
    assert!(offer["alarms"][0].as_str().expect("an alarm").contains("41"), "{offer}");

    // A release that should have been followed by now is installed all the same.
    let release = programme.text("release.json");
    std::fs::remove_file(programme.path("release.json.minisig")).expect("removed");
    let (today, apk) = (days_ago(0), format!("android={}", programme.text("app-42.apk")));
    let make = ["release", "make", "--root", "1", "--fresh-until", &today, "--product", "app"];
    let version = ["--code", "42", "--name", "1.42", "--package", &apk, "--out", &release];
    let made = programme.done("office", &[&make[..], &version].concat());
    assert_eq!(made["number"], 3, "numbers go on: {made}");

    // Somebody else's root is not followed, whoever signed it.
    assert_eq!(programme.desk.login_at("thief", "chief", PASSWORD).code, 0);
    let card = |name: &str| {
        programme.done("thief", &["release", "keys", "--new", name])["text"]
            .as_str()
            .expect("it")
            .to_owned()
    };
    let (safe, desk) = (card("Safe"), card("Release desk"));
    let root = programme.text("root-000001.json");
    std::fs::remove_file(programme.path("root-000001.json.minisig")).expect("removed");
    let keys = ["--root-key", &safe, "--release-key", &desk];
    let make = ["release", "root", "--expires", "2031-01-01", "--out", &root];
    programme.done("thief", &[&make[..], &keys].concat());
    programme.done("thief", &["release", "sign", &root, "--key", "Safe"]);
    programme.done("thief", &["release", "sign", &release, "--key", "Release desk"]);
    let (apk, out) = (programme.text("app-42.apk"), programme.text("theft.tar"));
    let publish =
        ["release", "publish", &release, "--root", &root, "--package", &apk, "--out", &out];
    programme.done("thief", &publish);
    let ran = programme.take_in(&out);
    assert_eq!(
        (ran.code, &ran.json()["error"]["code"]),
        (2, &json!("other_root")),
        "{}",
        ran.stdout
    );
    // One who signs without being a release key makes no file.
    assert_eq!(programme.offer("40")["install"]["version"]["code"], 42);
}
