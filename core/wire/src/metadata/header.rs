//! Cutting one object out of a page: the few members that lists are asked by, and the body as text.
//!
//! Runs once per object of a pull of 50,000: one pass for the members, one for the body, no tree.

use std::borrow::Cow;

use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::{OrganisationUnitUid, Uid};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::MetadataObject;
use crate::error::WireError;
use crate::json::{from_slice, object_from_slice};
use crate::loose::{Reference, Scalar, references};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header<'a> {
    #[serde(borrow, default)]
    id: Scalar<'a>,
    #[serde(borrow, default)]
    display_name: Scalar<'a>,
    #[serde(borrow, default)]
    name: Scalar<'a>,
    #[serde(borrow, default)]
    code: Scalar<'a>,
    #[serde(borrow, default)]
    path: Scalar<'a>,
    #[serde(borrow, default)]
    last_updated: Scalar<'a>,
    #[serde(borrow, default)]
    sort_order: Scalar<'a>,
    #[serde(borrow, default)]
    level: Scalar<'a>,
    #[serde(borrow, default)]
    parent: Option<&'a RawValue>,
    #[serde(borrow, default)]
    option_set: Option<&'a RawValue>,
    #[serde(borrow, default)]
    category_combo: Option<&'a RawValue>,
    #[serde(borrow, default)]
    data_set: Option<&'a RawValue>,
    #[serde(borrow, default)]
    program: Option<&'a RawValue>,
    #[serde(borrow, default)]
    program_stage: Option<&'a RawValue>,
    #[serde(borrow, default)]
    program_rule: Option<&'a RawValue>,
    #[serde(borrow, default)]
    organisation_units: Option<&'a RawValue>,
}

/// Reads one object.
///
/// # Errors
/// [`WireError`] if it has no valid id or a member of another shape; together with the id text, if
/// there is one.
pub(super) fn read_object(
    kind: MetadataKind,
    raw: &RawValue,
) -> Result<MetadataObject, (Option<String>, WireError)> {
    let what = kind.collection();
    let header: Header<'_> =
        object_from_slice(raw.get().as_bytes(), what).map_err(|error| (None, error))?;
    let id = header.id.clone().into_text();
    object_of(kind, raw, header).map_err(|error| (id, error))
}

fn object_of(
    kind: MetadataKind,
    raw: &RawValue,
    header: Header<'_>,
) -> Result<MetadataObject, WireError> {
    let what = kind.collection();
    let parent = match parent_of(kind, &header) {
        Some(raw) => from_slice::<Reference>(raw.get().as_bytes(), what)?.0,
        None => None,
    };
    let organisation_units = match header.organisation_units {
        Some(list) => Some(units_of(list, what)?),
        None => None,
    };
    let id = header.id.into_text();
    let id = id.ok_or_else(|| WireError::shape(what, "$", "missing field `id`"))?;
    let sort_order = match kind {
        MetadataKind::OrganisationUnit | MetadataKind::OrganisationUnitLevel => header.level,
        _ => header.sort_order,
    };
    Ok(MetadataObject {
        uid: uid_of(&id, what, "id")?,
        name: (header.display_name.into_text().or_else(|| header.name.into_text()))
            .unwrap_or_default(),
        code: header.code.into_text(),
        parent: parent.map(|text| uid_of(&text, what, "parent")).transpose()?,
        sort_order: match sort_order {
            Scalar::Integer(number) => number,
            Scalar::Decimal(number) => number as i64,
            _ => 0,
        },
        path: header.path.into_text(),
        last_updated: header.last_updated.into_text(),
        organisation_units,
        body: body_of(raw.get(), header.organisation_units.map(RawValue::get)),
    })
}

fn uid_of(text: &str, what: &'static str, path: &str) -> Result<Uid, WireError> {
    Uid::parse(text).map_err(|error| WireError::shape(what, path, &error.to_string()))
}

fn parent_of<'a>(kind: MetadataKind, header: &Header<'a>) -> Option<&'a RawValue> {
    match kind {
        MetadataKind::OrganisationUnit => header.parent,
        MetadataKind::Option | MetadataKind::OptionGroup => header.option_set,
        MetadataKind::CategoryOptionCombo => header.category_combo,
        MetadataKind::Section => header.data_set,
        MetadataKind::ProgramStage
        | MetadataKind::ProgramRule
        | MetadataKind::ProgramRuleVariable
        | MetadataKind::ProgramIndicator => header.program,
        MetadataKind::ProgramStageSection => header.program_stage,
        MetadataKind::ProgramRuleAction => header.program_rule,
        _ => None,
    }
}

fn units_of(list: &RawValue, what: &'static str) -> Result<Vec<OrganisationUnitUid>, WireError> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Units(#[serde(deserialize_with = "references")] Vec<OrganisationUnitUid>);
    from_slice::<Units>(list.get().as_bytes(), what)
        .map(|units| units.0)
        .map_err(|error| WireError::shape(what, "organisationUnits", &error.to_string()))
}

/// The object as compact text without `organisationUnits`, whose value is `cut` (a slice of `raw`).
fn body_of(raw: &str, cut: Option<&str>) -> String {
    let text = match cut {
        Some(value) => Cow::Owned(without_member(raw, value)),
        None => Cow::Borrowed(raw),
    };
    if has_loose_whitespace(text.as_bytes()) { compact(&text) } else { text.into_owned() }
}

/// Cuts the member whose value is the slice `value` of `raw`, with its name and one comma.
fn without_member(raw: &str, value: &str) -> String {
    const NAME: &str = "\"organisationUnits\"";
    let value_at = value.as_ptr() as usize - raw.as_ptr() as usize;
    let named = raw[..value_at].trim_end().strip_suffix(':').map(str::trim_end);
    // A name written with escapes stays: the body is longer then, but right.
    let Some(before) = named.and_then(|text| text.strip_suffix(NAME)).map(str::trim_end) else {
        return raw.to_owned();
    };
    let after = raw[value_at + value.len()..].trim_start();
    let (before, after) = match after.strip_prefix(',') {
        Some(rest) => (before, rest),
        None => (before.strip_suffix(',').unwrap_or(before), after),
    };
    [before, after].concat()
}

fn has_loose_whitespace(bytes: &[u8]) -> bool {
    let (mut in_text, mut is_escaped) = (false, false);
    for byte in bytes {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b' ' | b'\t' | b'\r' | b'\n' if !in_text => return true,
            _ => {}
        }
    }
    false
}

fn compact(text: &str) -> String {
    let (mut in_text, mut is_escaped) = (false, false);
    let keep = |char: &char| {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' if in_text => is_escaped = true,
            '"' => in_text = !in_text,
            ' ' | '\t' | '\r' | '\n' if !in_text => return false,
            _ => {}
        }
        true
    };
    text.chars().filter(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, body: &str, units: Option<usize>) {
        let raw: &RawValue = serde_json::from_str(raw).expect("JSON");
        let object = read_object(MetadataKind::DataSet, raw).expect("an object");
        assert_eq!(object.body, body);
        assert_eq!(object.organisation_units.map(|list| list.len()), units);
    }

    #[test]
    fn assigned_units_are_taken_out_wherever_they_stand() {
        let with = |before: &str, after: &str| {
            format!(r#"{{{before}"organisationUnits":[{{"id":"ouClinicA01"}}]{after}}}"#)
        };
        let bare = r#"{"id":"dsMalaria01","a":1}"#;
        check(&with(r#""id":"dsMalaria01","a":1,"#, ""), bare, Some(1));
        check(&with("", r#","id":"dsMalaria01","a":1"#), bare, Some(1));
        check(&with(r#""id":"dsMalaria01","#, r#","a":1"#), bare, Some(1));
        check(bare, bare, None);
        check(
            r#"{"id":"dsMalaria01","organisationUnits" : [ ] , "a" : "x \" y" }"#,
            r#"{"id":"dsMalaria01","a":"x \" y"}"#,
            Some(0),
        );
        check(
            concat!(
                r#"{"id":"dsMalaria01","n":{"organisationUnits":[]},"organisationUnits":["o"#,
                r#"uClinicA01"]}"#,
            ),
            r#"{"id":"dsMalaria01","n":{"organisationUnits":[]}}"#,
            Some(1),
        );
        check(
            r#"{"id":"dsMalaria01","organisationUnits":null}"#,
            r#"{"id":"dsMalaria01","organisationUnits":null}"#,
            None,
        );
    }

    #[test]
    fn an_object_without_a_valid_id_is_refused_with_what_it_calls_itself() {
        let refuse = |text: &str| {
            let raw: &RawValue = serde_json::from_str(text).expect("JSON");
            read_object(MetadataKind::DataSet, raw).expect_err("no id").0
        };
        assert_eq!(refuse("{}"), None);
        assert_eq!(refuse("[1]"), None);
        assert_eq!(refuse(r#"{"id":"<DS_UID>"}"#).as_deref(), Some("<DS_UID>"));
    }
}
