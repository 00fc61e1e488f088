//! What the server says about itself: info, ping, ids, settings, the sign-in page.

use serde_json::{Map, Value, json};

use super::Answer;
use super::http::{Query, Request, Response};
use super::meta::access::User;
use super::meta::fields::Fields;
use super::world::World;
use crate::limits::CODES_MAX;

/// `GET /api/system/info` (captures 01, m001, m002).
pub fn info(world: &World, request: &Request, now: i64) -> Response {
    let server_date = world.zone.local(now);
    let never = "1970-01-01T00:00:00.000";
    let hours = now / 3_600_000;
    let since = format!("{hours} h, {} m, {} s", now / 60_000 % 60, now / 1_000 % 60);
    let info = json!({
        "contextPath": world.base_url,
        "userAgent": request.header("User-Agent").unwrap_or(""),
        "calendar": "iso8601", "dateFormat": "yyyy-mm-dd", "serverDate": server_date,
        "serverTimeZoneId": world.zone.name,
        "serverTimeZoneDisplayName": zone_display(&world.zone.name),
        "lastAnalyticsTableSuccess": never, "intervalSinceLastAnalyticsTableSuccess": since,
        "lastAnalyticsTableRuntime": "", "lastSystemMonitoringSuccess": never,
        "lastAnalyticsTablePartitionSuccess": never,
        "intervalSinceLastAnalyticsTablePartitionSuccess": since,
        "lastAnalyticsTablePartitionRuntime": "",
        "databaseInfo": {"spatialSupport": true, "time": server_date},
        "version": world.version.text, "revision": "sandbox", "buildTime": never,
        "encryption": false, "emailConfigured": false, "redisEnabled": false,
        "systemId": world.system_id, "systemName": "Outpost sandbox",
        "systemMetadataVersion": "", "instanceBaseUrl": world.base_url,
        "isMetadataVersionEnabled": false, "lastMetadataVersionSyncAttempt": never,
    });
    Response::json(choose(info, &request.query))
}

fn zone_display(name: &str) -> &str {
    match name {
        "Etc/UTC" | "UTC" => "Coordinated Universal Time",
        other => other,
    }
}

/// Keeps only the members that `fields` names at the top.
fn choose(value: Value, query: &Query) -> Value {
    let asked: Vec<&str> = query.all("fields").collect();
    let fields = Fields::parse(&asked.join(","));
    match value {
        Value::Object(members) if !fields.is_empty() => {
            members.into_iter().filter(|(name, _)| fields.wants(name)).collect()
        }
        other => other,
    }
}

/// `GET /api/system/id?limit=n` (capture 204).
pub fn ids(world: &mut World, request: &Request) -> Response {
    let limit = request.query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(1);
    let codes: Vec<String> = (0..limit.min(CODES_MAX)).map(|_| world.uids.uid()).collect();
    Response::json(json!({"codes": codes}))
}

/// `GET /api/loginConfig` (capture 01d).
pub fn login_config(world: &World) -> Response {
    Response::json(json!({
        "apiVersion": world.version.text, "applicationTitle": "", "applicationDescription": "",
        "applicationNotification": "", "applicationLeftSideFooter": "",
        "applicationRightSideFooter": "", "countryFlag": "dhis2", "uiLocale": "en",
        "loginPopup": "", "loginPageLayout": "DEFAULT", "loginPageTemplate": "",
        "recaptchaSite": "", "minPasswordLength": "8", "maxPasswordLength": "72",
        "emailConfigured": false, "selfRegistrationEnabled": false,
        "selfRegistrationNoRecaptcha": false, "allowAccountRecovery": false,
        "useCustomLogoFront": false, "oidcProviders": [],
    }))
}

/// What a fresh 2.42.4 answers to a nurse (capture m008).
const SETTINGS: &str = include_str!("system_settings.json");

fn settings(world: &World) -> rusqlite::Result<Map<String, Value>> {
    let mut settings: Map<String, Value> = serde_json::from_str(SETTINGS).unwrap_or_default();
    let mut statement =
        world.db.prepare_cached("SELECT name, value FROM setting WHERE username = ''")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (name, text): (String, String) = (row.get(0)?, row.get(1)?);
        let value = match settings.get(&name) {
            Some(Value::Bool(_)) => json!(text == "true"),
            Some(Value::Number(_)) => serde_json::from_str(&text).unwrap_or(json!(text)),
            _ => json!(text),
        };
        settings.insert(name, value);
    }
    Ok(settings)
}

/// `/api/systemSettings[/{key}]` (captures 02k, m008).
///
/// # Errors
/// Only when the store fails.
pub fn system_settings(world: &World, request: &Request, user: &User, rest: &[&str]) -> Answer {
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            let mut settings = settings(world)?;
            let keys = request.query.list("key");
            if !keys.is_empty() {
                settings.retain(|name, _| keys.contains(&name.as_str()));
            }
            Ok(Response::json(Value::Object(settings)))
        }
        ("GET", [name]) => {
            let settings = settings(world)?;
            let value = settings.get(*name).cloned().unwrap_or(json!(""));
            let json = request.header("Accept").is_some_and(|accept| accept.contains("json"));
            Ok(match value {
                value if json => Response::json(json!({*name: value})),
                Value::String(text) => Response::text(text),
                other => Response::text(other.to_string()),
            })
        }
        ("POST" | "PUT" | "DELETE", _) if !user.may("F_SYSTEM_SETTING") => {
            Ok(Response::needs_authority("F_SYSTEM_SETTING"))
        }
        ("POST" | "PUT", [name]) => {
            let body = String::from_utf8_lossy(&request.body).trim().to_owned();
            let value = request.query.get("value").map_or(body, str::to_owned);
            world.set_setting("", name, &value)?;
            let message = format!("System setting '{name}' set to value '{value}'.");
            Ok(Response::ok(Some(&message), None))
        }
        ("POST", []) => {
            let body = request.json()?;
            for (name, value) in body.as_object().into_iter().flatten() {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                world.set_setting("", name, &text)?;
            }
            Ok(Response::ok(Some("System settings imported"), None))
        }
        ("DELETE", [name]) => {
            let sql = "DELETE FROM setting WHERE username = '' AND name = ?";
            world.db.execute(sql, [name])?;
            Ok(Response::empty(204))
        }
        _ => Ok(Response::no_resource(&format!("api/{}", request.path))),
    }
}
