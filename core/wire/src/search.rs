//! Searching people on the server: the query, and what its refusals mean.

use outpost_domain::uid::{
    OrganisationUnitUid, ProgramUid, TrackedEntityAttributeUid, TrackedEntityTypeUid,
};

use crate::answer::AnswerClass;
use crate::percent::encoded_value;
use crate::version::ServerVersion;

/// The members of a person to ask for in a search.
pub const SEARCH_FIELDS: &str = "trackedEntity,trackedEntityType,orgUnit,updatedAt,\
createdAtClient,updatedAtClient,deleted,potentialDuplicate,geometry,storedBy,updatedBy[username],\
attributes[attribute,value],programOwners[program,orgUnit]";

/// How a value is compared. Texts are compared without case; accents count (captures t002l, t002m).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FilterOperator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// One of several.
    In,
    /// Holds.
    Like,
    /// Begins with.
    Sw,
    /// Ends with.
    Ew,
    /// At least.
    Ge,
    /// More than.
    Gt,
    /// At most.
    Le,
    /// Less than.
    Lt,
    /// Has no value; takes none.
    Null,
    /// Has any value; takes none.
    NotNull,
}

impl FilterOperator {
    /// The name in a query.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::In => "in",
            Self::Like => "like",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Ge => "ge",
            Self::Gt => "gt",
            Self::Le => "le",
            Self::Lt => "lt",
            Self::Null => "null",
            Self::NotNull => "!null",
        }
    }

    /// Whether an attribute's list of blocked operators (from 2.43) forbids it.
    #[must_use]
    pub fn is_blocked(self, blocked: &[String]) -> bool {
        blocked.iter().any(|name| name.eq_ignore_ascii_case(self.name()))
    }
}

/// A condition on an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeFilter {
    /// The attribute.
    pub attribute: TrackedEntityAttributeUid,
    /// Operators with their values; at most two on servers of today. Values of [`FilterOperator::In`]
    /// are separated by semicolons.
    pub conditions: Vec<(FilterOperator, String)>,
}

/// Among whom to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchScope {
    /// The people enrolled in a program. Those of a protected one are found by their owner only.
    Program(ProgramUid),
    /// All of a type.
    Type(TrackedEntityTypeUid),
}

/// Where to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchPlace {
    /// At one place.
    Selected(OrganisationUnitUid),
    /// At a place and those right below it.
    Children(OrganisationUnitUid),
    /// At a place and everything below it.
    Descendants(OrganisationUnitUid),
    /// Wherever the user may search.
    Accessible,
    /// Wherever the user enters data; the only one besides the own place that needs no filter.
    Capture,
}

/// A search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// Among whom.
    pub scope: SearchScope,
    /// Where.
    pub place: SearchPlace,
    /// Conditions; all must hold.
    pub filters: Vec<AttributeFilter>,
    /// Attribute to order by, ascending; without one the newest come first.
    pub order: Option<TrackedEntityAttributeUid>,
    /// Page from 1.
    pub page: u32,
    /// People per page.
    pub page_size: u32,
}

/// Query text of `GET /api/tracker/trackedEntities`.
#[must_use]
pub fn search_query(query: &SearchQuery, version: ServerVersion) -> String {
    let mut text = match query.scope {
        SearchScope::Program(program) => format!("program={program}"),
        SearchScope::Type(kind) => format!("trackedEntityType={kind}"),
    };
    place(&mut text, query.place, version);
    filters(&mut text, &query.filters, version);
    text.push_str(&format!("&fields={SEARCH_FIELDS}"));
    match query.order {
        Some(attribute) => text.push_str(&format!("&order={attribute}:asc")),
        None => text.push_str("&order=updatedAt:desc"),
    }
    text.push_str(&format!("&page={}&pageSize={}", query.page, query.page_size));
    text
}

/// The old names are ignored by new servers, which would search everywhere (captures t003m, t003n).
fn place(text: &mut String, place: SearchPlace, version: ServerVersion) {
    let (mode, unit) = match place {
        SearchPlace::Selected(unit) => ("SELECTED", Some(unit)),
        SearchPlace::Children(unit) => ("CHILDREN", Some(unit)),
        SearchPlace::Descendants(unit) => ("DESCENDANTS", Some(unit)),
        SearchPlace::Accessible => ("ACCESSIBLE", None),
        SearchPlace::Capture => ("CAPTURE", None),
    };
    if let Some(unit) = unit {
        let name = if version.org_units_param() { "orgUnits" } else { "orgUnit" };
        text.push_str(&format!("&{name}={unit}"));
    }
    let name = if version.org_unit_mode_param() { "orgUnitMode" } else { "ouMode" };
    text.push_str(&format!("&{name}={mode}"));
}

/// One parameter from 2.40 on, its conditions separated by commas; before, one parameter each, for
/// there a comma cannot be escaped.
fn filters(text: &mut String, filters: &[AttributeFilter], version: ServerVersion) {
    let escapes = version.filter_escapes();
    let written = filters.iter().filter(|filter| !filter.conditions.is_empty()).map(|filter| {
        let mut part = filter.attribute.to_string();
        for (operator, value) in &filter.conditions {
            part.push(':');
            part.push_str(operator.name());
            if !matches!(operator, FilterOperator::Null | FilterOperator::NotNull) {
                part.push(':');
                part.push_str(&if escapes { escaped(value) } else { value.clone() });
            }
        }
        encoded_value(&part)
    });
    let written: Vec<String> = written.collect();
    match escapes {
        _ if written.is_empty() => {}
        true => text.push_str(&format!("&filter={}", written.join(","))),
        false => written.iter().for_each(|part| text.push_str(&format!("&filter={part}"))),
    }
}

/// `/` before what separates conditions (capture t002j).
fn escaped(value: &str) -> String {
    value.replace('/', "//").replace(',', "/,").replace(':', "/:")
}

/// Why a search gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchProblem {
    /// More conditions are needed for so wide a search; how many, if the server says.
    TooFewFilters(Option<u32>),
    /// A condition is too short.
    TooShort,
    /// More people match than may be shown.
    TooManyResults,
    /// The place is outside the area that the user may search.
    OutsideSearchScope,
    /// Not allowed.
    Denied,
    /// The server does not know an attribute, program or type any more, or blocks an operator.
    OutOfDate,
    /// The query is too long.
    TooLong,
    /// Another reason.
    Refused,
}

impl SearchProblem {
    /// For a person.
    #[must_use]
    pub fn words(self) -> String {
        let words = match self {
            Self::TooFewFilters(Some(least)) if least > 1 => {
                return format!("Fill in at least {least} fields to search so widely.");
            }
            Self::TooFewFilters(_) => "Fill in at least one field to search so widely.",
            Self::TooShort => "Type more letters to search.",
            Self::TooManyResults => "Too many people match. Fill in more fields.",
            Self::OutsideSearchScope => "This place is outside the area you may search.",
            Self::Denied => "You are not allowed to search here.",
            Self::OutOfDate => "The server does not accept this search any more. Sync first.",
            Self::TooLong => "The search is too long. Use fewer or shorter words.",
            Self::Refused => "The server did not accept this search. Show it to your supervisor.",
        };
        words.to_owned()
    }
}

/// The meaning of a classified answer; `None` if it has results, or says nothing about the search.
#[must_use]
pub fn search_problem(class: &AnswerClass) -> Option<SearchProblem> {
    let message = match class {
        AnswerClass::TooLarge => return Some(SearchProblem::TooLong),
        AnswerClass::Forbidden { message, .. } => {
            return Some(match message.text.contains("search scope") {
                true => SearchProblem::OutsideSearchScope,
                false => SearchProblem::Denied,
            });
        }
        AnswerClass::NotFound { .. } => return Some(SearchProblem::Refused),
        AnswerClass::Conflict { message, .. } | AnswerClass::BadRequest { message, .. } => message,
        _ => return None,
    };
    let has = |part: &str| message.text.contains(part);
    Some(if let Some(rest) = message.text.strip_prefix("At least ") {
        match rest.contains("character") {
            true => SearchProblem::TooShort,
            false => SearchProblem::TooFewFilters(first_number(rest)),
        }
    } else if has("maxteicountreached") {
        SearchProblem::TooManyResults
    } else if has("character") && has("filter") {
        SearchProblem::TooShort
    } else if has("search scope") {
        SearchProblem::OutsideSearchScope
    } else if has("does not exist") || has("blocked") || has("not a valid operator") {
        SearchProblem::OutOfDate
    } else {
        SearchProblem::Refused
    })
}

fn first_number(text: &str) -> Option<u32> {
    text.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use outpost_domain::uid::Uid;

    use super::*;
    use crate::answer::classify;

    fn uid<T: From<Uid>>(text: &str) -> T {
        Uid::parse(text).expect("a uid").into()
    }

    fn filter(attribute: &str, conditions: &[(FilterOperator, &str)]) -> AttributeFilter {
        let conditions =
            conditions.iter().map(|(operator, value)| (*operator, (*value).to_owned()));
        AttributeFilter { attribute: uid(attribute), conditions: conditions.collect() }
    }

    #[track_caller]
    fn check(minor: u16, place: SearchPlace, filters: &[AttributeFilter], expected: &str) {
        let query = SearchQuery {
            scope: SearchScope::Program(uid("prFiles0001")),
            place,
            filters: filters.to_vec(),
            order: Some(uid("teaLastName")),
            page: 2,
            page_size: 50,
        };
        let text = search_query(&query, ServerVersion { minor, patch: 0, hotfix: 0 });
        let end = format!("&fields={SEARCH_FIELDS}&order=teaLastName:asc&page=2&pageSize=50");
        assert_eq!(text, format!("program=prFiles0001{expected}{end}"));
    }

    #[test]
    fn places_and_conditions_are_written_as_the_version_reads_them() {
        use FilterOperator::{Ge, Le, Like, NotNull};
        let clinic = uid("ouClinicA01");
        check(42, SearchPlace::Accessible, &[], "&orgUnitMode=ACCESSIBLE");
        check(40, SearchPlace::Capture, &[], "&ouMode=CAPTURE");
        let descendants = SearchPlace::Descendants(clinic);
        check(42, descendants, &[], "&orgUnits=ouClinicA01&orgUnitMode=DESCENDANTS");
        check(40, descendants, &[], "&orgUnit=ouClinicA01&ouMode=DESCENDANTS");
        // Captures t002j, t002i, t002g.
        let odd = filter("teaLastName", &[(Like, "K,a:b/c")]);
        let range = filter("teaNatIdent", &[(Ge, "NID-1"), (Le, "NID-3")]);
        let any = filter("teaDobDate1", &[(NotNull, "ignored")]);
        check(
            42,
            SearchPlace::Selected(clinic),
            &[odd.clone(), range, any, filter("teaGender01", &[])],
            "&orgUnits=ouClinicA01&orgUnitMode=SELECTED&filter=teaLastName:like:K%2F,a%2F:b%2F%2Fc,\
             teaNatIdent:ge:NID-1:le:NID-3,teaDobDate1:!null",
        );
        let plus = filter("teaFirstNam", &[(FilterOperator::Eq, "a+b é")]);
        check(
            39,
            SearchPlace::Accessible,
            &[odd, plus],
            "&ouMode=ACCESSIBLE&filter=teaLastName:like:K,a:b%2Fc&filter=teaFirstNam:eq:a%2Bb%20%C3%A9",
        );
    }

    #[test]
    fn blocked_operators_are_known_by_their_name() {
        let blocked = ["LIKE".to_owned(), "ew".to_owned()];
        assert!(
            FilterOperator::Like.is_blocked(&blocked) && FilterOperator::Ew.is_blocked(&blocked)
        );
        assert!(!FilterOperator::Eq.is_blocked(&blocked));
    }

    #[track_caller]
    fn check_problem(status: u16, message: &str, words: Option<&str>) {
        let body = format!(r#"{{"httpStatusCode":{status},"message":"{message}"}}"#);
        let class = classify(status, Some("application/json"), None, body.as_bytes());
        let found = search_problem(&class).map(SearchProblem::words);
        assert_eq!(found.as_deref(), words, "{message}");
    }

    #[test]
    fn refusals_are_told_apart_as_a_server_gave_them() {
        check_problem(
            409,
            "At least 1 attributes should be mentioned in the search criteria.",
            Some("Fill in at least one field to search so widely."),
        );
        check_problem(
            409,
            "At least 2 attributes should be mentioned in the search criteria.",
            Some("Fill in at least 2 fields to search so widely."),
        );
        check_problem(
            409,
            "maxteicountreached",
            Some("Too many people match. Fill in more fields."),
        );
        check_problem(
            403,
            "Organisation unit is not part of the search scope: ouClinicD01",
            Some("This place is outside the area you may search."),
        );
        check_problem(
            403,
            "User is not authorized to query across all organisation units",
            Some("You are not allowed to search here."),
        );
        check_problem(
            400,
            "attribute filters are invalid. Tracked entity attribute 'teaUnknown1' does not exist.",
            Some("The server does not accept this search any more. Sync first."),
        );
        check_problem(
            400,
            "Invalid page size: 1000000. It must not exceed the system limit.",
            Some("The server did not accept this search. Show it to your supervisor."),
        );
        check_problem(200, "", None);
        check_problem(503, "", None);
    }
}
