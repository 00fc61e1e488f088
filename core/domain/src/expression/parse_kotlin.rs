//! Parser of the Kotlin dialect, without backtracking, as `expression-parser` reads it.
//!
//! Makes a flat draft in which operators stand beside their operands; grouping comes after.
//! Recursion is limited by [`EXPRESSION_NESTING_MAX`].

use super::civil::Date;
use super::cursor::{Cursor, END, decode, is_identifier, is_uid, is_variable_name};
use super::error::{ParseError, ParseProblem, shown};
use super::function::{Argument, Ending, Function};
use super::group::{group_operators, spread_modifiers};
use super::item::{ItemKind, REPORTING_RATES, Tag};
use super::java::parse_double;
use super::mode::Mode;
use super::modifier::{AGGREGATION_TYPES, MODIFIERS, Modifier, ModifierKind};
use super::tree::{
    BINARY_OPERATORS, Draft, Kind, NodeId, Span, Tree, UnaryOperator, VariableSource,
};
use super::version::ParserVersion;
use crate::limits::EXPRESSION_NESTING_MAX;

/// Variables of programs (expressions reference 2 and 3).
pub(super) const PROGRAM_VARIABLES: [&str; 29] = [
    "analytics_period_end",
    "analytics_period_start",
    "completed_date",
    "creation_date",
    "current_date",
    "due_date",
    "enrollment_count",
    "enrollment_date",
    "enrollment_id",
    "enrollment_status",
    "environment",
    "event_count",
    "scheduled_event_count",
    "event_date",
    "scheduled_date",
    "event_id",
    "event_status",
    "execution_date",
    "incident_date",
    "org_unit_count",
    "org_unit",
    "orgunit_code",
    "program_name",
    "program_stage_id",
    "program_stage_name",
    "sync_date",
    "tei_count",
    "value_count",
    "zero_pos_value_count",
];

const INTENT_VARIABLES: [&str; 5] =
    ["orgunit_code", "orgunit_id", "orgunit_path", "user_id", "user_username"];

pub(super) const NAMED_VALUES: [&str; 3] = ["days", "periodInYear", "yearlyPeriodCount"];

/// Parses a whole expression.
pub(super) fn parse(source: &str, mode: Mode, version: ParserVersion) -> Result<Tree, ParseError> {
    let cursor = Cursor { source, position: 0, end: source.len() };
    let mut parser = Parser { cursor, mode, version, draft: Draft::default(), nesting: 0 };
    let root = parser.draft.add(Kind::Parentheses, Span::new(0, source.len()))?;
    parser.expression(root, true)?;
    let mut draft = parser.draft;
    spread_modifiers(&mut draft, root)?;
    group_operators(&mut draft, root)?;
    Tree::finish(&draft, root, source)
}

struct Parser<'s> {
    cursor: Cursor<'s>,
    mode: Mode,
    version: ParserVersion,
    draft: Draft,
    nesting: usize,
}

impl Parser<'_> {
    fn add(&mut self, parent: NodeId, kind: Kind, start: usize) -> Result<NodeId, ParseError> {
        let id = self.draft.add(kind, Span::new(start, self.cursor.position))?;
        self.draft.node_mut(parent).children.push(id);
        Ok(id)
    }

    fn end(&mut self, id: NodeId) {
        self.draft.node_mut(id).span.end = self.cursor.position as u32;
    }

    /// Operands and operators side by side under `parent`.
    fn expression(&mut self, parent: NodeId, whole: bool) -> Result<(), ParseError> {
        self.nesting += 1;
        if self.nesting > EXPRESSION_NESTING_MAX {
            return Err(self.cursor.error(ParseProblem::TooDeep));
        }
        loop {
            self.operand(parent)?;
            self.modifiers(parent)?;
            if !self.binary_operator(parent)? {
                break;
            }
        }
        if whole && !self.cursor.at_end() {
            return Err(self.cursor.error(ParseProblem::Surplus));
        }
        self.nesting -= 1;
        Ok(())
    }

    fn modifiers(&mut self, parent: NodeId) -> Result<(), ParseError> {
        while self.cursor.peek() == b'.' && self.cursor.peek_at(1).is_ascii_alphabetic() {
            self.cursor.position += 1;
            self.named(parent)?;
            self.cursor.skip_space();
        }
        Ok(())
    }

    /// Whether there was one.
    fn binary_operator(&mut self, parent: NodeId) -> Result<bool, ParseError> {
        let start = self.cursor.position;
        let first = self.cursor.peek();
        let length = match first {
            b'a' if self.is_word("and") => 3,
            b'o' if self.is_word("or") => 2,
            b'+' | b'-' | b'*' | b'/' | b'%' | b'^' => 1,
            b'&' | b'|' if matches!(self.cursor.peek_at(1), b'&' | b'|') => 2,
            b'<' | b'>' | b'=' | b'!'
                if matches!(self.cursor.peek_at(1), b'<' | b'>' | b'=' | b'!') =>
            {
                2
            }
            b'&' | b'|' | b'<' | b'>' | b'=' | b'!' => 1,
            _ => return Ok(false),
        };
        self.cursor.position += length;
        let symbol = self.cursor.since(start);
        let Some((operator, _)) = BINARY_OPERATORS.iter().find(|(_, s)| *s == symbol) else {
            return Err(ParseProblem::UnknownOperator(symbol.to_owned()).at(start));
        };
        self.add(parent, Kind::Binary(*operator), start)?;
        Ok(true)
    }

    fn is_word(&self, word: &str) -> bool {
        self.cursor.looking_at(word) && !is_identifier(self.cursor.peek_at(word.len()))
    }

    fn operand(&mut self, parent: NodeId) -> Result<(), ParseError> {
        self.unary_operators(parent)?;
        let start = self.cursor.position;
        match self.cursor.peek() {
            b'(' => {
                self.cursor.position += 1;
                let id = self.add(parent, Kind::Parentheses, start)?;
                self.expression(id, false)?;
                self.cursor.skip_space();
                self.cursor.take(b')', "`)`")?;
                self.end(id);
            }
            b'[' => {
                self.cursor.position += 1;
                let name = self.cursor.identifier()?;
                if !NAMED_VALUES.contains(&name) {
                    return Err(ParseProblem::UnknownWord(shown(name)).at(start + 1));
                }
                self.add(parent, Kind::Named, start + 1)?;
                self.cursor.take(b']', "`]`")?;
            }
            b'\'' | b'"' => self.text(parent)?,
            b'.' if self.cursor.peek_at(1).is_ascii_digit() => self.number(parent)?,
            b'0'..=b'9' => self.number(parent)?,
            _ => self.named(parent)?,
        }
        self.cursor.skip_space();
        Ok(())
    }

    fn unary_operators(&mut self, parent: NodeId) -> Result<(), ParseError> {
        let mut run = 0;
        loop {
            self.cursor.skip_space();
            let start = self.cursor.position;
            let next = self.cursor.peek_at(1);
            let (operator, length) = match self.cursor.peek() {
                b'+' if next != b'=' && next != END => (UnaryOperator::Plus, 1),
                b'-' if next != b'=' && next != END => (UnaryOperator::Minus, 1),
                b'!' if next != b'=' && next != END => (UnaryOperator::Not, 1),
                b'n' if self.is_word("not") => (UnaryOperator::Not, 3),
                b'd' if self.is_word("distinct") => (UnaryOperator::Distinct, 8),
                _ => return Ok(()),
            };
            run += 1;
            if self.nesting + run > EXPRESSION_NESTING_MAX {
                return Err(self.cursor.error(ParseProblem::TooDeep));
            }
            self.cursor.position += length;
            self.add(parent, Kind::Unary(operator), start)?;
        }
    }

    fn text(&mut self, parent: NodeId) -> Result<(), ParseError> {
        let (start, end) = self.cursor.text()?;
        let raw = self.cursor.source.get(start..end).unwrap_or_default();
        let decoded = decode(raw).ok_or_else(|| ParseProblem::BadEscape.at(start))?;
        let decoded = decoded.map(|text| {
            self.draft.texts.push(text);
            self.draft.texts.len() - 1
        });
        let id = self.draft.add(Kind::Text(decoded), Span::new(start, end))?;
        self.draft.node_mut(parent).children.push(id);
        Ok(())
    }

    fn number(&mut self, parent: NodeId) -> Result<(), ParseError> {
        let start = self.cursor.position;
        let text = self.cursor.number()?;
        let number = parse_double(text).ok_or_else(|| ParseProblem::NotANumber.at(start))?;
        self.add(parent, Kind::Number(number), start)?;
        Ok(())
    }

    /// A constant, a function, an item, a variable or a modifier.
    fn named(&mut self, parent: NodeId) -> Result<(), ParseError> {
        let start = self.cursor.position;
        let name = self.cursor.name()?;
        let constant = match name {
            "null" => Some(Kind::Null),
            "true" => Some(Kind::Boolean(true)),
            "false" => Some(Kind::Boolean(false)),
            _ => None,
        };
        if let Some(constant) = constant {
            self.add(parent, constant, start)?;
            return Ok(());
        }
        let function = Function::from_name(name);
        if let Some(function) = function.filter(|f| self.version.allows(*f, self.mode)) {
            return self.function(parent, function, start);
        }
        if let Some(kind) = ItemKind::from_symbol(name).filter(|kind| self.mode.allows_item(*kind))
        {
            return match kind {
                ItemKind::DataElement | ItemKind::Attribute => self.braces(parent, kind, start),
                _ => self.item(parent, kind, start),
            };
        }
        let modifier = MODIFIERS.iter().find(|(_, written)| *written == name);
        if let Some((modifier, _)) = modifier.filter(|(kind, _)| self.mode.allows_modifier(*kind)) {
            return self.modifier(parent, *modifier, start);
        }
        match name {
            "V" if self.mode.allows_program_variables() => {
                self.variable(parent, VariableSource::Program, &PROGRAM_VARIABLES, start)
            }
            "VAR" if self.mode.allows_intent_variables() => {
                self.variable(parent, VariableSource::Intent, &INTENT_VARIABLES, start)
            }
            _ => Err(ParseProblem::UnknownName(shown(name)).at(start)),
        }
    }

    fn function(
        &mut self,
        parent: NodeId,
        function: Function,
        start: usize,
    ) -> Result<(), ParseError> {
        self.cursor.take(b'(', "`(` right after the name")?;
        let id = self.add(parent, Kind::Function(function), start)?;
        self.cursor.skip_space();
        let arguments = function.arguments();
        let last = arguments.len() - 1;
        let mut index = 0;
        while index <= last || function.ending() == Ending::Repeated {
            self.cursor.skip_space();
            if self.cursor.peek() == b')' {
                let may_end = match function.ending() {
                    Ending::Repeated => true,
                    Ending::Optional(from) => index >= from,
                    Ending::Fixed => false,
                };
                if !may_end {
                    return Err(self.cursor.error(ParseProblem::MissingArguments));
                }
                break;
            }
            if index > 0 {
                self.cursor.take(b',', "`,` or `)`")?;
                self.cursor.skip_space();
            }
            let at = self.cursor.position;
            let argument = self.add(id, Kind::Argument, at)?;
            self.argument(argument, arguments[index.min(last)])?;
            self.end(argument);
            index += 1;
        }
        self.cursor.skip_space();
        self.cursor.take(b')', "`)`")?;
        self.end(id);
        Ok(())
    }

    fn argument(&mut self, parent: NodeId, argument: Argument) -> Result<(), ParseError> {
        let start = self.cursor.position;
        match argument {
            Argument::Expression => self.expression(parent, false),
            Argument::Item => self.item_argument(parent),
            Argument::ParsedText => self.parsed_text(parent),
            Argument::Text => self.text(parent),
            Argument::Integer => self.integer(parent).map(|_| ()),
            Argument::Uid => {
                self.cursor.uid()?;
                self.add(parent, Kind::Uid, start).map(|_| ())
            }
            Argument::QuotedUid => {
                let quote = self.cursor.peek();
                let is_quoted = matches!(quote, b'\'' | b'"');
                self.cursor.position += usize::from(is_quoted);
                let start = self.cursor.position;
                self.cursor.uid()?;
                self.add(parent, Kind::Uid, start)?;
                if is_quoted { self.cursor.take(quote, "the closing quote") } else { Ok(()) }
            }
        }
    }

    fn integer(&mut self, parent: NodeId) -> Result<i32, ParseError> {
        let start = self.cursor.position;
        let text = self.cursor.integer();
        let number = text.parse().map_err(|_| ParseProblem::NotANumber.at(start))?;
        self.add(parent, Kind::Integer(number), start)?;
        Ok(number)
    }

    /// The text of a literal, escapes as they stand, is an expression of its own.
    fn parsed_text(&mut self, parent: NodeId) -> Result<(), ParseError> {
        let (start, end) = self.cursor.text()?;
        let after = (self.cursor.position, self.cursor.end);
        (self.cursor.position, self.cursor.end) = (start, end);
        self.expression(parent, true)?;
        (self.cursor.position, self.cursor.end) = after;
        Ok(())
    }

    /// What functions take that look at a variable's history.
    fn item_argument(&mut self, parent: NodeId) -> Result<(), ParseError> {
        let start = self.cursor.position;
        match self.cursor.peek() {
            b'#' => {
                self.cursor.position += 1;
                self.braces(parent, ItemKind::DataElement, start)
            }
            b'A' => {
                self.cursor.position += 1;
                self.braces(parent, ItemKind::Attribute, start)
            }
            b'V' => {
                self.cursor.position += 1;
                self.cursor.take(b'{', "`{`")?;
                let id = self.add(parent, Kind::Variable(VariableSource::Program), start)?;
                let at = self.cursor.position;
                self.cursor.identifier()?;
                self.add(id, Kind::Identifier(None), at)?;
                self.cursor.take(b'}', "`}`")
            }
            b'\'' | b'"' => {
                let id = self.add(parent, Kind::Variable(VariableSource::Rule), start)?;
                self.text(id)
            }
            b'P' if self.cursor.looking_at("PS_EVENTDATE:") => {
                self.cursor.position += 12;
                let id = self.add(parent, Kind::Item(ItemKind::DataElement), start)?;
                let argument = self.add(id, Kind::Argument, start)?;
                let tag = Some(Tag::ProgramStageEventDate);
                self.add(argument, Kind::Identifier(tag), start)?;
                self.cursor.position += 1;
                self.cursor.skip_space();
                let at = self.cursor.position;
                self.cursor.uid()?;
                self.add(argument, Kind::Uid, at).map(|_| ())
            }
            _ => Err(self.cursor.expected("an item or the name of a variable")),
        }
    }

    /// `{..}` after `#` or `A`: groups of ids, or the name of a rule variable.
    fn braces(&mut self, parent: NodeId, kind: ItemKind, start: usize) -> Result<(), ParseError> {
        self.cursor.take(b'{', "`{`")?;
        let at = self.cursor.position;
        self.cursor.skip_while(|byte| byte != b'}');
        let raw = self.cursor.since(at);
        if raw.is_empty() {
            return Err(self.cursor.expected("an id or a name"));
        }
        let parts = split(raw, '.', at);
        if parts.iter().all(|(_, part)| is_id_group(part)) {
            let id = self.add(parent, Kind::Item(kind), start)?;
            for (offset, part) in parts {
                self.id_group(id, offset, part)?;
            }
            self.cursor.take(b'}', "`}`")?;
            self.end(id);
            return Ok(());
        }
        if !is_variable_name(raw) {
            return Err(ParseProblem::NotAnItem(shown(raw)).at(at));
        }
        let id = self.add(parent, Kind::Variable(VariableSource::Rule), start)?;
        self.add(id, Kind::Identifier(None), at)?;
        self.cursor.take(b'}', "`}`")?;
        self.end(id);
        Ok(())
    }

    fn id_group(&mut self, item: NodeId, offset: usize, part: &str) -> Result<(), ParseError> {
        let span = |start: usize, length: usize| Span::new(start, start + length);
        let argument = self.draft.add(Kind::Argument, span(offset, part.len()))?;
        self.draft.node_mut(item).children.push(argument);
        let colon = part.find(':');
        if let Some(length) = colon.filter(|at| *at > 0) {
            let name = &part[..length];
            let tag = Tag::from_name(name)
                .ok_or_else(|| ParseProblem::UnknownWord(shown(name)).at(offset))?;
            let id = self.draft.add(Kind::Identifier(Some(tag)), span(offset, length))?;
            self.draft.node_mut(argument).children.push(id);
        }
        let from = colon.map_or(0, |at| at + 1);
        for (at, uid) in split(&part[from..], '&', offset + from) {
            let id = self.draft.add(Kind::Uid, span(at, uid.len()))?;
            self.draft.node_mut(argument).children.push(id);
        }
        Ok(())
    }

    /// An item of fixed form: `C{uid}`, `D{uid.uid}`, `R{uid.REPORTING_RATE}`.
    fn item(&mut self, parent: NodeId, kind: ItemKind, start: usize) -> Result<(), ParseError> {
        self.cursor.take(b'{', "`{`")?;
        let id = self.add(parent, Kind::Item(kind), start)?;
        let groups = match kind {
            ItemKind::ProgramDataElement | ItemKind::ReportingRate => 2,
            _ => 1,
        };
        for index in 0..groups {
            self.cursor.skip_space();
            if self.cursor.peek() == b'}' {
                return Err(self.cursor.error(ParseProblem::MissingArguments));
            }
            if index > 0 {
                self.cursor.take(b'.', "`.` or `}`")?;
                self.cursor.skip_space();
            }
            let at = self.cursor.position;
            let argument = self.add(id, Kind::Argument, at)?;
            if kind == ItemKind::ReportingRate && index == 1 {
                let name = self.cursor.identifier()?;
                if !REPORTING_RATES.contains(&name) {
                    return Err(ParseProblem::UnknownWord(shown(name)).at(at));
                }
                self.add(argument, Kind::Identifier(None), at)?;
            } else {
                self.cursor.uid()?;
                self.add(argument, Kind::Uid, at)?;
            }
            self.end(argument);
        }
        self.cursor.skip_space();
        self.cursor.take(b'}', "`}`")?;
        self.end(id);
        Ok(())
    }

    fn variable(
        &mut self,
        parent: NodeId,
        source: VariableSource,
        names: &[&str],
        start: usize,
    ) -> Result<(), ParseError> {
        self.cursor.take(b'{', "`{`")?;
        let id = self.add(parent, Kind::Variable(source), start)?;
        self.cursor.skip_space();
        let at = self.cursor.position;
        let name = self.cursor.identifier()?;
        if !names.contains(&name) {
            return Err(ParseProblem::UnknownWord(shown(name)).at(at));
        }
        self.add(id, Kind::Identifier(None), at)?;
        self.cursor.skip_space();
        self.cursor.take(b'}', "`}`")?;
        self.end(id);
        Ok(())
    }

    fn modifier(
        &mut self,
        parent: NodeId,
        kind: ModifierKind,
        start: usize,
    ) -> Result<(), ParseError> {
        self.cursor.take(b'(', "`(` right after the name")?;
        // Its value is known only after its argument.
        let id = self.add(parent, Kind::Modifier(Modifier::YearToDate), start)?;
        self.cursor.skip_space();
        if kind != ModifierKind::YearToDate {
            if self.cursor.peek() == b')' {
                return Err(self.cursor.error(ParseProblem::MissingArguments));
            }
            let at = self.cursor.position;
            let argument = self.add(id, Kind::Argument, at)?;
            let modifier = self.modifier_argument(argument, kind)?;
            self.end(argument);
            self.draft.node_mut(id).kind = Kind::Modifier(modifier);
        }
        self.cursor.skip_space();
        self.cursor.take(b')', "`)`")?;
        self.end(id);
        Ok(())
    }

    fn modifier_argument(
        &mut self,
        parent: NodeId,
        kind: ModifierKind,
    ) -> Result<Modifier, ParseError> {
        let at = self.cursor.position;
        match kind {
            ModifierKind::PeriodOffset => Ok(Modifier::PeriodOffset(self.integer(parent)?)),
            ModifierKind::StageOffset => Ok(Modifier::StageOffset(self.integer(parent)?)),
            ModifierKind::MinDate => Ok(Modifier::MinDate(self.date(parent)?)),
            ModifierKind::MaxDate => Ok(Modifier::MaxDate(self.date(parent)?)),
            ModifierKind::YearToDate => Ok(Modifier::YearToDate),
            ModifierKind::AggregationType => {
                let name = self.cursor.identifier()?;
                let known = AGGREGATION_TYPES.iter().find(|known| **known == name);
                let known = known.ok_or_else(|| ParseProblem::UnknownWord(shown(name)).at(at))?;
                self.add(parent, Kind::Identifier(None), at)?;
                Ok(Modifier::AggregationType(known))
            }
        }
    }

    fn date(&mut self, parent: NodeId) -> Result<Date, ParseError> {
        let at = self.cursor.position;
        let text = self.cursor.date()?;
        let date = Date::parse(text).ok_or_else(|| ParseProblem::NotADate.at(at))?;
        self.add(parent, Kind::Date(date), at)?;
        Ok(date)
    }
}

/// Parts with their offsets; empty parts at the end do not count, as in Java's `split`.
fn split(text: &str, separator: char, offset: usize) -> Vec<(usize, &str)> {
    let mut at = offset;
    let mut parts = Vec::new();
    for part in text.split(separator) {
        parts.push((at, part));
        at += part.len() + 1;
    }
    while parts.last().is_some_and(|(_, part)| part.is_empty()) {
        parts.pop();
    }
    parts
}

fn is_id_group(part: &str) -> bool {
    let ids = part.find(':').map_or(part, |at| &part[at + 1..]);
    split(ids, '&', 0).iter().all(|(_, id)| *id == "*" || is_uid(id))
}
