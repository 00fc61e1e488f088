//! Patterns as in captures t034a-t034k and in `SimpleDateFormat`'s documentation.

use jiff::civil::{DateTime, date};

use super::*;
use crate::value_type::ValueType;

fn pattern(text: &str) -> TextPattern {
    TextPattern::parse(text).expect(text)
}

fn at(text: &str) -> DateTime {
    text.parse().expect(text)
}

#[track_caller]
fn check_parse(text: &str, segments: &[&str]) {
    let raw: Vec<_> = pattern(text).segments().iter().map(Segment::raw).collect();
    assert_eq!(raw, segments, "{text}");
}

#[track_caller]
fn check_refused(text: &str, message: &str) {
    assert_eq!(TextPattern::parse(text).expect_err(text).to_string(), message, "{text}");
}

#[test]
fn a_pattern_is_parts_joined_by_plus() {
    check_parse("\"TL\"+SEQUENTIAL(######)", &["\"TL\"", "SEQUENTIAL(######)"]);
    check_parse(
        "ORG_UNIT_CODE() + \"/\" + RANDOM(###)",
        &["ORG_UNIT_CODE()", "\"/\"", "RANDOM(###)"],
    );
    check_parse(
        "ORG_UNIT_CODE(^..)+ORG_UNIT_CODE(..$)+RANDOM(Xx#*)",
        &["ORG_UNIT_CODE(^..)", "ORG_UNIT_CODE(..$)", "RANDOM(Xx#*)"],
    );
    check_parse("\"a\\\"+b\"+CURRENT_DATE(yyyy-MM)", &["\"a\\\"+b\"", "CURRENT_DATE(yyyy-MM)"]);
    check_parse("\"\"+RANDOM(#)", &["\"\"", "RANDOM(#)"]);
}

#[test]
fn the_server_passes_over_stray_text_and_a_missing_plus() {
    check_parse("abc RANDOM(#) def", &["RANDOM(#)"]);
    check_parse("\"a\"RANDOM(#)", &["\"a\"", "RANDOM(#)"]);
    check_parse("randomRANDOM(##)", &["RANDOM(##)"]);
    assert!(pattern("abc RANDOM(#)").has_stray_text());
    assert!(!pattern(" \"a\" + RANDOM(#) ").has_stray_text());
}

#[test]
fn what_the_server_refuses_is_refused_with_its_place() {
    check_refused("", "the pattern is empty");
    check_refused("   ", "the pattern holds no part such as \"text\" or RANDOM(###)");
    check_refused("abc", "the pattern holds no part such as \"text\" or RANDOM(###)");
    check_refused("+RANDOM(#)", "the + at character 1 follows no part of the pattern");
    check_refused("\"é\"++RANDOM(#)", "the + at character 5 follows no part of the pattern");
    check_refused("\"open + RANDOM(#)", "the + at character 7 follows no part of the pattern");
    check_refused("RANDOM(#)+", "the pattern ends on a +; write the last part or remove it");
    for text in [
        "RANDOM()",
        "RANDOM(#############)",
        "RANDOM(a)",
        "SEQUENTIAL(X)",
        "ORG_UNIT_CODE(abc)",
        "ORG_UNIT_CODE(^)",
        "CURRENT_DATE()",
        "FOO(#)",
    ] {
        let message =
            format!("`{text}` at character 1 is no part of a pattern such as RANDOM(###)");
        check_refused(text, &message);
    }
    assert_eq!(TextPattern::parse(&"\"a\"".repeat(1_000)), Err(PatternError::TooLong));
}

#[track_caller]
fn check_attribute(pattern: &str, value_type: ValueType, code: Option<&str>) {
    let problem = attribute_pattern(Some(pattern), value_type).err();
    assert_eq!(problem.map(|problem| problem.code()), code, "{pattern} {}", value_type.name());
}

#[test]
fn an_attribute_takes_one_generated_part_and_a_type_that_fits() {
    use ValueType::{Integer, Number, Text};
    check_attribute("\"A\"+RANDOM(#)", Text, None);
    check_attribute("\"A\"", Text, Some("E4021"));
    check_attribute("RANDOM(#)+SEQUENTIAL(#)", Text, Some("E4021"));
    check_attribute("RANDOM(#", Text, Some("E4019"));
    check_attribute("\"12\"+RANDOM(##)", Number, None);
    check_attribute("\"12\"+SEQUENTIAL(##)", Number, None);
    check_attribute("RANDOM(#X)", Number, Some("E4022"));
    check_attribute("\"A\"+RANDOM(#)", Number, Some("E4022"));
    check_attribute("CURRENT_DATE(yyyy)+RANDOM(#)", Number, Some("E4022"));
    check_attribute("ORG_UNIT_CODE()+RANDOM(#)", Number, Some("E4022"));
    check_attribute("RANDOM(#)", Integer, Some("E4022"));
    assert_eq!(attribute_pattern(None, Text).err().map(|one| one.code()), Some("E4019"));
}

#[test]
fn required_are_codes_and_optional_is_the_generated_part() {
    let code = pattern("ORG_UNIT_CODE(...)+\"-\"+CURRENT_DATE(yyyy)+\"-\"+SEQUENTIAL(####)");
    assert_eq!(code.required_values(), ["ORG_UNIT_CODE"]);
    assert_eq!(code.optional_values(), ["SEQUENTIAL"]);
    assert!(code.needs_organisation_unit() && code.holds_date());
    let plain = pattern("RANDOM(#)");
    assert!(plain.required_values().is_empty() && !plain.holds_date());
}

#[track_caller]
fn check_capacity(text: &str, values: u64) {
    assert_eq!(pattern(text).capacity(), values, "{text}");
}

#[test]
fn capacity_is_the_product_of_the_alphabets() {
    check_capacity("RANDOM(#)", 10);
    check_capacity("\"TL\"+RANDOM(#Xx*)", 10 * 26 * 26 * 62);
    check_capacity("SEQUENTIAL(#)", 9);
    check_capacity("SEQUENTIAL(############)", 999_999_999_999);
    check_capacity("RANDOM(************)", u64::MAX);
    check_capacity("\"fixed\"", 1);
}

#[track_caller]
fn check_key(text: &str, code: &str, key: &str) {
    let found = pattern(text).key(Some(code), at("2026-11-22T11:23:13"));
    assert_eq!(found.as_deref(), Ok(key), "{text}");
}

#[test]
fn keys_are_those_of_the_server() {
    check_key("RANDOM(#)", "", "RANDOM(#)");
    check_key("\"S\"+SEQUENTIAL(#)", "", "SSEQUENTIAL(#)");
    check_key("\"TL\"+SEQUENTIAL(######)", "", "TLSEQUENTIAL(######)");
    check_key(
        "ORG_UNIT_CODE(...)+\"-\"+CURRENT_DATE(yyyy)+\"-\"+SEQUENTIAL(####)",
        "TL_N_A",
        "TL_-2026-SEQUENTIAL(####)",
    );
}

#[track_caller]
fn check_code(part: &str, code: &str, expected: Option<&str>) {
    let text = format!("ORG_UNIT_CODE({part})+RANDOM(#)");
    let found = pattern(&text).resolve(Some(code), "7", at("2026-11-22T00:00"));
    assert_eq!(found.ok(), expected.map(|part| format!("{part}7")), "{part} of {code}");
}

#[test]
fn a_code_gives_its_beginning_or_nothing() {
    check_code("", "TL_N_A", Some("TL_N_A"));
    check_code("...", "TL_N_A", Some("TL_"));
    check_code("^...", "TL_N_A", Some("TL_"));
    check_code("..", "éa", Some("éa"));
    check_code("...", "TL", None);
    // The server matches from the beginning, whatever the documentation says of `$`.
    check_code("..$", "TL_N_A", None);
    check_code("..$", "TL", Some("TL"));
    check_code("^..$", "TL", Some("TL"));
    check_code("", "", None);
}

#[test]
fn a_value_is_resolved_only_from_what_fits() {
    let now = at("2026-11-22T11:23:13");
    let code = pattern("ORG_UNIT_CODE(...)+\"-\"+CURRENT_DATE(yyyy)+\"-\"+SEQUENTIAL(####)");
    assert_eq!(code.resolve(Some("TL_N_A"), "0001", now).as_deref(), Ok("TL_-2026-0001"));
    assert_eq!(code.resolve(None, "0001", now), Err(ResolveError::NoCode));
    assert_eq!(code.resolve(Some("T"), "0001", now), Err(ResolveError::CodeDoesNotFit));
    assert_eq!(code.resolve(Some("TL_"), "1", now), Err(ResolveError::GeneratedDoesNotFit));
    let random = pattern("RANDOM(#Xx*)");
    assert_eq!(random.resolve(None, "7Qa0", now).as_deref(), Ok("7Qa0"));
    assert_eq!(random.resolve(None, "7qa0", now), Err(ResolveError::GeneratedDoesNotFit));
    let strange = pattern("CURRENT_DATE(yyyyB)+RANDOM(#)").key(None, now);
    assert_eq!(strange, Err(ResolveError::DateFormat { format: "yyyyB".to_owned() }));
}

#[track_caller]
fn check_date(format: &str, time: &str, expected: &str) {
    let text = format!("CURRENT_DATE({format})");
    assert_eq!(pattern(&text).key(None, at(time)).as_deref(), Ok(expected), "{format} {time}");
}

#[test]
fn dates_are_written_as_java_does() {
    let time = "2026-03-05T04:05:06.007";
    check_date("yyyy", time, "2026");
    check_date("yy", time, "26");
    check_date("y", time, "2026");
    check_date("yyyyy", time, "02026");
    check_date("yyyyMMdd", time, "20260305");
    check_date("d/M", time, "5/3");
    check_date("MMM", time, "Mar");
    check_date("MMMM", time, "March");
    check_date("EEE EEEE", time, "Thu Thursday");
    check_date("DDD", time, "064");
    check_date("u", time, "4");
    check_date("F", time, "1");
    check_date("HH:mm:ss.SSS", time, "04:05:06.007");
    check_date("hh a", "2026-03-05T00:10", "12 AM");
    check_date("kk K", "2026-03-05T00:10", "24 0");
    check_date("'Y'yyyy''MM", time, "Y2026'03");
    check_date("w", "2026-01-01", "1");
    check_date("w", "2026-01-04", "2"); // a Sunday
    check_date("YYYY", "2025-12-31", "2026"); // the week of 1 January
    check_date("W", "2026-03-08", "2");
}

#[track_caller]
fn check_matches(text: &str, value: &str, expected: bool) {
    assert_eq!(pattern(text).matches(value), expected, "{text} {value}");
}

#[test]
fn a_value_matches_as_the_server_reads_the_pattern() {
    check_matches("\"TL\"+SEQUENTIAL(######)", "TL000001", true);
    check_matches("\"TL\"+SEQUENTIAL(######)", "TL00001", false);
    check_matches("\"TL\"+SEQUENTIAL(######)", "xTL000001", false);
    check_matches("RANDOM(#Xx*)", "1Aa9", true);
    check_matches("RANDOM(#Xx*)", "1AAa", false);
    check_matches("ORG_UNIT_CODE(...)+\"-\"+CURRENT_DATE(yyyy)+RANDOM(#)", "TL_-20267", true);
    check_matches("ORG_UNIT_CODE()+\"/\"+RANDOM(###)", "TL_N_A/123", true);
    check_matches("ORG_UNIT_CODE()+\"/\"+RANDOM(###)", "/123", true);
    // Fixed text is a regular expression there.
    check_matches("\"a.b\"+RANDOM(#)", "axb1", true);
    check_matches("\"(\"+RANDOM(#)", "(1", true);
    check_matches("\"+\"+RANDOM(#)", "+1", true);
    check_matches("CURRENT_DATE(MMMM)+RANDOM(#)", "abcd1", true);
}

#[track_caller]
fn check_stale(format: &str, made: &str, now: &str, expected: bool) {
    let text = format!("CURRENT_DATE({format})+RANDOM(#)");
    assert_eq!(pattern(&text).is_stale(at(made), at(now)), expected, "{format} {made} {now}");
}

#[test]
fn a_value_with_a_date_is_stale_when_its_date_has_passed() {
    check_stale("yyyy", "2026-11-22T11:00", "2026-12-31T23:59", false);
    check_stale("yyyy", "2026-11-22T11:00", "2027-01-01T00:00", true);
    check_stale("yyyyMM", "2026-11-22T11:00", "2026-11-30T23:59", false);
    check_stale("yyyyMM", "2026-11-22T11:00", "2026-12-01T00:00", true);
    check_stale("MMM", "2026-11-22T11:00", "2026-12-01T00:00", true);
    check_stale("dd", "2026-11-22T11:00", "2026-11-22T23:00", false);
    check_stale("dd", "2026-11-22T11:00", "2026-11-23T00:00", true);
    // Wednesday to Friday is one week for everybody; Friday to Saturday is not.
    check_stale("ww", "2026-11-25T11:00", "2026-11-27T11:00", false);
    check_stale("ww", "2026-11-27T11:00", "2026-11-28T11:00", true);
    check_stale("ww", "2026-11-28T11:00", "2026-11-29T11:00", true);
    check_stale("ww", "2026-11-29T11:00", "2026-11-30T11:00", true);
    check_stale("'X'", "2026-11-22T11:00", "2030-11-22T11:00", false);
    assert!(!pattern("RANDOM(#)").is_stale(at("2026-01-01T00:00"), at("2030-01-01T00:00")));
}

#[test]
fn the_last_valid_day_is_known_beforehand() {
    let last = |format: &str, made: &str| {
        pattern(&format!("CURRENT_DATE({format})+RANDOM(#)")).last_valid_day(at(made))
    };
    assert_eq!(last("yyyy", "2026-11-22T11:00"), Some(date(2026, 12, 31)));
    assert_eq!(last("yyyy", "2028-01-01T00:00"), Some(date(2028, 12, 31)));
    assert_eq!(last("yyMM", "2026-11-22T11:00"), Some(date(2026, 11, 30)));
    assert_eq!(last("yyMMdd", "2026-11-22T11:00"), Some(date(2026, 11, 22)));
    assert_eq!(last("ww", "2026-11-25T11:00"), Some(date(2026, 11, 27)));
    assert_eq!(last("'X'", "2026-11-25T11:00"), None);
    assert_eq!(pattern("RANDOM(#)").last_valid_day(at("2026-11-25T11:00")), None);
}

#[track_caller]
fn check_fits(text: &str, value: &str, code: &str, expected: bool) {
    // A Sunday.
    let now = at("2026-11-29T11:23:13");
    assert_eq!(pattern(text).fits(value, Some(code), now), expected, "{text} {value} {code}");
}

#[test]
fn a_value_fits_if_the_server_could_have_made_it_now() {
    let captured = "ORG_UNIT_CODE(...)+\"-\"+CURRENT_DATE(yyyy)+\"-\"+SEQUENTIAL(####)";
    check_fits(captured, "TL_-2026-0001", "TL_N_A", true);
    check_fits(captured, "TL_-2025-0001", "TL_N_A", false);
    check_fits(captured, "TL_-2026-0001", "KE_N_A", false);
    check_fits(captured, "TL_-2026-0001", "", false);
    check_fits(captured, "TL_-2026-001", "TL_N_A", false);
    check_fits("\"a.b\"+RANDOM(#)", "a.b1", "", true);
    check_fits("\"a.b\"+RANDOM(#)", "axb1", "", false);
    check_fits("\"\\E(\"+RANDOM(#)", "\\E(1", "", true);
    check_fits("ORG_UNIT_CODE()+RANDOM(#)", "A.(*1", "A.(*", true);
    // 49 from Sunday or Saturday on, 48 until Monday; 47 is past.
    check_fits("CURRENT_DATE(ww)+RANDOM(#)", "491", "", true);
    check_fits("CURRENT_DATE(ww)+RANDOM(#)", "481", "", true);
    check_fits("CURRENT_DATE(ww)+RANDOM(#)", "471", "", false);
    check_fits("CURRENT_DATE(MMMyyyy)+RANDOM(#)", "nov.20261", "", true);
    check_fits("CURRENT_DATE(MMMyyyy)+RANDOM(#)", "nov.20251", "", false);
    check_fits("CURRENT_DATE(yyyyMMdd)+RANDOM(#)", "202611291", "", true);
    check_fits("CURRENT_DATE(yyyyMMdd)+RANDOM(#)", "202611281", "", false);
    check_fits("CURRENT_DATE('Q'yy)+RANDOM(#)", "Q261", "", true);
}
