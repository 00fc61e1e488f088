//! Every value type, accepted and refused, from the table of wire reference 2.1 and from captures.

use outpost_domain::value_type::{
    ServerMinor, ValueProblem, ValueType, is_insignificant_zero, normalise_aggregate,
    split_multi_text, validate, validate_option,
};
use proptest::prelude::*;

#[track_caller]
fn check(name: &str, accepted: &[&str], key: &str, refused: &[&str]) {
    let value_type = ValueType::parse(name).unwrap_or_else(|error| panic!("{error}"));
    for value in accepted {
        assert_eq!(validate(value_type, value), Ok(()), "{name} should take {value:?}");
    }
    for value in refused {
        let found = validate(value_type, value).map_err(ValueProblem::key);
        assert_eq!(found, Err(key), "{name} should refuse {value:?}");
    }
}

#[test]
fn texts_hold_anything() {
    for name in ["TEXT", "LONG_TEXT", "MULTI_TEXT", "REFERENCE", "GEOJSON", "TRACKER_ASSOCIATE"] {
        check(name, &["12", "é\n", "{not json", "አማርኛ", "a,,b"], "", &[]);
    }
}

#[test]
fn a_blank_value_is_valid_in_every_type() {
    for value_type in ValueType::ALL {
        for blank in ["", " ", "\t\r\n ", "\u{0}\u{1f}"] {
            assert_eq!(validate(value_type, blank), Ok(()), "{value_type} {blank:?}");
        }
    }
    // Java's trim stops at the space, so a no-break space is content.
    assert_eq!(validate(ValueType::Integer, "\u{a0}"), Err(ValueProblem::NotInteger));
}

#[test]
fn length_is_counted_in_utf16_units() {
    let key = "value_length_greater_than_max_length";
    check("LONG_TEXT", &[&"a".repeat(50_000)], key, &[&"a".repeat(50_001)]);
    check("LONG_TEXT", &[&"é".repeat(50_000)], key, &[&"é".repeat(50_001)]);
    check("LONG_TEXT", &[&"😀".repeat(25_000)], key, &[&"😀".repeat(25_001)]);
}

#[test]
fn a_letter_is_one_java_letter_of_any_script() {
    check(
        "LETTER",
        &["A", "z", "é", "ñ", "ß", "ع", "अ", "አ", "字", "ª", "ʰ"],
        "value_not_valid_letter",
        &["1", "AB", "-", "٣", "Ⅷ", "\u{301}", "e\u{301}", "𝐀", "😀", " A", "A ", "\u{a7c0}"],
    );
}

#[test]
fn a_number_has_digits_and_a_point_only() {
    check(
        "NUMBER",
        &["0", "-0", "-0.0", "0.50", "12", "-12.5", "99999999999999999999999", "0.0001"],
        "value_not_numeric",
        &[
            "+5", ".5", "5.", "05", "-", "1e3", "1,000", "NaN", "Infinity", " 5", "5 ", "1.2.3",
            "٣", "１２", "0x10", "5f", "--5", "00", "-05", "1.",
        ],
    );
    check("NUMBER", &[&"1".repeat(249)], "value_not_numeric", &[&"1".repeat(250)]);
    check("NUMBER", &["3"], "value_not_numeric", &["x"]); // capture 55
}

#[test]
fn a_unit_interval_is_a_number_from_zero_to_one() {
    let refused = ["1.01", "-0.1", "2", "abc", ".5", "1e-1"];
    let accepted = ["0", "-0", "1", "0.5", "1.0", "-0.0"];
    check("UNIT_INTERVAL", &accepted, "value_not_unit_interval", &refused);
}

#[test]
fn a_percentage_is_a_number_from_zero_to_a_hundred() {
    let refused = ["100.1", "-1", "101", "50%", "1e2", "+1"];
    let accepted = ["0", "-0", "100", "99.9", "100.0", "50"];
    check("PERCENTAGE", &accepted, "value_not_percentage", &refused);
}

#[test]
fn an_integer_has_32_bits_and_no_leading_zero() {
    check(
        "INTEGER",
        &["0", "1", "-1", "2147483647", "-2147483648"],
        "value_not_integer",
        &["-0", "007", "2147483648", "-2147483649", "1.0", "+1", "1 ", "--1", "1,000", "٣", "-"],
    );
}

#[test]
fn a_positive_integer_starts_at_one() {
    let refused = ["0", "-1", "01", "1.5", "2147483648", "+1"];
    let accepted = ["1", "12", "2147483647", "10", "99", "100"];
    check("INTEGER_POSITIVE", &accepted, "value_not_positive_integer", &refused);
}

#[test]
fn a_negative_integer_ends_at_minus_one() {
    let refused = ["0", "1", "-0", "-01", "-1.5", "-2147483649"];
    let accepted = ["-1", "-12", "-2147483648", "-10"];
    check("INTEGER_NEGATIVE", &accepted, "value_not_negative_integer", &refused);
}

#[test]
fn a_zero_or_positive_integer_has_no_sign() {
    // "abc" and "-3" are captures 48 and 49.
    let refused = ["abc", "-3", "-5", "ten", "-0", "00", "1.0", "+0", "2147483648"];
    let accepted = ["0", "1", "41", "2147483647"];
    check("INTEGER_ZERO_OR_POSITIVE", &accepted, "value_not_zero_or_positive_integer", &refused);
}

#[test]
fn a_boolean_is_true_or_false_in_any_capitals() {
    let refused = ["yes", "1", "t", " true", "true ", "0"];
    check("BOOLEAN", &["true", "false", "True", "FALSE", "tRuE"], "value_not_bool", &refused);
}

#[test]
fn a_true_only_cannot_be_false() {
    let refused = ["maybe", "false", "1", "yes", "t", " true"]; // "maybe" is capture 51
    check("TRUE_ONLY", &["true", "TRUE", "True"], "value_not_true_only", &refused);
}

#[test]
fn a_date_may_be_followed_by_anything_that_ends_on_a_word() {
    let accepted = [
        "2026-01-02",
        "2024-02-29",
        "0000-01-01",
        "9999-12-31",
        "2026-01-02T10:00",
        "2026-01-02 whatever",
        "2026-01-021",
        "2026-01-02_",
        "2026-01-02é",
        "2026-01-02 e\u{301}",
    ];
    let refused = [
        "2026-02-30",
        "2025-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-01-00",
        "2026-01-32",
        "2026-1-2",
        "02-01-2026",
        "2026/01/02",
        "20260102",
        "2026-01",
        " 2026-01-02",
        "2026-01-02 ",
        "2026-01-02-",
        "2026-01-02\nx",
        "2026-01-02T10:00:00+",
        "٢٠٢٦-٠١-٠٢",
        "2026-01-é",
        "yesterday",
        "31/12/2026",
        "2026-31-12",
    ];
    check("DATE", &accepted, "value_not_valid_date", &refused);
    check("AGE", &accepted, "value_not_valid_age", &refused);
}

#[test]
fn a_datetime_is_one_of_the_patterns_that_joda_time_reads() {
    check(
        "DATETIME",
        &[
            "2026-01-02T10",
            "2026-01-02T10Z",
            "2026-01-02T10:30",
            "2026-01-02T10:30+0300",
            "2026-01-02T10:30:59",
            "2026-01-02T10:30:59Z",
            "2026-01-02T10:30:59+03:00",
            "2026-01-02T10:30:59.1",
            "2026-01-02T10:30:59.123",
            "2026-01-02T10:30:59.123456",
            "2026-01-02T10:30:59.123Z",
            "2026-01-02T10:30:59.123456789Z",
            "2026-01-02T23:59:59-1200",
            "2026-01-02 10:30:59Z",
            "2026-01-02 10:30:59+0300",
            "2026-1-2T3:4",
            "2024-02-29T00:00",
            "2026-01-02t10:30",
            "2026-01-02T10:30z",
            "+2026-01-02T10:30",
            "-44-03-15T10:30",
            "2026-01-02T10:30+03",
            "2026-01-02T10:30+03:00:00.5",
        ],
        "value_not_valid_datetime",
        &[
            "2026-01-02",
            "2026-01",
            "2026",
            "2026-01-02T",
            "2026-01-02T24:00",
            "2026-01-02T10:60",
            "2026-01-02T10:30:60",
            "2026-02-30T10:30",
            "2025-02-29T10:30",
            "2026-13-01T10:30",
            "2026-01-02 10:30",
            "2026-01-02 10:30:59",
            "2026-01-02 10:30:59.123Z",
            "2026-01-02T10:30:59.",
            "2026-01-02T10:30:59.1234567",
            "2026-01-02T10:30:59.1234567890Z",
            "2026-01-02T10:30 ",
            " 2026-01-02T10:30",
            "2026-01-02T1030",
            "2026-01-02T10:30+3",
            "2026-01-02T10:30+24:00",
            "2026-01-02T10:30+03:60",
            "2026-01-02T10:30UTC",
            "2026-01-02X10:30",
            "999999999-01-01T10:30",
            "2026-001-02T10:30",
            "2026-01-02T010:30",
            "٢٠٢٦-٠١-٠٢T10:30",
            "2026-01-02T10:30é",
        ],
    );
}

#[test]
fn a_time_has_hours_and_minutes() {
    let refused = [
        "24:00", "9:5", "09:60", "9.05", "09:05:00", " 9:05", "009:05", "25:00", "9", ":05",
        "+9:05",
    ];
    let accepted = ["9:05", "09:05", "00:00", "23:59", "0:00", "19:30"];
    check("TIME", &accepted, "value_not_valid_time", &refused);
}

#[test]
fn a_coordinate_is_a_longitude_and_a_latitude_in_java_floats() {
    check(
        "COORDINATE",
        &[
            "[32.58,0.32]",
            "[-180,-90]",
            "[180,90]",
            " [ 1 , 2 ] ",
            "[1,2]",
            "[1e1,2E0]",
            "[1f,2d]",
            "[1.,.5]",
            "[+1,-2]",
            "[1,2,3]",
            "[1,2,junk]",
            "[0x1p3,0x.8p1]",
            "[180.000001,90]",
        ],
        "value_not_coordinate",
        &[
            "32.58,0.32",
            "[181,0]",
            "[0,91]",
            "[-181,0]",
            "[1]",
            "[,2]",
            "[1,]",
            "[a,b]",
            "(1,2)",
            "[1;2]",
            "[NaN,1]",
            "[1,NaN]",
            "[Infinity,1]",
            "[1,2",
            "1,2]",
            "[]",
            "[,]",
            "[1e,2]",
            "[--1,2]",
            "[1_0,2]",
            "[inf,1]",
            "[0x1,2]",
            "[٣,2]",
            "[1ff,2]",
            "[.,1]",
        ],
    );
}

#[test]
fn a_phone_number_has_six_to_fifty_of_its_signs() {
    let accepted = [
        "123456",
        "+256 700 123456",
        "(0800) 12-34",
        "012/345#6",
        "0700123456 ext 5",
        "exttxe",
        "------",
        "123\t456",
    ];
    let refused = ["12345", "0700-abc-123", "+256_700", "١٢٣٤٥٦", "123456\u{a0}", "123;456"];
    check("PHONE_NUMBER", &accepted, "value_not_phone_number", &refused);
    check("PHONE_NUMBER", &[&"1".repeat(50)], "value_not_phone_number", &[&"1".repeat(51)]);
}

#[test]
fn an_email_needs_a_known_top_level_domain() {
    check(
        "EMAIL",
        &[
            "a@b.com",
            "a.b+c@sub.example.co.ug",
            "\"x y\"@example.com",
            "a@[127.0.0.1]",
            "a@[::1]",
            "a@[fe80::1%eth0]",
            "a@[::1/64]",
            "é@example.com",
            "a@exämple.com",
            "A@B.ORG",
            "\"a@b\"@example.com",
            "\"a\\\"b\"@example.com",
            "a\\@b@example.com",
            "'a'@example.com",
            "a@xn--fiqs8s.xn--fiqs8s",
            "a@中国.中国",
            "a@1.org",
            "!#$%&*+-/=?^_`{|}~@example.org",
            &format!("{}@example.com", "a".repeat(64)),
            &format!("a@{}.org", "b".repeat(63)),
        ],
        "value_not_valid_email",
        &[
            "a@b",
            "a@b.c",
            "a@x.local",
            "a@x.internal",
            "a@localhost",
            ".a@b.com",
            "a.@b.com",
            "a..b@c.com",
            "a b@c.com",
            "a@b c.com",
            "a@b.com.",
            "a@b.com ",
            " a@b.com",
            "a@-b.com",
            "a@b-.com",
            "a@b_c.com",
            "a@b..com",
            "@b.com",
            "a@",
            "a",
            "a@b.com@",
            "a@@b.com",
            "a@[300.0.0.1]",
            "a@[127.0.0.01]",
            "a@[::1",
            "a@[::1/129]",
            "a@[::1%\u{85}]",
            "a@😀.com",
            "a@[::1%]",
            "a@[1.2.3]",
            "a(b)@c.com",
            "a,b@c.com",
            "\"a\"b@c.com",
            "\"a\nb\"@c.com",
            "a\u{7f}@c.com",
            "a@b.123",
            &format!("{}@example.com", "a".repeat(65)),
            &format!("a@{}.org", "b".repeat(64)),
            &format!("a@{}org", "b.".repeat(126)),
        ],
    );
}

#[test]
fn a_url_is_http_or_ftp_under_a_known_domain() {
    check(
        "URL",
        &[
            "http://example.com",
            "HTTPS://EXAMPLE.COM",
            "ftp://example.com/a.txt",
            "http://192.168.0.1:8080/a?b=c#d",
            "http://[::1]/",
            "http://[::1]:80/",
            "http://[::FFFF:1.2.3.4]/",
            "http://user:pw@example.com/",
            "http://user@example.com",
            "http://example.com:/",
            "http://example.com:65535",
            "http://example.com./",
            "http://example.com/%20",
            "http://example.com/a/../b",
            "http://example.com?x=é",
            "http://example.com/?q=a%7Cb#frag[1]",
            "http://exämple.com",
            "http://a.b-c.de",
            "http://example.com/a;b,c~(d)*'!",
            "http://example.com/?",
            "http://example.com/#",
        ],
        "value_not_url",
        &[
            "example.com",
            "//example.com",
            "http:/example.com",
            "http:example.com",
            "http://",
            "ws://example.com",
            "mailto:a@b.com",
            "http://localhost",
            "http://example",
            "http://example.local",
            "http://ex_ample.com",
            "http://example.com:65536",
            "http://example.com:8o",
            "http://example.com:99999999999",
            "http://example.com//a",
            "http://example.com/..",
            "http://example.com/../a",
            "http://example.com/a/../..",
            "http://example.com/a b",
            "http://example.com/é",
            "http://example.com/%2",
            "http://a%zz.com",
            "http://example.com/?q=a|b",
            "http://example.com/?q=a b",
            "http://example.com/?%",
            "http://example.com/#a b",
            "http://example.com/#a#b",
            "http://[::1",
            "http://😀.com",
            "http://[::1]x",
            "http://[::1]:99999999999/",
            "http://[::ffff:1.2.3.4]/",
            "http://[1::2::3]/",
            "http://u@v@example.com",
            "http://@example.com",
            "http://999.1.1.1",
            "http://1.2.3.04",
            " http://example.com",
            "http://example.com ",
            "http://example.com/\u{a0}",
            "http://example.com?\u{2028}",
            "http://example.com\\a",
            "http:///a",
        ],
    );
}

#[test]
fn files_and_places_are_ids() {
    let accepted = ["DiszpKrYNg8", "a1234567890"];
    let refused = ["DiszpKrYNg", "1iszpKrYNg8", "DiszpKrYNg8 ", "Disz-KrYNg8", "DiszpKrYNgé"];
    check("FILE_RESOURCE", &accepted, "value_not_valid_file_resource_uid", &refused);
    check("IMAGE", &accepted, "value_not_valid_file_resource_uid", &refused);
    check("ORGANISATION_UNIT", &accepted, "value_not_valid_org_unit_uid", &refused);
}

#[test]
fn a_username_has_no_sign_at_its_ends_and_no_two_in_a_row() {
    let accepted = ["anna", "nurse.anna", "a-b_c@d", "1234", "a.b.c"];
    let refused =
        ["abc", "-anna", "anna.", "_anna", "an..na", "an.-na", "an na", "annä", "anna!", "@anna"];
    check("USERNAME", &accepted, "value_not_valid_username", &refused);
    check("USERNAME", &[&"a".repeat(255)], "value_not_valid_username", &[&"a".repeat(256)]);
}

#[test]
fn a_238_server_leaves_six_types_unchecked() {
    let unchecked: Vec<&str> = ValueType::ALL
        .into_iter()
        .filter(|value_type| !value_type.is_checked_by(ServerMinor(38)))
        .map(ValueType::name)
        .collect();
    let expected = ["PHONE_NUMBER", "EMAIL", "TIME", "USERNAME", "ORGANISATION_UNIT", "AGE"];
    assert_eq!(unchecked, expected);
    assert!(ValueType::ALL.into_iter().all(|value_type| value_type.is_checked_by(ServerMinor(39))));
}

#[track_caller]
fn check_option(value: &str, multi: bool, accepted: bool) {
    let codes = ["A", "B", "a b"];
    let found = validate_option(Some(codes), value, multi).map_err(ValueProblem::key);
    let expected = if accepted { Ok(()) } else { Err("value_not_valid_option") };
    assert_eq!(found, expected, "{value:?}");
}

#[test]
fn an_option_is_matched_by_its_exact_code() {
    check_option("A", false, true);
    check_option("a b", false, true);
    check_option("a", false, false);
    check_option("A ", false, false);
    check_option("A,B", false, false);
    check_option("C", false, false);
    check_option("", false, true);
}

#[test]
fn a_multi_text_is_a_list_of_codes_split_as_java_does() {
    check_option("A", true, true);
    check_option("A,B", true, true);
    check_option("B,A,A", true, true);
    check_option("A,B,,", true, true);
    check_option(",", true, true);
    check_option(",A", true, false);
    check_option("A,,B", true, false);
    check_option("A, B", true, false);
    check_option("A,C", true, false);
    assert_eq!(split_multi_text("a,b,,"), ["a", "b"]);
    assert_eq!(split_multi_text(",a"), ["", "a"]);
    assert_eq!(split_multi_text(""), [""]);
    assert_eq!(split_multi_text(",,"), [""; 0]);
}

#[test]
fn only_a_multi_text_needs_an_option_set() {
    let none: Option<[&str; 0]> = None;
    assert_eq!(validate_option(none, "anything", false), Ok(()));
    assert_eq!(validate_option(none, "A", true), Err(ValueProblem::LacksOptionSet));
}

#[track_caller]
fn check_normal(name: &str, server: u16, value: &str, normal: &str) {
    let value_type = ValueType::parse(name).unwrap_or_else(|error| panic!("{error}"));
    let found = normalise_aggregate(value_type, value, ServerMinor(server));
    assert_eq!(found, normal, "{name} {value:?} on 2.{server}");
}

#[test]
fn the_aggregate_import_reads_many_forms_of_a_boolean() {
    for value in ["false", "False", "FALSE", "f", "F", "0"] {
        check_normal("BOOLEAN", 42, value, "false");
    }
    for value in ["true", "True", "TRUE", "t", "T", "1"] {
        check_normal("BOOLEAN", 42, value, "true");
        check_normal("TRUE_ONLY", 42, value, "true");
    }
    check_normal("BOOLEAN", 42, "yes", "yes");
    check_normal("BOOLEAN", 43, "Yes", "true");
    check_normal("BOOLEAN", 43, "N", "false");
    check_normal("TRUE_ONLY", 43, "no", "false");
    check_normal("BOOLEAN", 43, "maybe", "maybe");
    check_normal("TEXT", 43, "yes", "yes");
    check_normal("INTEGER", 42, "5.0", "5.0");
    check_normal("INTEGER", 43, "5.0", "5");
    check_normal("NUMBER", 43, "5.0", "5.0");
}

#[track_caller]
fn check_zero(name: &str, aggregation_type: &str, significant: bool, value: &str, dropped: bool) {
    let value_type = ValueType::parse(name).unwrap_or_else(|error| panic!("{error}"));
    let found = is_insignificant_zero(value_type, aggregation_type, significant, value);
    assert_eq!(found, dropped, "{name} {aggregation_type} {significant} {value:?}");
}

#[test]
fn a_zero_that_means_nothing_is_dropped_by_the_server() {
    check_zero("INTEGER_ZERO_OR_POSITIVE", "SUM", false, "0", true); // captures 50, a008b
    check_zero("NUMBER", "SUM", false, "0.00", true);
    check_zero("NUMBER", "SUM", false, "0.", true);
    check_zero("PERCENTAGE", "LAST", false, "0", true);
    check_zero("INTEGER_ZERO_OR_POSITIVE", "SUM", true, "0", false); // capture a008
    check_zero("NUMBER", "AVERAGE", false, "0", false);
    check_zero("NUMBER", "AVERAGE_SUM_ORG_UNIT", false, "0", false);
    check_zero("NUMBER", "SUM", false, "-0", false);
    check_zero("NUMBER", "SUM", false, "0.1", false);
    check_zero("NUMBER", "SUM", false, "00", false);
    check_zero("NUMBER", "SUM", false, "", false);
    check_zero("TEXT", "SUM", false, "0", false);
    check_zero("BOOLEAN", "SUM", false, "0", false);
}

#[test]
fn types_are_known_by_name_and_fall_into_the_servers_classes() {
    for value_type in ValueType::ALL {
        assert_eq!(ValueType::parse(value_type.name()), Ok(value_type));
    }
    assert!(ValueType::parse("text").is_err());
    assert!(ValueType::parse("TRACKER").is_err());
    let names = |is_in: fn(ValueType) -> bool| -> Vec<&str> {
        ValueType::ALL.into_iter().filter(|t| is_in(*t)).map(ValueType::name).collect()
    };
    assert_eq!(names(ValueType::is_date), ["DATE", "DATETIME", "AGE"]);
    assert_eq!(names(ValueType::is_file), ["FILE_RESOURCE", "IMAGE"]);
    assert_eq!(names(ValueType::is_boolean), ["BOOLEAN", "TRUE_ONLY"]);
    assert_eq!(
        names(ValueType::is_text),
        ["TEXT", "LONG_TEXT", "LETTER", "PHONE_NUMBER", "EMAIL", "TIME", "USERNAME", "URL"]
    );
    assert_eq!(
        names(ValueType::is_numeric),
        [
            "NUMBER",
            "UNIT_INTERVAL",
            "PERCENTAGE",
            "INTEGER",
            "INTEGER_POSITIVE",
            "INTEGER_NEGATIVE",
            "INTEGER_ZERO_OR_POSITIVE",
        ]
    );
    let json = serde_json::to_string(&ValueType::GeoJson).expect("serialisable");
    assert_eq!(json, "\"GEOJSON\"");
    assert_eq!(serde_json::from_str::<ValueType>(&json).ok(), Some(ValueType::GeoJson));
}

#[test]
fn each_problem_has_a_key_and_words_of_its_own() {
    let mut keys: Vec<&str> = ValueProblem::ALL.iter().map(|problem| problem.key()).collect();
    let mut words: Vec<&str> = ValueProblem::ALL.iter().map(|problem| problem.words()).collect();
    keys.sort_unstable();
    words.sort_unstable();
    assert!(keys.windows(2).all(|pair| pair[0] != pair[1]), "{keys:?}");
    assert!(words.windows(2).all(|pair| pair[0] != pair[1]), "{words:?}");
}

proptest! {
    #[test]
    fn no_text_makes_a_check_panic(value in any::<String>()) {
        for value_type in ValueType::ALL {
            let _ = validate(value_type, &value);
            let _ = normalise_aggregate(value_type, &value, ServerMinor(43));
            let _ = is_insignificant_zero(value_type, "SUM", false, &value);
        }
        let _ = validate_option(Some(["A"]), &value, true);
    }

    #[test]
    fn no_text_that_almost_fits_makes_a_check_panic(
        value in "[0-9a-zA-Zé😀@:/\\[\\]%.,TZ+\\-\" \\\\\n?#]{0,40}",
    ) {
        for value_type in ValueType::ALL {
            let _ = validate(value_type, &value);
            for start in ["2026-01-02", "http://", "[", "a@", "2026-01-02T10:00:00."] {
                let _ = validate(value_type, &format!("{start}{value}"));
            }
        }
    }

    #[test]
    fn every_32_bit_number_is_an_integer(number in any::<i32>()) {
        prop_assert_eq!(validate(ValueType::Integer, &number.to_string()), Ok(()));
        let positive = validate(ValueType::IntegerPositive, &number.to_string()).is_ok();
        prop_assert_eq!(positive, number > 0);
    }

    #[test]
    fn every_minute_of_every_day_is_a_datetime(
        day in 0_i64..40_000, hour in 0_i8..24, minute in 0_i8..60,
    ) {
        let date = jiff::civil::date(1970, 1, 1);
        let date = date.checked_add(jiff::Span::new().days(day)).expect("within the calendar");
        let time = format!("{date}T{hour:02}:{minute:02}");
        prop_assert_eq!(validate(ValueType::DateTime, &time), Ok(()));
        prop_assert_eq!(validate(ValueType::Date, &time), Ok(()));
    }
}
