//! The fifth story: a health worker without network asks for help. The request is not born late,
//! nobody looks for thirteen hours, it goes up a tier by itself and is acknowledged late, and all
//! of that shows.

use serde_json::{Value, json};

use super::cli::{Cli, Failure};
use super::narrate::Narrator;
use super::server::Server;
use super::story::{Stage, expect, expect_run, sign_in};

const CLINIC: &str = "OuClinicBbb";
const WORKERS: &str = "RoGrpWorker";
const HOUR_MS: i64 = 3_600_000;

/// Tells the story; in a sentence why not, if the server has no support forms.
///
/// # Errors
/// The first thing that did not happen as promised.
pub fn tell(
    stage: &Stage<'_>,
    server: &mut Server,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    let found = server.get("/api/programs?filter=id:eq:RoSupProgrm&fields=id")?;
    if found["programs"].as_array().is_none_or(Vec::is_empty) {
        narrator.say("The story of the request needs the demo's own places.");
        return Ok(());
    }
    let folder = stage.folder.join("support");
    let phone = Cli::new(stage.binary, &folder.join("phone"));
    let tablet = Cli::new(stage.binary, &folder.join("tablet"));
    set_up(&phone, &tablet, server)?;
    let id = file(&phone, server, narrator)?;
    arrive(&phone, &tablet, server, narrator)?;
    escalate(&id, &tablet, server, narrator)?;
    answer(&id, &phone, &tablet, narrator)?;
    days_pass(server, 0)
}

/// The health worker may file; the supervisor's tablet knows the forms.
fn set_up(phone: &Cli, tablet: &Cli, server: &Server) -> Result<(), Failure> {
    let (name, _) = server.chw();
    let found = server.get(&format!("/api/users?filter=username:eq:{name}&fields=id"))?;
    let member = json!({ "id": found["users"][0]["id"] });
    let group = json!({ "id": WORKERS, "name": "Roll-out: health workers", "users": [member] });
    let answer = server.post("/api/metadata", &json!({ "userGroups": [group] }))?;
    expect(answer["status"] == "OK", "the health worker is in the group")?;
    for (home, who) in [(phone, server.chw()), (tablet, server.supervisor())] {
        sign_in(home, server, who, &mut Narrator::silent())?;
        home.json(&["sync"])?;
    }
    Ok(())
}

/// Time passes at the server, and on every device once it has met it.
fn days_pass(server: &Server, hours: i64) -> Result<(), Failure> {
    server.post("/sandbox/faults", &json!({ "clockAheadMs": hours * HOUR_MS })).map(drop)
}

fn file(phone: &Cli, server: &mut Server, narrator: &mut Narrator) -> Result<String, Failure> {
    narrator.chapter("A health worker without network asks for help");
    server.stop();
    expect_run(phone, narrator, &["support", "answers", "--problem", "NOT_SENDING"], 0)?;
    narrator.say("Nothing of that helps. The request is filed and waits like every record.");
    let title = "Nothing is sent since Monday";
    let file = ["support", "file", "--org-unit", CLINIC, "--title", title];
    let filed = phone.json(&[&file[..], &["--problem", "NOT_SENDING"]].concat())?;
    let request = &filed["request"];
    expect(request["record"] == "pending", "the request waits on the phone")?;
    expect(request["acknowledging"]["state"] == "not_started", "no clock runs yet")?;
    let id = request["id"].as_str().unwrap_or_default().to_owned();
    expect_run(phone, narrator, &["support", "show", &id], 0)?;
    server.start()?;
    Ok(id)
}

fn arrive(
    phone: &Cli,
    tablet: &Cli,
    server: &Server,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    narrator.chapter("Three days later it arrives: not late, and its age is not hidden");
    days_pass(server, 72)?;
    phone.json(&["sync"])?;
    tablet.json(&["sync"])?;
    let queue = tablet.json(&["support", "queue"])?;
    let first = &queue["requests"][0];
    let hours = |member: &str| first[member].as_i64().map(|ms| ms / HOUR_MS);
    expect(hours("since_made_ms") == Some(72), "made three days ago")?;
    expect(hours("since_received_ms") == Some(0), "received just now")?;
    expect(first["level"] == 0, "not born late")?;
    expect_run(tablet, narrator, &["support", "queue"], 0)
}

fn escalate(
    id: &str,
    tablet: &Cli,
    server: &Server,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    narrator.chapter("Nobody looks for thirteen hours: the request goes up by itself");
    days_pass(server, 72 + 13)?;
    tablet.json(&["sync"])?;
    expect_run(tablet, narrator, &["support", "queue", "--tier", "2"], 0)?;
    let moved = tablet.json(&["support", "escalate", "--due"])?;
    expect(moved["moved"] == json!([id]), "the move is written down for DHIS2")?;
    expect_run(tablet, narrator, &["support", "notify", "--dry-run"], 0)
}

fn answer(id: &str, phone: &Cli, tablet: &Cli, narrator: &mut Narrator) -> Result<(), Failure> {
    narrator.chapter("It is acknowledged late, solved, and the report says so");
    let late = tablet.json(&["support", "acknowledge", id])?;
    expect(late["acknowledging"]["state"] == "late", "an acknowledgement after 13 hours is late")?;
    let text = "The SIM card had no data left; topped up";
    tablet.json(&["support", "resolve", id, "--text", text])?;
    tablet.json(&["sync"])?;
    phone.json(&["sync"])?;
    let own: Value = phone.json(&["support", "show", id])?;
    expect(own["state"] == "RESOLVED", "its user sees the answer")?;
    expect_run(phone, narrator, &["support", "show", id], 0)?;
    expect_run(tablet, narrator, &["support", "report"], 0)
}
