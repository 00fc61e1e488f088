//! The text of an agreement, as a project writes it: plain lines with places for fields.
//!
//! | a line | becomes |
//! |---|---|
//! | `# …` | the title; the first line that is not empty, and only that |
//! | `## …` | a heading |
//! | `- …` | an item of a list |
//! | an empty line | the end of a paragraph |
//! | anything else | part of a paragraph |
//!
//! `{number}` and the other names of [`PLACES`] stand for fields. A text is used as it is or refused with
//! its line; nothing in it is left out silently.

use crate::error::{PrintError, Result};
use crate::limits;

/// Names that may stand in braces.
pub(super) const PLACES: [&str; 15] = [
    "number",
    "box",
    "health_worker",
    "supervisor",
    "district",
    "facility",
    "make_and_model",
    "serial",
    "imei_1",
    "imei_2",
    "sim",
    "iccid",
    "accessories",
    "owner",
    "programme",
];

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    Heading(String),
    Item(String),
    Paragraph(String),
}

/// Title and parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) title: String,
    pub(super) blocks: Vec<Block>,
}

/// # Errors
/// [`PrintError::Template`] with the line.
pub(super) fn parse(text: &str) -> Result<Template> {
    let refused =
        |line: usize, reason: &str| PrintError::Template { line, reason: reason.to_owned() };
    if text.len() > limits::TEMPLATE_BYTES_MAX {
        return Err(refused(1, "the text is longer than 64 KB"));
    }
    let mut title: Option<String> = None;
    let mut blocks: Vec<Block> = Vec::new();
    let mut goes_on = false;
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let (number, line) = (index + 1, line.trim());
        places(line).map_err(|reason| PrintError::Template { line: number, reason })?;
        if line.is_empty() {
            goes_on = false;
            continue;
        }
        if title.is_none() {
            let first = line.strip_prefix("# ");
            let first = first.ok_or_else(|| refused(number, "begin with a title: # …"))?;
            title = Some(first.trim().to_owned());
        } else if let Some(heading) = line.strip_prefix("## ") {
            blocks.push(Block::Heading(heading.trim().to_owned()));
            goes_on = false;
        } else if line.starts_with('#') {
            return Err(refused(number, "there is one title; other headings begin with ##"));
        } else if let Some(item) = line.strip_prefix("- ") {
            blocks.push(Block::Item(item.trim().to_owned()));
            goes_on = true;
        } else {
            match blocks.last_mut().filter(|_| goes_on) {
                Some(Block::Paragraph(text) | Block::Item(text)) => {
                    text.push(' ');
                    text.push_str(line);
                }
                _ => blocks.push(Block::Paragraph(line.to_owned())),
            }
            goes_on = true;
        }
    }
    let title = title.ok_or_else(|| refused(1, "the text is empty"))?;
    Ok(Template { title, blocks })
}

/// Whether all that stands in braces has a name that we know.
fn places(line: &str) -> std::result::Result<(), String> {
    let mut rest = line;
    while let Some(open) = rest.find(['{', '}']) {
        if rest[open..].starts_with('}') {
            return Err("a } without {".to_owned());
        }
        let after = &rest[open + 1..];
        let close = after.find(['{', '}']).filter(|at| after[*at..].starts_with('}'));
        let close = close.ok_or_else(|| "a { without }".to_owned())?;
        let name = &after[..close];
        if !PLACES.contains(&name) {
            return Err(format!(
                "{{{}}} is no field; there are {}",
                name.chars().take(40).collect::<String>(),
                PLACES.join(", ")
            ));
        }
        rest = &after[close + 1..];
    }
    Ok(())
}

/// A text with its fields filled. A value is never looked into for further places.
pub(super) fn filled(text: &str, value: impl Fn(&str) -> String) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        whole.push_str(before);
        whole.push_str(&value(name));
        rest = after;
    }
    whole.push_str(rest);
    whole
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn refused(text: &str, line: usize, word: &str) {
        match parse(text) {
            Err(PrintError::Template { line: at, reason }) => {
                assert_eq!(at, line, "{reason}");
                assert!(reason.contains(word), "{reason}");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_text_has_a_title_headings_items_and_paragraphs() {
        let parsed =
            parse("# Phone {number}\n\nOne\ntwo.\n\n## Care\n- Keep dry\n  always\n- Charge");
        let parsed = parsed.expect("a good text");
        assert_eq!(parsed.title, "Phone {number}");
        assert_eq!(
            parsed.blocks,
            [
                Block::Paragraph("One two.".into()),
                Block::Heading("Care".into()),
                Block::Item("Keep dry always".into()),
                Block::Item("Charge".into()),
            ]
        );
    }

    #[test]
    fn a_text_that_cannot_be_used_is_refused_with_its_line() {
        refused("", 1, "empty");
        refused("Phone", 1, "title");
        refused("# A\n\n# B", 3, "one title");
        refused("# A\n{chw}", 2, "{chw}");
        refused("# A\nIt has {number", 2, "without }");
        refused("# A\nIt has number}", 2, "without {");
        refused("# A\n{{number}}", 2, "without }");
        refused(&format!("# A\n{}", "x".repeat(limits::TEMPLATE_BYTES_MAX)), 1, "64 KB");
    }

    #[test]
    fn a_value_is_not_looked_into() {
        let value = |name: &str| match name {
            "number" => "{serial}".to_owned(),
            _ => "secret".to_owned(),
        };
        assert_eq!(filled("No. {number}.", value), "No. {serial}.");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\PC|[#{}\n -]){0,200}") {
            if let Ok(template) = parse(&text) {
                for block in template.blocks {
                    let (Block::Heading(text) | Block::Item(text) | Block::Paragraph(text)) = block;
                    let filled = filled(&text, |_| String::new());
                    prop_assert!(!filled.contains(['{', '}']), "{}", filled);
                }
            }
        }
    }
}
