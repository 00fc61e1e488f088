//! Items and variables of the ANTLR dialect, which its grammar takes apart much more strictly than the
//! Kotlin dialect does. Decides only how they are written, never whether they exist.

use super::cursor::is_identifier;
use super::error::{ParseError, ParseProblem, shown};
use super::function::Function;
use super::item::{ItemKind, REPORTING_RATES, Tag};
use super::literal_antlr::{is_rule_variable_name, is_uid_token};
use super::parse_antlr::Parser;
use super::parse_kotlin::PROGRAM_VARIABLES;
use super::tree::{Kind, NodeId, Span, VariableSource};

impl Parser<'_> {
    pub fn uid(&mut self) -> Result<NodeId, ParseError> {
        let at = self.cursor.position;
        let text = self.cursor.source.get(at..(at + 11).min(self.cursor.end)).unwrap_or_default();
        if !is_uid_token(text) {
            return Err(self.cursor.expected("an id"));
        }
        self.cursor.position += text.len();
        self.leaf(Kind::Uid, at)
    }

    pub fn event_date(&mut self) -> Result<NodeId, ParseError> {
        let start = self.cursor.position;
        self.cursor.position += "PS_EVENTDATE".len();
        let tag = self.leaf(Kind::Identifier(Some(Tag::ProgramStageEventDate)), start)?;
        self.cursor.position += 1;
        self.blanks();
        let uid = self.uid()?;
        let argument = self.node(Kind::Argument, start, vec![tag, uid])?;
        self.node(Kind::Item(ItemKind::DataElement), start, vec![argument])
    }

    /// What a function takes that looks at the values of an item: ids without tags and wildcards, the
    /// name of a rule variable, in braces or quotes; some take a program variable or an event date.
    pub fn item_argument(&mut self, function: Function) -> Result<NodeId, ParseError> {
        let start = self.cursor.position;
        let kind = match self.cursor.peek() {
            b'\'' | b'"' => {
                let name = self.text()?;
                return self.node(Kind::Variable(VariableSource::Rule), start, vec![name]);
            }
            b'V' if function == Function::HasValue && self.cursor.peek_at(1) == b'{' => {
                self.cursor.position += 1;
                return self.program_variable(start);
            }
            b'P' if matches!(function, Function::MaxValue | Function::MinValue)
                && self.cursor.looking_at("PS_EVENTDATE:") =>
            {
                return self.event_date();
            }
            b'#' => ItemKind::DataElement,
            b'A' => ItemKind::Attribute,
            _ => return Err(self.cursor.expected("an item or the name of a variable")),
        };
        self.cursor.position += 1;
        let rest = self.cursor.source.get(self.cursor.position..self.cursor.end);
        let inside =
            rest.unwrap_or_default().strip_prefix('{').and_then(|rest| rest.split('}').next());
        if !inside.is_some_and(is_rule_variable_name) {
            return Err(self.cursor.expected("ids or the name of a variable in braces"));
        }
        self.braces(kind, start)
    }

    /// `{..}` after `#` or `A`: groups of ids, or the name of a rule variable.
    pub fn braces(&mut self, kind: ItemKind, start: usize) -> Result<NodeId, ParseError> {
        self.cursor.take(b'{', "`{`")?;
        let at = self.cursor.position;
        self.cursor.skip_while(|byte| byte != b'}');
        let raw = self.cursor.since(at);
        self.cursor.take(b'}', "`}`")?;
        let parts: Vec<&str> = raw.split('.').collect();
        if is_item(kind, &parts) {
            let mut offset = at;
            let mut groups = Vec::new();
            for part in parts {
                groups.push(self.id_group(part, offset)?);
                offset += part.len() + 1;
            }
            return self.node(Kind::Item(kind), start, groups);
        }
        if !is_rule_variable_name(raw) {
            return Err(ParseProblem::NotAnItem(shown(raw)).at(at));
        }
        let name = self.draft.add(Kind::Identifier(None), Span::new(at, at + raw.len()))?;
        self.node(Kind::Variable(VariableSource::Rule), start, vec![name])
    }

    /// Ids joined by `&`, possibly behind a tag.
    fn id_group(&mut self, part: &str, offset: usize) -> Result<NodeId, ParseError> {
        let mut children = Vec::new();
        let mut at = offset;
        let mut ids = part;
        if let Some((name, behind)) = part.split_once(':') {
            let tag = Kind::Identifier(Tag::from_name(name));
            children.push(self.draft.add(tag, Span::new(at, at + name.len()))?);
            at += name.len() + 1;
            ids = behind;
        }
        for id in ids.split('&') {
            children.push(self.draft.add(Kind::Uid, Span::new(at, at + id.len()))?);
            at += id.len() + 1;
        }
        self.node(Kind::Argument, offset, children)
    }

    /// An item of fixed form: `C{uid}`, `D{uid.uid}`, `R{uid.REPORTING_RATE}`.
    pub fn item(&mut self, kind: ItemKind, start: usize) -> Result<NodeId, ParseError> {
        self.cursor.position += 1;
        let groups = match kind {
            ItemKind::ProgramDataElement | ItemKind::ReportingRate => 2,
            _ => 1,
        };
        let mut children = Vec::new();
        for index in 0..groups {
            if index > 0 {
                self.cursor.take(b'.', "`.`")?;
            }
            let at = self.cursor.position;
            let is_rate = kind == ItemKind::ReportingRate && index == 1;
            let part = if is_rate {
                let name = self.cursor.identifier()?;
                if !REPORTING_RATES.contains(&name) {
                    return Err(ParseProblem::UnknownWord(shown(name)).at(at));
                }
                self.leaf(Kind::Identifier(None), at)?
            } else {
                self.uid()?
            };
            children.push(self.node(Kind::Argument, at, vec![part])?);
        }
        self.cursor.take(b'}', "`}`")?;
        self.node(Kind::Item(kind), start, children)
    }

    pub fn program_variable(&mut self, start: usize) -> Result<NodeId, ParseError> {
        self.cursor.position += 1;
        let at = self.cursor.position;
        self.cursor.skip_while(is_identifier);
        let name = self.cursor.since(at);
        if !PROGRAM_VARIABLES.contains(&name) {
            return Err(ParseProblem::UnknownWord(shown(name)).at(at));
        }
        let name = self.leaf(Kind::Identifier(None), at)?;
        self.cursor.take(b'}', "`}`")?;
        self.node(Kind::Variable(VariableSource::Program), start, vec![name])
    }
}

/// Whether the parts between dots are the ids of an item: the first may be a group of data elements,
/// the second category options, and one of the last two a wildcard.
fn is_item(kind: ItemKind, parts: &[&str]) -> bool {
    let tagged = |part: &str, tag: &str| part.strip_prefix(tag).is_some_and(is_uid_token);
    let is_first = |part: &str| is_uid_token(part) || tagged(part, "deGroup:");
    let is_second = |part: &str| {
        is_uid_token(part)
            || tagged(part, "co:")
            || part.strip_prefix("coGroup:").is_some_and(|ids| ids.split('&').all(is_uid_token))
    };
    match (kind, parts) {
        (ItemKind::Attribute, [one]) => is_uid_token(one),
        (ItemKind::Attribute, [one, two]) => is_uid_token(one) && is_uid_token(two),
        (ItemKind::Attribute, _) => false,
        (_, [one]) | (_, [one, "*"]) => is_first(one),
        (_, [one, "*", three]) => is_first(one) && is_uid_token(three),
        (_, [one, two]) | (_, [one, two, "*"]) => is_first(one) && is_second(two),
        (_, [one, two, three]) => is_first(one) && is_second(two) && is_uid_token(three),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Expression, Mode, NoValues, Outcome};

    #[track_caller]
    fn is_read(source: &str, expected: bool) {
        let read = Expression::parse(source, Mode::ProgramIndicatorExpression);
        assert_eq!(read.is_ok(), expected, "{source}: {read:?}");
    }

    // Expected values: answers of dhis-antlr-expression-parser 1.0.39.
    #[test]
    fn items_have_the_forms_of_the_grammar() {
        is_read("#{u1234567890.*}", true);
        is_read("#{u1234567890.v1234567890.*}", true);
        is_read("#{u1234567890.*.*}", false);
        is_read("#{*}", false);
        is_read("#{deGroup:u1234567890.coGroup:v1234567890&w1234567890}", true);
        is_read("#{u1234567890.co:v1234567890&w1234567890}", false);
        is_read("#{u1234567890&v1234567890}", false);
        is_read("A{u1234567890.*}", false);
        is_read("D{u1234567890.*}", false);
        is_read("d2:count(#{u1234567890.*})", false);
        is_read("d2:count(V{event_date})", false);
        is_read("d2:hasValue(V{event_date})", true);
        is_read("d2:maxValue(PS_EVENTDATE: u1234567890)", true);
        is_read("d2:count(PS_EVENTDATE: u1234567890)", false);
        is_read("d2:relationshipCount(u1234567890)", false);
        is_read("#{u1234567890} .periodOffset(-1)", true);
        is_read("#{u1234567890}.periodOffset(007)", false);
        is_read("count(distinct #{u1234567890})", true);
        is_read("sum(distinct #{u1234567890})", false);
    }

    #[test]
    fn names_of_variables_hold_no_reserved_word_and_no_date() {
        is_read("#{a.b-c d}", true);
        is_read("#{notx}", true);
        is_read("#{not}", false);
        is_read("#{x or y}", false);
        is_read("#{event_date}", false);
        is_read("#{environment}", false);
        is_read("#{2020-01-01x}", false);
        is_read("#{12020-01-01}", true);
        is_read("#{1.2.3}", true);
    }

    // Expected values: the server's own class compares as `==` does and stops at the first equal value.
    #[test]
    fn a_value_is_looked_for_among_others() {
        let check = |source: &str, expected: Option<bool>| {
            let read = Expression::parse(source, Mode::IndicatorExpression).expect("it is read");
            assert_eq!(read.evaluate(&NoValues).ok(), expected.map(Outcome::Boolean), "{source}");
        };
        check("is(2 in 1, 2, 3)", Some(true));
        check("is('2' in 1,2.0)", Some(true));
        check("is('a' in 'b' , 'c')", Some(false));
        check("is(1 in 1, null)", Some(true));
        check("is(null in 1)", None);
        is_read("is(1in 1)", false);
        is_read("is(1 in1)", false);
        is_read("is(1 in )", false);
    }
}
