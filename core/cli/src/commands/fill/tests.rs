use std::io::BufReader;

use super::lines::{Line, next_line};

#[track_caller]
fn check(text: &str, expected: Option<Line>) {
    assert_eq!(Line::parse(text).ok(), expected, "{text}");
}

#[test]
fn a_line_is_a_command_or_an_answer() {
    let set = |text: &str| Some(Line::Set(text.to_owned()));
    check("", Some(Line::Nothing));
    check("  # a remark = none", Some(Line::Nothing));
    check(" show ", Some(Line::Show));
    check("Age=4", set("Age=4"));
    check("show=1", set("show=1"));
    check("date=1", set("date=1"));
    check("date 2026-09-14", Some(Line::Date("2026-09-14".to_owned())));
    check("date", None);
    check("delete everything", None);
    check("\u{0}", None);
}

#[track_caller]
fn check_lines(input: &[u8], expected: &[Result<&str, &str>]) {
    let mut reader = BufReader::with_capacity(7, input);
    let mut found = Vec::new();
    while let Some(line) = next_line(&mut reader).expect("readable") {
        found.push(line.map_err(|error| error.to_string()));
    }
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_line_that_is_too_long_or_no_text_is_passed_over() {
    check_lines(b"a=1\nb=2", &[Ok("a=1\n"), Ok("b=2")]);
    check_lines(b"a=\xff\nb=2\n", &[Err("UTF-8"), Ok("b=2\n")]);
    let mut long = vec![b'x'; 300 * 1024];
    long.extend(b"\nb=2\n");
    check_lines(&long, &[Err("too long"), Ok("b=2\n")]);
    check_lines(&vec![b'x'; 600 * 1024], &[Err("too long")]);
    check_lines(b"", &[]);
}
