//! Replays recorded request/response pairs of a real 2.42.4 against the sandbox and counts what
//! agrees.
//!
//! The pairs run in the order of their recording on the same metadata, users and clock. Status and
//! body are
//! compared after ids, times and addresses that differ from run to run are put aside. Endpoints
//! outside the
//! sandbox's scope are counted as such, never as agreeing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use outpost_sandbox::{HttpRequestParts, HttpResponseParts, Sandbox, SandboxConfig, SandboxUser};
use serde_json::{Value, json};

const DAY_OF_RECORDING: &str = "2026-11-22";

struct Pair {
    name: String,
    request: Value,
    response: Value,
    at_ms: i64,
}

fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("OUTPOST_SHARED_DATA").map(PathBuf::from).unwrap_or_else(|| {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).to_path_buf()
    });
    folder.join("dhis2-2.42-wire").is_dir().then_some(folder)
}

fn read(path: &Path) -> Value {
    let text = std::fs::read(path).expect("a readable file of the recording");
    serde_json::from_slice(&text).expect("the recording is JSON")
}

/// The pairs of a folder in the order of their recording.
fn pairs(folder: &Path) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder of the recording") {
        let path = entry.expect("an entry of the folder").path();
        let name = path.file_stem().and_then(|n| n.to_str()).unwrap_or("").to_owned();
        if path.extension().is_none_or(|extension| extension != "json") || name.starts_with("00-") {
            continue;
        }
        let mut pair = read(&path);
        let at_ms = recorded_at(&pair["response"]).unwrap_or(0);
        let (request, response) = (pair["request"].take(), pair["response"].take());
        pairs.push(Pair { name, request, response, at_ms });
    }
    pairs.sort_by(|left, right| (left.at_ms, &left.name).cmp(&(right.at_ms, &right.name)));
    pairs
}

/// The `Date` header of a response of the recorded day, as Unix ms.
fn recorded_at(response: &Value) -> Option<i64> {
    let headers = response.get("headers")?.as_array()?;
    let date = headers.iter().find(|header| header[0] == "Date")?[1].as_str()?;
    let clock = date.split(' ').nth(4)?;
    let mut parts = clock.split(':').map(|part| part.parse::<i64>().unwrap_or(0));
    let seconds = parts.next()? * 3_600 + parts.next()? * 60 + parts.next()?;
    // 2026-11-22T00:00:00Z
    Some(1_795_305_600_000 + seconds * 1_000)
}

/// The people of the recording, as its INDEX names them.
fn people(second: bool) -> Value {
    let reference = |id: &str| json!([{"id": id}]);
    let person = |id: &str,
                  username: &str,
                  first: &str,
                  surname: &str,
                  role: &str,
                  ou: &str,
                  search: &str| {
        json!({
            "id": id, "username": username, "password": "District1!", "firstName": first,
            "surname": surname, "userRoles": reference(role), "organisationUnits": reference(ou),
            "teiSearchOrganisationUnits": reference(search),
            "dataViewOrganisationUnits": reference(search),
        })
    };
    let mut nurse = person(
        "usCapture01",
        "nurse",
        "Field",
        "Nurse",
        "urDataEntry",
        "ouClinicA01",
        "ouDistrict1",
    );
    if second {
        nurse["phoneNumber"] = json!("+25470000001");
    }
    let mut users = vec![
        nurse,
        person(
            "usNurseC002",
            "nurse2",
            "Clinic",
            "CNurse",
            "urDataEntry",
            "ouClinicC01",
            "ouDistrict1",
        ),
        person(
            "usNurseD003",
            "nurse3",
            "Clinic",
            "DNurse",
            "urDataEntry",
            "ouClinicD01",
            "ouDistrict2",
        ),
        person(
            "usIncharg01",
            "incharge",
            "In",
            "Charge",
            "urApprove01",
            "ouClinicA01",
            "ouDistrict1",
        ),
        person(
            "usDistrict1",
            "district",
            "Dis",
            "Trict",
            "urDistrict1",
            "ouDistrict1",
            "ouDistrict1",
        ),
        person(
            "usNational1",
            "national",
            "Nat",
            "Ional",
            "urDistrict1",
            "ouCountry01",
            "ouCountry01",
        ),
    ];
    for number in 1..=4 {
        let (id, name) = (format!("usAccount0{number}"), format!("account{number}"));
        let ou = "ouClinicA01";
        users.push(person(&id, &name, "Acc", &name, "urDataEntry", ou, "ouDistrict1"));
    }
    json!({
        "users": users,
        "userRoles": [{"id": "urSuper0001", "name": "Superuser", "authorities": ["ALL"]}],
    })
}

fn admin() -> SandboxUser {
    SandboxUser {
        username: "admin".into(),
        password: "district".into(),
        superuser: true,
        ..SandboxUser::default()
    }
}

fn sandbox(folder: &Path, second: bool) -> Sandbox {
    let mut metadata = vec![read(&folder.join("dhis2-2.42-wire/00-package.json")).into()];
    let mut group = json!({});
    if second {
        metadata.push(read(&folder.join("dhis2-2.42-wire2/00-package2.json")).into());
        let sharing =
            json!({"public": "rw------", "external": false, "users": {}, "userGroups": {}});
        group = json!({"userGroups": [{
            "id": "grNurses001", "name": "Nurses", "code": "GR_NURSES", "sharing": sharing,
            "users": [{"id": "usCapture01"}],
        }]});
    }
    metadata.push(people(second).into());
    metadata.push(group.into());
    let config = SandboxConfig {
        metadata,
        users: vec![admin()],
        version: "2.42.4-SNAPSHOT".into(),
        ..SandboxConfig::default()
    };
    let mut sandbox = Sandbox::open(config, 1, METADATA_MS).expect("the recorded metadata loads");
    if second {
        // The fixture of the recording had been imported twice before package 2, whose workflow
        // link was lost.
        let package = read(&folder.join("dhis2-2.42-wire/00-package.json")).to_string();
        silent(&mut sandbox, METADATA_MS, "POST", "/api/metadata", &package);
        let remove = r#"[{"op": "remove", "path": "/workflow"}]"#;
        silent(&mut sandbox, METADATA_MS, "PATCH", "/api/dataSets/dsApprove01", remove);
    }
    sandbox
}

/// 2026-11-22T10:32:36Z, when the metadata of the recording was made.
const METADATA_MS: i64 = 1_795_343_556_000;

/// Changes that an administrator made during the recording without a pair of their own: before
/// which pair,
/// method, path, body.
const SILENT: [(&str, &str, &str, &str); 31] = [
    (
        "m079-",
        "PUT",
        "/api/sharing?type=program&id=prFiles0001",
        r#"{"object":{"publicAccess":"rwr-----"}}"#,
    ),
    (
        "m079b",
        "PUT",
        "/api/sharing?type=program&id=prFiles0001",
        r#"{"object":{"publicAccess":"--------"}}"#,
    ),
    (
        "t045g",
        "PUT",
        "/api/sharing?type=programStage&id=psFileHid01",
        r#"{"object":{"publicAccess":"rwr-----"}}"#,
    ),
    (
        "t046-",
        "PUT",
        "/api/sharing?type=dataElement&id=deTrHidden1",
        r#"{"object":{"publicAccess":"--------"}}"#,
    ),
    (
        "t047-",
        "PUT",
        "/api/sharing?type=trackedEntityType&id=tetPerson01",
        r#"{"object":{"publicAccess":"rwr-----"}}"#,
    ),
    (
        "t047c",
        "PUT",
        "/api/sharing?type=trackedEntityType&id=tetPerson01",
        r#"{"object":{"publicAccess":"--------"}}"#,
    ),
    (
        "t047e",
        "PUT",
        "/api/sharing?type=trackedEntityType&id=tetPerson01",
        r#"{"object":{"publicAccess":"rwrw----"}}"#,
    ),
    (
        "t047e",
        "PUT",
        "/api/sharing?type=trackedEntityAttribute&id=teaNatIdent",
        r#"{"object":{"publicAccess":"--------"}}"#,
    ),
    (
        "t050-",
        "PUT",
        "/api/sharing?type=trackedEntityAttribute&id=teaNatIdent",
        r#"{"object":{"publicAccess":"rw------"}}"#,
    ),
    ("a025b", "POST", "/api/systemSettings/keyAcceptanceRequiredForApproval?value=true", ""),
    ("a027-", "POST", "/api/systemSettings/keyAcceptanceRequiredForApproval?value=false", ""),
    (
        "t001-",
        "PUT",
        "/api/sharing?type=program&id=prFiles0001",
        r#"{"object":{"publicAccess":"rwrw----"}}"#,
    ),
    (
        "t046-",
        "PUT",
        "/api/sharing?type=programStage&id=psFileHid01",
        r#"{"object":{"publicAccess":"rwrw----"}}"#,
    ),
    (
        "103b",
        "POST",
        "/api/tracker?async=false",
        concat!(
            r#"{"events":[{"event":"evMerge0001","program":"prEventMal1","programStage":"psEventMal1","#,
            r#""orgUnit":"ouClinicA01","status":"ACTIVE","occurredAt":"2026-10-12","dataValues":["#,
            r#"{"dataElement":"deEvAge0001","value":"4"},{"dataElement":"deEvGender1","value":"MALE"},"#,
            r#"{"dataElement":"deEvFever01","value":"true"}]}]}"#,
        ),
    ),
    ("67-", "POST", "/api/dataValues?de=deMalDeath1&pe=202610&ou=ouClinicA01&value=1", ""),
    (
        "m077-",
        "PUT",
        "/api/sharing?type=dataSet&id=dsWeekly001",
        r#"{"object":{"publicAccess":"rwrw----"}}"#,
    ),
    (
        "t045b",
        "PUT",
        "/api/sharing?type=program&id=prFiles0001",
        r#"{"object":{"publicAccess":"rwrw----"}}"#,
    ),
    (
        "t045b",
        "PUT",
        "/api/sharing?type=programStage&id=psFileHid01",
        r#"{"object":{"publicAccess":"--------"}}"#,
    ),
    (
        "m072b",
        "PATCH",
        "/api/dataElements/deRemarks01",
        r#"[{"op":"add","path":"/description","value":"v2"}]"#,
    ),
    (
        "m073-",
        "PATCH",
        "/api/options/opReferred1",
        r#"[{"op":"add","path":"/name","value":"Referred on"}]"#,
    ),
    (
        "m073c",
        "PATCH",
        "/api/programStages/psEventMal1",
        r#"[{"op":"add","path":"/description","value":"x"}]"#,
    ),
    (
        "m074b",
        "POST",
        "/api/dataElements",
        r#"{"id":"deTempDel01","name":"Temp","shortName":"Temp"}"#,
    ),
    ("m077f", "POST", "/api/userGroups/grNurses001/users/usCapture01", ""),
    ("m082b", "DELETE", "/api/userGroups/grNurses001/users/usCapture01", ""),
    ("m082c", "POST", "/api/userGroups/grNurses001/users/usCapture01", ""),
    (
        "a019",
        "PATCH",
        "/api/dataSets/dsApprove01",
        r#"[{"op":"add","path":"/workflow","value":{"id":"wfTwoLevel1"}}]"#,
    ),
    (
        "o025c-wrong-lock-on-1",
        "POST",
        "/api/systemSettings/keyLockMultipleFailedLogins?value=true",
        "",
    ),
    (
        "o025g-auth-login-wrong-5",
        "POST",
        "/api/auth/login",
        r#"{"username":"account4","password":"2"}"#,
    ),
    (
        "o025g-auth-login-wrong-5",
        "POST",
        "/api/auth/login",
        r#"{"username":"account4","password":"3"}"#,
    ),
    (
        "o025g-auth-login-wrong-5",
        "POST",
        "/api/auth/login",
        r#"{"username":"account4","password":"4"}"#,
    ),
    (
        "m079d",
        "PUT",
        "/api/sharing?type=program&id=prFiles0001",
        r#"{"object":{"publicAccess":"--------"}}"#,
    ),
];

/// A request of the administrator that is not compared with anything.
fn silent(sandbox: &mut Sandbox, at_ms: i64, method: &str, path: &str, body: &str) {
    let headers = vec![
        ("Authorization".to_owned(), basic("admin:district")),
        ("Content-Type".to_owned(), "application/json".to_owned()),
    ];
    let request = HttpRequestParts {
        method: method.into(),
        path_and_query: path.into(),
        headers,
        body: body.as_bytes().to_vec(),
    };
    sandbox.answer(&request, at_ms);
}

/// Pairs whose state or cause is not in the recording, and why they cannot be compared.
const INCOMPARABLE: [(&str, &str); 48] = [
    ("110c-trk-te-read-after-null", "the person was written without a pair"),
    ("110b-trk-te-attribute-null", "the person was written without a pair"),
    ("p008", "ten thousand people were written without a pair"),
    ("p011", "ten thousand people were written without a pair"),
    ("t037", "requests at the same instant"),
    ("o016f", "a maintenance job"),
    ("t006g", "the order of attributes without an order"),
    ("t036h", "the order of attributes without an order"),
    ("a023h", "a failure of the server itself"),
    ("a026b", "a failure of the server itself"),
    ("o010z", "the request body was not kept"),
    ("139-", "program rules"),
    ("104b", "program rules"),
    ("56g", "the value to delete was written without a pair"),
    ("56k", "values were written without a pair"),
    ("a002f", "the server's own number of a row"),
    ("a003l", "a completion through dataEntry"),
    ("m037", "ids that the server made"),
    ("m073-", "options were reordered without a pair"),
    ("m075f", "sharing was changed without a pair"),
    ("o024k", "a token without a pair"),
    ("o025j", "a token without a pair"),
    ("p001", "some of the values were written without a pair"),
    ("03-", "the sandbox starts with this metadata"),
    ("04-", "the sandbox starts with this metadata"),
    ("m000c", "the sandbox starts with this metadata"),
    ("m032", "names of option combos were changed without a pair"),
    ("36-", "the data set had other elements at that moment"),
    ("37-", "the data set had other elements at that moment"),
    ("m057", "the roles of the recording's administrator"),
    ("m075g", "sharing was changed without a pair"),
    ("m075h", "the value of the pair before was not recorded"),
    ("m075k", "sharing was changed without a pair"),
    ("t046b", "sharing was changed without a pair"),
    ("o007d", "messages"),
    ("o004n", "messages"),
    ("o016e", "a maintenance job"),
    ("o022h", "a session without a pair"),
    ("o022i", "a session without a pair"),
    ("o026", "two-factor sign-in"),
    ("o023f", "a token without a pair"),
    ("t038", "requests at the same instant"),
    ("t039", "requests at the same instant"),
    ("t043", "files of aggregate values"),
    ("t051", "the request body was not kept"),
    ("t052", "the request body was not kept"),
    ("o033b", "the request body was not kept"),
    ("o024d", "a session without a pair"),
];

/// Pairs of the second folder that ran on a database of their own.
fn ran_afresh(pair: &Pair) -> bool {
    ["p", "t06", "m08", "a018", "o004k", "o004l", "o004m", "o004n", "o018", "o019"]
        .iter()
        .any(|start| pair.name.starts_with(start))
}

/// Pairs of the first folder from 10:36 on ran on a new database.
fn ran_later(pair: &Pair) -> bool {
    pair.at_ms >= 1_795_343_760_000
}

fn basic(pair: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::from("Basic ");
    for chunk in pair.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, byte| (bits << 8) | u32::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    text
}

/// What a pair is about, or why it is not counted.
fn family(pair: &Pair) -> Result<&'static str, &'static str> {
    let path = pair.request["path"].as_str().unwrap_or("");
    let bare = path.split('?').next().unwrap_or("");
    let body = pair.request["body"].to_string();
    let segments: Vec<&str> = bare.trim_start_matches("/api/").split('/').collect();
    let first = segments.first().copied().unwrap_or("");
    let dotted = format!("{}.", pair.name);
    if let Some((_, reason)) = INCOMPARABLE.iter().find(|(name, _)| dotted.starts_with(name)) {
        return Err(reason);
    }
    if pair.response["status"].is_null() {
        return Err("no answer was recorded");
    }
    let sent_file = first == "fileResources";
    if body.starts_with("\"<") && !sent_file {
        return Err("the request body was not kept");
    }
    Ok(match first {
        "dataValueSets" if pair.request["method"] == "POST" => "dataValueSets POST",
        "dataValueSets" => "dataValueSets GET",
        "dataValues" if bare.contains("/file") => return Err("files"),
        "dataValues" => "dataValues",
        "completeDataSetRegistrations" => "completeDataSetRegistrations",
        "lockExceptions" => "lockExceptions",
        "tracker" => match segments.get(1).copied() {
            None => "tracker POST",
            Some("jobs") => "tracker jobs",
            Some(_) if bare.contains("/file") || bare.contains("/image") => "files",
            Some(_) if bare.ends_with("/note") || bare.ends_with("/changeLogs") => "notes and logs",
            Some("events") => "tracker events GET",
            Some("ownership") => "ownership",
            Some("trackedEntities") => "trackedEntities GET",
            Some("enrollments") => "enrollments GET",
            Some("relationships") => "relationships GET",
            _ => return Err("other endpoints"),
        },
        "dataApprovals" | "dataAcceptances"
            if !bare.contains("categoryOptionCombos") && !bare.contains("/status") =>
        {
            "approvals"
        }
        "dataStore" => "data store",
        "fileResources" => "files",
        "potentialDuplicates" if bare.ends_with("/merge") => return Err("merging"),
        "potentialDuplicates" => "potential duplicates",
        "system" if bare.contains("tasks") || bare.contains("Summaries") => "system",
        "system" if segments.len() == 2 => "system",
        "loginConfig" | "systemSettings" | "userSettings" | "doesNotExist" | "99" => "system",
        "me" | "42" | "40" if bare.contains("dataApprovalWorkflows") => return Err("approvals"),
        "me" | "42" | "40" | "auth" | "apiToken" if !bare.contains("forgot") => "me and auth",
        "metadata" if segments.len() > 1 => return Err("metadata versions"),
        "metadata" if pair.request["method"] == "POST" => "metadata POST",
        "metadata" => "metadata GET",
        "sharing" | "deletedObjects" => "metadata edit",
        "users" | "userRoles" if pair.request["method"] != "GET" => "metadata edit",
        "users" => "metadata GET",
        _ if bare.contains("/gist") => return Err("gist"),
        _ if bare.contains("logout.action") => "me and auth",
        "trackedEntityAttributes" if segments.len() > 2 => "generated values",
        "trackedEntityInstanceFilters" | "eventFilters" | "programStageWorkingLists" => {
            "working lists"
        }
        name if outpost_sandbox::model::meta::types::by_plural(name).is_some() => {
            if pair.request["method"] == "GET" { "metadata GET" } else { "metadata edit" }
        }
        _ => return Err("other endpoints"),
    })
}

/// Sessions and tokens of the recording and what they became in the sandbox.
#[derive(Default)]
struct Names {
    cookies: BTreeMap<String, String>,
    tokens: Vec<String>,
    ids: BTreeMap<String, String>,
}

fn cookie_of<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let mut cookies = headers.filter(|(name, _)| name.eq_ignore_ascii_case("Set-Cookie"));
    let (_, value) = cookies.next()?;
    value.split(';').next()?.strip_prefix("JSESSIONID=").map(str::to_owned)
}

impl Names {
    /// Replaces everything that the sandbox names otherwise.
    fn translate(&self, text: &str) -> String {
        let pairs = self.cookies.iter().chain(&self.ids);
        pairs.fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }

    /// Learns what the sandbox calls the sessions, jobs and tokens of this pair.
    fn learn(&mut self, pair: &Pair, answer: &HttpResponseParts) {
        let recorded = pair.response["headers"].as_array().cloned().unwrap_or_default();
        let recorded = cookie_of(
            recorded.iter().filter_map(|header| Some((header[0].as_str()?, header[1].as_str()?))),
        );
        let ours = cookie_of(answer.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        if let (Some(recorded), Some(ours)) = (recorded, ours) {
            self.cookies.insert(recorded, ours);
        }
        let Some(body) = answer.json() else { return };
        for path in ["/id", "/note", "/response/fileResource/id"] {
            let recorded = pair.response["body"].pointer(path).and_then(Value::as_str);
            if let (Some(recorded), Some(ours)) = (recorded, body.pointer(path))
                && pair.request["method"] == "POST"
                && let Some(ours) = ours.as_str()
                && recorded != ours
            {
                self.ids.insert(recorded.to_owned(), ours.to_owned());
            }
        }
        for key in ["id", "uid", "key"] {
            let recorded = pair.response["body"]["response"][key].as_str();
            let ours = body["response"][key].as_str();
            if let (Some(recorded), Some(ours)) = (recorded, ours)
                && recorded != ours
            {
                self.ids.insert(recorded.to_owned(), ours.to_owned());
            }
        }
        let objects = "/bundleReport/typeReportMap/EVENT/objectReports/0/uid";
        let ours = body.pointer(objects).and_then(Value::as_str);
        let recorded = pair.response["body"].pointer(objects).and_then(Value::as_str);
        if let (Some(recorded), Some(ours)) = (recorded, ours) {
            self.ids.insert(recorded.to_owned(), ours.to_owned());
        }
        if let Some(key) = body["response"]["key"].as_str() {
            self.tokens.push(key.to_owned());
        }
    }
}

/// A file like the one that was sent: the recording kept its name, kind and length only.
fn file_body(pair: &Pair) -> Vec<u8> {
    let file = &pair.response["body"]["response"]["fileResource"];
    let (name, kind, length) = match file["name"].as_str() {
        Some(name) => {
            let length = file["contentLength"].as_u64().unwrap_or(0) as usize;
            (name, file["contentType"].as_str().unwrap_or(""), length)
        }
        None if pair.name.contains("empty") => ("photo.png", "image/png", 0),
        None if pair.name.contains("html") => ("page.html", "text/html", 20),
        None if pair.name.contains("large") => ("photo.png", "image/png", 10_500_000),
        None => ("photo.png", "image/png", 100),
    };
    let head = format!(
        "--outpost\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: {kind}\r\n\r\n"
    );
    let content: Vec<u8> = b"hello letter ".iter().copied().cycle().take(length).collect();
    [head.as_bytes(), &content, b"\r\n--outpost--\r\n"].concat()
}

fn request_of(pair: &Pair, names: &Names) -> HttpRequestParts {
    let request = &pair.request;
    let mut headers: Vec<(String, String)> = vec![("Host".into(), "127.0.0.1:8085".into())];
    for (name, value) in request["headers"].as_object().into_iter().flatten() {
        headers.push((name.clone(), names.translate(value.as_str().unwrap_or(""))));
    }
    match request["auth"].as_str() {
        Some(token) if token.contains("d2p_") || token.starts_with("ApiToken") => {
            let token = token.trim_start_matches("ApiToken ");
            headers.push(("Authorization".into(), format!("ApiToken {}", names.translate(token))));
        }
        Some(pair) => headers.push(("Authorization".into(), basic(pair))),
        // The recording left tokens out; the names of the pairs say which one was used.
        None if pair.name.contains("-pat") => {
            let first = ["o023j", "o023k"].iter().any(|name| pair.name.starts_with(name));
            let spoilt = pair.name.contains("bad") || pair.name.contains("garbage");
            let token = if first { names.tokens.first() } else { names.tokens.last() };
            let token = token.filter(|_| !spoilt).map_or("d2p_spoilt", String::as_str);
            headers.push(("Authorization".into(), format!("ApiToken {token}")));
        }
        None => {}
    }
    let json =
        request["headers"]["Content-Type"].as_str().is_some_and(|kind| kind.contains("json"));
    let is_file = request["path"].as_str().is_some_and(|path| path.contains("/fileResources?"));
    if is_file {
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case("Content-Type"));
        let kind = "multipart/form-data; boundary=outpost";
        headers.push(("Content-Type".into(), kind.into()));
    }
    let body = match &request["body"] {
        Value::String(_) if is_file => file_body(pair),
        Value::Null => Vec::new(),
        Value::String(text) if !json || !text.starts_with('{') => text.clone().into_bytes(),
        Value::String(text) => text.clone().into_bytes(),
        other => other.to_string().into_bytes(),
    };
    let path = request["path"].as_str().unwrap_or("").replace(' ', "%20");
    HttpRequestParts {
        method: request["method"].as_str().unwrap_or("GET").to_owned(),
        path_and_query: names.translate(&path),
        headers,
        body,
    }
}

/// Members whose value differs from run to run.
const VOLATILE: [&str; 37] = [
    "expiryDate",
    "contentMd5",
    "storageStatus",
    "hasMultipleStorageFiles",
    "approvedAt",
    "acceptedAt",
    "created",
    "lastUpdated",
    "createdAt",
    "updatedAt",
    "completedAt",
    "storedAt",
    "serverDate",
    "buildTime",
    "revision",
    "systemId",
    "systemName",
    "intervalSinceLastAnalyticsTableSuccess",
    "intervalSinceLastAnalyticsTablePartitionSuccess",
    "lastAnalyticsTableSuccess",
    "lastSystemMonitoringSuccess",
    "lastAnalyticsTablePartitionSuccess",
    "lastMetadataVersionSyncAttempt",
    "databaseInfo",
    "userAgent",
    "recaptchaSite",
    "args",
    "codes",
    "key",
    "enrollment",
    "time",
    "date",
    "rev",
    "nextPage",
    "prevPage",
    "location",
    "deletedAt",
];

/// Puts aside what differs from run to run, and the order of members and of inner lists.
fn normal(value: &Value, depth: usize, names: &Names) -> Value {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| name.as_str());
            let normal_member = |(name, value): (&String, &Value)| {
                let volatile = VOLATILE.contains(&name.as_str())
                    && !(name == "date" && value.as_str().is_some_and(|date| date.len() == 10));
                // Rows of a table without an order, notes of jobs with ids of their own.
                let unordered =
                    ["dataValues", "completeDataSetRegistrations"].contains(&name.as_str());
                let note = members.contains_key("level") && ["id", "uid"].contains(&name.as_str());
                let ours = name == "system" || (name == "expire" && value.is_number());
                let value = if (volatile && !value.is_null()) || note || ours {
                    json!("…")
                } else {
                    normal(value, if unordered { 2 } else { depth + 1 }, names)
                };
                (name.clone(), value)
            };
            Value::Object(sorted.into_iter().map(normal_member).collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> =
                items.iter().map(|item| normal(item, depth + 1, names)).collect();
            // Lists at the top keep their order; collections inside objects have none.
            if depth > 1 || items.iter().all(Value::is_string) {
                items.sort_by_key(Value::to_string);
            }
            Value::Array(items)
        }
        Value::String(text) => {
            let text = names.translate(text);
            let stable = text.starts_with("JSON parse error: ") && !text.contains("UID must");
            let parser = stable && !text.contains("EventStatus") && !text.contains("Invalid date");
            json!(if parser { "JSON parse error: …".to_owned() } else { without_number(&text) })
        }
        Value::Number(number) => json!(number.as_f64()),
        other => other.clone(),
    }
}

fn without_number(text: &str) -> String {
    match text.split_once("DATAVALUE_IMPORT (") {
        Some((start, _)) => format!("{start}DATAVALUE_IMPORT"),
        None => text.to_owned(),
    }
}

fn agrees(pair: &Pair, answer: &HttpResponseParts, names: &Names) -> Result<(), String> {
    let status = pair.response["status"].as_u64().unwrap_or(0);
    if u64::from(answer.status) != status {
        let text = String::from_utf8_lossy(&answer.body);
        let text: String = text.chars().take(300).collect();
        return Err(format!("status {} instead of {status}: {text}", answer.status));
    }
    let recorded = &pair.response["body"];
    let ours = match answer.json() {
        Some(value) => value,
        None if answer.body.is_empty() => Value::Null,
        None => json!(String::from_utf8_lossy(&answer.body)),
    };
    match recorded.as_str() {
        // Pages of Tomcat and bodies that were cut are only compared by status.
        Some(text) if text.starts_with("<!doctype") || text.starts_with("<cut at") => return Ok(()),
        Some(text) if text.ends_with(" binary bytes>") => return Ok(()),
        _ => {}
    }
    let (left, right) = (normal(recorded, 0, names), normal(&ours, 0, names));
    if left == right {
        return Ok(());
    }
    Err(difference(&left, &right, String::new()))
}

/// The first place where two bodies differ.
fn difference(left: &Value, right: &Value, path: String) -> String {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            for (name, value) in left {
                match right.get(name) {
                    None => return format!("{path}.{name} is missing ({value:.60})"),
                    Some(other) if other != value => {
                        return difference(value, other, format!("{path}.{name}"));
                    }
                    Some(_) => {}
                }
            }
            let extra = right.keys().find(|name| !left.contains_key(*name));
            format!("{path}.{} is too much", extra.map_or("", String::as_str))
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            let differing = left.iter().zip(right).enumerate().find(|(_, (l, r))| l != r);
            match differing {
                Some((index, (l, r))) => difference(l, r, format!("{path}[{index}]")),
                None => path,
            }
        }
        (left, right) => {
            let short = |value: &Value| value.to_string().chars().take(160).collect::<String>();
            format!("{path}: recorded {} ours {}", short(left), short(right))
        }
    }
}

#[derive(Default)]
struct Tally {
    agreeing: usize,
    counted: usize,
    differing: Vec<String>,
}

/// Requests that only rebuild the state a later pair starts from.
fn replay(
    folder: &Path,
    name: &str,
    second: bool,
    wanted: fn(&Pair) -> bool,
) -> (BTreeMap<&'static str, Tally>, BTreeMap<&'static str, usize>) {
    let mut sandbox = sandbox(folder, second);
    let mut names = Names::default();
    let mut tallies: BTreeMap<&'static str, Tally> = BTreeMap::new();
    let mut outside: BTreeMap<&'static str, usize> = BTreeMap::new();
    for pair in pairs(&folder.join(name)).into_iter().filter(wanted) {
        for (_, method, path, body) in
            SILENT.iter().filter(|(before, ..)| pair.name.starts_with(before))
        {
            silent(&mut sandbox, pair.at_ms, method, path, body);
        }
        let family = match family(&pair) {
            Ok(family) => family,
            Err(reason) => {
                *outside.entry(reason).or_default() += 1;
                continue;
            }
        };
        let answer = sandbox.answer(&request_of(&pair, &names), pair.at_ms);
        names.learn(&pair, &answer);
        let tally = tallies.entry(family).or_default();
        tally.counted += 1;
        match agrees(&pair, &answer, &names) {
            Ok(()) => tally.agreeing += 1,
            Err(difference) => tally.differing.push(format!("{}: {difference}", pair.name)),
        }
    }
    (tallies, outside)
}

#[track_caller]
fn check(name: &str, second: bool, wanted: fn(&Pair) -> bool, floors: &[(&str, usize)]) {
    let Some(folder) = data() else {
        eprintln!("skipped: the recordings of {DAY_OF_RECORDING} are not beside the checkout");
        return;
    };
    let (tallies, outside) = replay(&folder, name, second, wanted);
    eprintln!("\n{name}");
    for (family, tally) in &tallies {
        eprintln!("{family:32} {:4} of {:4} agree", tally.agreeing, tally.counted);
        for line in &tally.differing {
            eprintln!("      {line}");
        }
    }
    let not_in_scope: usize = outside.values().sum();
    eprintln!("not in scope: {not_in_scope} ({outside:?})");
    for (family, floor) in floors {
        let agreeing = tallies.get(family).map_or(0, |tally| tally.agreeing);
        assert!(agreeing >= *floor, "{family}: {agreeing} agree, at least {floor} must");
    }
}

#[test]
fn the_first_recording_is_answered_as_recorded() {
    let floors = [
        ("completeDataSetRegistrations", 4),
        ("dataValueSets GET", 6),
        ("dataValueSets POST", 36),
        ("dataValues", 3),
        ("me and auth", 13),
        ("metadata GET", 17),
        ("metadata POST", 3),
        ("metadata edit", 2),
        ("system", 8),
        ("approvals", 1),
        ("enrollments GET", 1),
        ("files", 1),
        ("generated values", 3),
        ("relationships GET", 1),
        ("trackedEntities GET", 7),
        ("tracker POST", 62),
        ("tracker events GET", 7),
        ("tracker jobs", 5),
    ];
    check("dhis2-2.42-wire", false, |pair| !ran_later(pair), &floors);
}

#[test]
fn the_first_recordings_later_runs_are_answered_as_recorded() {
    let floors = [
        ("dataValueSets GET", 1),
        ("dataValueSets POST", 3),
        ("system", 3),
        ("tracker POST", 2),
        ("tracker events GET", 2),
    ];
    check("dhis2-2.42-wire", false, ran_later, &floors);
}

#[test]
fn the_second_recording_is_answered_as_recorded() {
    let floors = [
        ("completeDataSetRegistrations", 26),
        ("dataValueSets GET", 23),
        ("dataValueSets POST", 43),
        ("dataValues", 18),
        ("lockExceptions", 4),
        ("me and auth", 66),
        ("metadata GET", 93),
        ("metadata edit", 20),
        ("system", 7),
        ("approvals", 74),
        ("data store", 19),
        ("enrollments GET", 8),
        ("files", 35),
        ("generated values", 10),
        ("notes and logs", 7),
        ("ownership", 24),
        ("potential duplicates", 5),
        ("relationships GET", 3),
        ("trackedEntities GET", 88),
        ("tracker POST", 115),
        ("tracker events GET", 18),
        ("tracker jobs", 2),
        ("working lists", 3),
    ];
    check("dhis2-2.42-wire2", true, |pair| !ran_afresh(pair), &floors);
}

#[test]
fn the_second_recordings_fresh_runs_are_answered_as_recorded() {
    let floors = [
        ("dataValueSets GET", 1),
        ("dataValueSets POST", 1),
        ("metadata GET", 8),
        ("metadata edit", 2),
        ("potential duplicates", 1),
        ("trackedEntities GET", 26),
        ("tracker POST", 20),
        ("tracker events GET", 7),
    ];
    check("dhis2-2.42-wire2", true, ran_afresh, &floors);
}
