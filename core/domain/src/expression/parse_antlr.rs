//! Parser of the ANTLR dialect: usual precedence, stricter literals (expressions reference 6).
//!
//! Climbs precedences instead of following the grammar's left recursion; recursion is limited by
//! [`EXPRESSION_NESTING_MAX`]. Items are read by `items_antlr`. Which items and functions a place allows is the Kotlin dialect's
//! table; the grammar itself allows all of them everywhere and the server's visitors refuse later.

use super::civil::Date;
use super::cursor::{Cursor, is_identifier, is_space};
use super::error::{ParseError, ParseProblem, shown};
use super::function::{Argument, Ending, Function};
use super::group::spread_modifiers;
use super::item::ItemKind;
use super::literal_antlr::{decode, is_uid_token, padded_date, starts_with_date};
use super::modifier::{AGGREGATION_TYPES, MODIFIERS, Modifier, ModifierKind};
use super::parse_kotlin::NAMED_VALUES;
use super::tree::{BinaryOperator, Draft, Kind, NodeId, Span, Tree, UnaryOperator};
use crate::limits::{EXPRESSION_DEPTH_MAX, EXPRESSION_NESTING_MAX};

/// Functions that only the Kotlin dialect has.
const UNKNOWN_HERE: [Function; 3] =
    [Function::D2Contains, Function::D2ContainsItems, Function::InUserGroup];

/// Binding strengths of binary operators, and of unary ones.
const UNARY: u8 = 7;
const POWER: u8 = 8;

pub(super) fn parse(source: &str) -> Result<Tree, ParseError> {
    let cursor = Cursor { source, position: 0, end: source.len() };
    let mut parser = Parser { cursor, draft: Draft::default(), nesting: 0, calls: 0, blank_end: 0 };
    let root = parser.draft.add(Kind::Parentheses, Span::new(0, source.len()))?;
    let whole = parser.whole()?;
    parser.draft.node_mut(root).children.push(whole);
    let mut draft = parser.draft;
    spread_modifiers(&mut draft, root)?;
    Tree::finish(&draft, root, source)
}

pub(super) struct Parser<'s> {
    pub cursor: Cursor<'s>,
    pub draft: Draft,
    /// Open parentheses, functions and signs.
    nesting: usize,
    /// Calls that wait for an operand; each precedence may add one to a level.
    calls: usize,
    /// Where the last blanks, with comments around them, ended.
    blank_end: usize,
}

impl Parser<'_> {
    pub fn leaf(&mut self, kind: Kind, start: usize) -> Result<NodeId, ParseError> {
        self.draft.add(kind, Span::new(start, self.cursor.position))
    }

    pub fn node(
        &mut self,
        kind: Kind,
        start: usize,
        children: Vec<NodeId>,
    ) -> Result<NodeId, ParseError> {
        let id = self.leaf(kind, start)?;
        self.draft.node_mut(id).children = children;
        Ok(id)
    }

    fn whole(&mut self) -> Result<NodeId, ParseError> {
        let id = self.inner(0)?;
        self.space()?;
        if !self.cursor.at_end() {
            return Err(self.cursor.error(ParseProblem::Surplus));
        }
        Ok(id)
    }

    /// Blanks and comments; a comment must be closed.
    pub fn space(&mut self) -> Result<(), ParseError> {
        let mut has_blanks = false;
        loop {
            let before = self.cursor.position;
            self.cursor.skip_while(is_space);
            has_blanks |= self.cursor.position > before;
            if !self.cursor.looking_at("/*") {
                if has_blanks {
                    self.blank_end = self.cursor.position;
                }
                return Ok(());
            }
            let start = self.cursor.position;
            let rest = self.cursor.source.get(start + 2..self.cursor.end).unwrap_or_default();
            let length = rest.find("*/").ok_or_else(|| ParseProblem::Expected("`*/`").at(start))?;
            self.cursor.position = start + 2 + length + 2;
        }
    }

    pub fn blanks(&mut self) {
        self.cursor.skip_while(is_space);
    }

    /// The letters that the lexer would take as one word here.
    fn word(&self) -> &str {
        let rest = self.cursor.source.get(self.cursor.position..self.cursor.end);
        let rest = rest.unwrap_or_default();
        let letters = rest.bytes().take_while(|byte| is_identifier(*byte)).count();
        let is_longer_uid = letters < 11 && rest.get(..11).is_some_and(is_uid_token);
        &rest[..if is_longer_uid { 11 } else { letters }]
    }

    fn expression(&mut self, weakest: u8) -> Result<NodeId, ParseError> {
        self.calls += 1;
        if self.calls > EXPRESSION_DEPTH_MAX {
            return Err(self.cursor.error(ParseProblem::TooDeep));
        }
        let mut left = self.prefix()?;
        loop {
            let before = self.cursor.position;
            self.space()?;
            let Some((operator, strength, length)) = self.peek_binary() else { break };
            if strength < weakest {
                self.cursor.position = before;
                break;
            }
            let start = self.cursor.position;
            self.cursor.position += length;
            let id = self.leaf(Kind::Binary(operator), start)?;
            // Only powers group from the right.
            let right = self.expression(if strength == POWER { POWER } else { strength + 1 })?;
            self.draft.node_mut(id).children = vec![left, right];
            left = id;
        }
        self.calls -= 1;
        Ok(left)
    }

    /// An expression inside of something.
    pub fn inner(&mut self, weakest: u8) -> Result<NodeId, ParseError> {
        self.nesting += 1;
        if self.nesting > EXPRESSION_NESTING_MAX {
            return Err(self.cursor.error(ParseProblem::TooDeep));
        }
        let id = self.expression(weakest)?;
        self.nesting -= 1;
        Ok(id)
    }

    fn peek_binary(&self) -> Option<(BinaryOperator, u8, usize)> {
        use BinaryOperator as Op;
        let next = self.cursor.peek_at(1);
        Some(match self.cursor.peek() {
            b'^' => (Op::Power, POWER, 1),
            b'*' => (Op::Multiply, 6, 1),
            b'/' => (Op::Divide, 6, 1),
            b'%' => (Op::Modulo, 6, 1),
            b'+' => (Op::Add, 5, 1),
            b'-' => (Op::Subtract, 5, 1),
            b'<' if next == b'=' => (Op::LessOrEqual, 4, 2),
            b'>' if next == b'=' => (Op::GreaterOrEqual, 4, 2),
            b'<' => (Op::Less, 4, 1),
            b'>' => (Op::Greater, 4, 1),
            b'=' if next == b'=' => (Op::Equal, 3, 2),
            b'!' if next == b'=' => (Op::NotEqual, 3, 2),
            b'&' if next == b'&' => (Op::And, 2, 2),
            b'|' if next == b'|' => (Op::Or, 1, 2),
            b'a' if self.word() == "and" => (Op::And, 2, 3),
            b'o' if self.word() == "or" => (Op::Or, 1, 2),
            _ => return None,
        })
    }

    fn prefix(&mut self) -> Result<NodeId, ParseError> {
        self.space()?;
        let start = self.cursor.position;
        let (operator, length) = match self.cursor.peek() {
            b'+' => (UnaryOperator::Plus, 1),
            b'-' => (UnaryOperator::Minus, 1),
            b'!' => (UnaryOperator::Not, 1),
            b'n' if self.word() == "not" => (UnaryOperator::Not, 3),
            _ => {
                let primary = self.primary()?;
                return self.modified(primary);
            }
        };
        self.cursor.position += length;
        let id = self.leaf(Kind::Unary(operator), start)?;
        let operand = self.inner(UNARY)?;
        self.draft.node_mut(id).children = vec![operand];
        Ok(id)
    }

    /// Modifiers right behind; they hang on a pair of parentheses made for them.
    fn modified(&mut self, primary: NodeId) -> Result<NodeId, ParseError> {
        let mut children = vec![primary];
        loop {
            let before = self.cursor.position;
            self.space()?;
            let known = MODIFIERS.iter().find(|(_, name)| self.looking_at_modifier(name));
            let Some((kind, name)) = known else {
                self.cursor.position = before;
                break;
            };
            let start = self.cursor.position + 1;
            self.cursor.position += name.len() + 2;
            let mut arguments = Vec::new();
            let modifier = match kind {
                ModifierKind::YearToDate => Modifier::YearToDate,
                _ => {
                    self.blanks();
                    let (modifier, argument) = self.modifier_argument(*kind)?;
                    arguments.push(self.node(Kind::Argument, start, vec![argument])?);
                    self.blanks();
                    modifier
                }
            };
            self.cursor.take(b')', "`)`")?;
            children.push(self.node(Kind::Modifier(modifier), start, arguments)?);
        }
        if children.len() == 1 {
            return Ok(primary);
        }
        let start = self.draft.node(primary).span.start as usize;
        self.node(Kind::Argument, start, children)
    }

    fn looking_at_modifier(&self, name: &str) -> bool {
        self.cursor.peek() == b'.'
            && self.cursor.source.get(self.cursor.position + 1..).is_some_and(|rest| {
                rest.strip_prefix(name).is_some_and(|rest| rest.starts_with('('))
            })
    }

    fn modifier_argument(&mut self, kind: ModifierKind) -> Result<(Modifier, NodeId), ParseError> {
        let at = self.cursor.position;
        match kind {
            ModifierKind::PeriodOffset | ModifierKind::StageOffset => {
                let number = self.integer()?;
                let modifier = match kind {
                    ModifierKind::PeriodOffset => Modifier::PeriodOffset(number),
                    _ => Modifier::StageOffset(number),
                };
                Ok((modifier, self.leaf(Kind::Integer(number), at)?))
            }
            ModifierKind::AggregationType => {
                let name = self.cursor.identifier()?.to_ascii_lowercase();
                let known = AGGREGATION_TYPES.iter().find(|known| **known == name);
                let known = known.ok_or_else(|| ParseProblem::UnknownWord(shown(&name)).at(at))?;
                Ok((Modifier::AggregationType(known), self.leaf(Kind::Identifier(None), at)?))
            }
            _ => {
                let text = padded_date(self.cursor.date()?);
                let date = Date::parse(&text).ok_or_else(|| ParseProblem::NotADate.at(at))?;
                let modifier = match kind {
                    ModifierKind::MinDate => Modifier::MinDate(date),
                    _ => Modifier::MaxDate(date),
                };
                Ok((modifier, self.leaf(Kind::Date(date), at)?))
            }
        }
    }

    fn primary(&mut self) -> Result<NodeId, ParseError> {
        let start = self.cursor.position;
        match self.cursor.peek() {
            b'(' => {
                self.cursor.position += 1;
                let inner = self.inner(0)?;
                self.space()?;
                self.cursor.take(b')', "`)`")?;
                self.node(Kind::Parentheses, start, vec![inner])
            }
            b'[' => {
                let rest = self.cursor.source.get(start + 1..).unwrap_or_default();
                let is_named = |name: &&&str| {
                    rest.strip_prefix(**name).is_some_and(|rest| rest.starts_with(']'))
                };
                let name = NAMED_VALUES.iter().find(is_named);
                let name = name.ok_or_else(|| self.cursor.expected("`[days]` or its like"))?;
                self.cursor.position = start + 1 + name.len();
                let id = self.leaf(Kind::Named, start + 1)?;
                self.cursor.position += 1;
                Ok(id)
            }
            b'\'' | b'"' => self.text(),
            b'0'..=b'9' | b'.' => self.number(),
            b'#' => {
                self.cursor.position += 1;
                self.braces(ItemKind::DataElement, start)
            }
            _ => self.named(),
        }
    }

    /// No leading zeros, and nothing that looks like a date.
    fn number(&mut self) -> Result<NodeId, ParseError> {
        let start = self.cursor.position;
        let rest = self.cursor.source.get(start..self.cursor.end).unwrap_or_default();
        if starts_with_date(rest) {
            return Err(self.cursor.expected("a value"));
        }
        if self.cursor.peek() == b'0' {
            self.cursor.position += 1;
        } else {
            self.cursor.skip_while(|byte| byte.is_ascii_digit());
        }
        let has_whole = self.cursor.position > start;
        if self.cursor.peek() == b'.' && (has_whole || self.cursor.peek_at(1).is_ascii_digit()) {
            self.cursor.position += 1;
            self.cursor.skip_while(|byte| byte.is_ascii_digit());
        }
        if matches!(self.cursor.peek(), b'e' | b'E') {
            let sign = usize::from(matches!(self.cursor.peek_at(1), b'+' | b'-'));
            if self.cursor.peek_at(1 + sign).is_ascii_digit() {
                self.cursor.position += 1 + sign;
                self.cursor.skip_while(|byte| byte.is_ascii_digit());
            }
        }
        let number = super::java::parse_double(self.cursor.since(start));
        let number = number.ok_or_else(|| ParseProblem::NotANumber.at(start))?;
        self.leaf(Kind::Number(number), start)
    }

    /// A whole number with a sign, without leading zeros.
    fn integer(&mut self) -> Result<i32, ParseError> {
        let start = self.cursor.position;
        let text = self.cursor.integer();
        let digits = text.trim_start_matches(['+', '-']);
        let number = text.parse().ok().filter(|_| digits == "0" || !digits.starts_with('0'));
        number.ok_or_else(|| ParseProblem::NotANumber.at(start))
    }

    pub fn text(&mut self) -> Result<NodeId, ParseError> {
        let (start, end) = self.raw_text()?;
        let raw = self.cursor.source.get(start..end).unwrap_or_default();
        let decoded = raw.contains('\\').then(|| decode(raw));
        let decoded = decoded.map(|text| {
            self.draft.texts.push(text);
            self.draft.texts.len() - 1
        });
        self.draft.add(Kind::Text(decoded), Span::new(start, end))
    }

    /// A quoted text without its quotes; only Java's escapes are allowed.
    fn raw_text(&mut self) -> Result<(usize, usize), ParseError> {
        let quote = self.cursor.peek();
        if !matches!(quote, b'\'' | b'"') {
            return Err(self.cursor.expected("a text in quotes"));
        }
        self.cursor.position += 1;
        let start = self.cursor.position;
        loop {
            match self.cursor.peek() {
                _ if self.cursor.at_end() => {
                    return Err(self.cursor.error(ParseProblem::UnclosedText));
                }
                b'\n' | b'\r' => return Err(self.cursor.error(ParseProblem::UnclosedText)),
                byte if byte == quote => {
                    self.cursor.position += 1;
                    return Ok((start, self.cursor.position - 1));
                }
                b'\\' => self.escape()?,
                _ => self.cursor.position += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<(), ParseError> {
        self.cursor.position += 1;
        match self.cursor.peek() {
            b'b' | b't' | b'n' | b'f' | b'r' | b'"' | b'\'' | b'\\' | b'0'..=b'7' => {
                self.cursor.position += 1;
                Ok(())
            }
            b'u' => {
                self.cursor.skip_while(|byte| byte == b'u');
                if !(0..4).all(|ahead| self.cursor.peek_at(ahead).is_ascii_hexdigit()) {
                    return Err(self.cursor.error(ParseProblem::BadEscape));
                }
                self.cursor.position += 4;
                Ok(())
            }
            _ => Err(self.cursor.error(ParseProblem::BadEscape)),
        }
    }

    /// A constant, a function, an item or a variable.
    fn named(&mut self) -> Result<NodeId, ParseError> {
        let start = self.cursor.position;
        let word = self.word().to_owned();
        let constant = match word.as_str() {
            "true" => Some(Kind::Boolean(true)),
            "false" => Some(Kind::Boolean(false)),
            "null" => Some(Kind::Null),
            _ => None,
        };
        if let Some(constant) = constant {
            self.cursor.position += word.len();
            return self.leaf(constant, start);
        }
        if self.cursor.looking_at("PS_EVENTDATE:") {
            return self.event_date();
        }
        let name = self.cursor.name()?;
        match (self.cursor.peek(), ItemKind::from_symbol(name)) {
            (b'(', _) => {
                let function = Function::from_name(name).filter(|f| !UNKNOWN_HERE.contains(f));
                let function =
                    function.ok_or_else(|| ParseProblem::UnknownName(shown(name)).at(start))?;
                self.cursor.position += 1;
                match function {
                    Function::Is => self.is_in(start),
                    _ => self.function(function, start),
                }
            }
            (b'{', Some(kind @ (ItemKind::Attribute | ItemKind::DataElement))) => {
                self.braces(kind, start)
            }
            (b'{', Some(kind)) => self.item(kind, start),
            (b'{', None) if name == "V" => self.program_variable(start),
            _ => Err(ParseProblem::UnknownName(shown(name)).at(start)),
        }
    }

    fn function(&mut self, function: Function, start: usize) -> Result<NodeId, ParseError> {
        let id = self.leaf(Kind::Function(function), start)?;
        let arguments = function.arguments();
        let last = arguments.len() - 1;
        let mut children = Vec::new();
        loop {
            self.space()?;
            let may_end = match function.ending() {
                Ending::Optional(from) => children.len() >= from,
                Ending::Repeated => children.len() > last,
                Ending::Fixed => children.len() > last,
            };
            if may_end && self.cursor.peek() == b')' {
                break;
            }
            let may_go_on = children.len() <= last || function.ending() == Ending::Repeated;
            if !may_go_on {
                return Err(self.cursor.expected("`)`"));
            }
            if !children.is_empty() {
                self.cursor.take(b',', "`,`")?;
                self.space()?;
            }
            let at = self.cursor.position;
            let value = match (function, children.len()) {
                (Function::Count, 0) if self.word() == "distinct" => self.distinct(at)?,
                (_, 0) if looks_at_history(function) => self.item_argument(function)?,
                (_, index) => self.argument(arguments[index.min(last)])?,
            };
            children.push(self.node(Kind::Argument, at, vec![value])?);
        }
        self.cursor.take(b')', "`)`")?;
        let node = self.draft.node_mut(id);
        node.children = children;
        node.span.end = self.cursor.position as u32;
        Ok(id)
    }

    /// `value in first, second`: blanks on both sides of the word.
    fn is_in(&mut self, start: usize) -> Result<NodeId, ParseError> {
        let id = self.leaf(Kind::Function(Function::Is), start)?;
        let mut children = Vec::new();
        loop {
            let at = self.cursor.position;
            let value = self.inner(0)?;
            children.push(self.node(Kind::Argument, at, vec![value])?);
            self.space()?;
            if children.len() == 1 {
                if self.word() != "in" || self.blank_end != self.cursor.position {
                    return Err(self.cursor.expected("` in `"));
                }
                self.cursor.position += 2;
                self.space()?;
                if self.blank_end != self.cursor.position {
                    return Err(self.cursor.expected("a blank"));
                }
            } else if self.cursor.peek() == b',' {
                self.cursor.position += 1;
            } else {
                break;
            }
        }
        self.cursor.take(b')', "`)`")?;
        let node = self.draft.node_mut(id);
        node.children = children;
        node.span.end = self.cursor.position as u32;
        Ok(id)
    }

    fn distinct(&mut self, start: usize) -> Result<NodeId, ParseError> {
        self.cursor.position += "distinct".len();
        let id = self.leaf(Kind::Unary(UnaryOperator::Distinct), start)?;
        let operand = self.inner(0)?;
        self.draft.node_mut(id).children = vec![operand];
        Ok(id)
    }

    fn argument(&mut self, argument: Argument) -> Result<NodeId, ParseError> {
        let start = self.cursor.position;
        match argument {
            Argument::Expression | Argument::Item => self.inner(0),
            Argument::Text => self.text(),
            Argument::ParsedText => {
                let (from, to) = self.raw_text()?;
                let after = (self.cursor.position, self.cursor.end);
                (self.cursor.position, self.cursor.end) = (from, to);
                let inner = self.whole()?;
                (self.cursor.position, self.cursor.end) = after;
                Ok(inner)
            }
            Argument::Integer => {
                let number = self.integer()?;
                self.leaf(Kind::Integer(number), start)
            }
            Argument::Uid => self.uid(),
            Argument::QuotedUid => {
                let quote = self.cursor.peek();
                if !matches!(quote, b'\'' | b'"') {
                    return Err(self.cursor.expected("an id in quotes"));
                }
                self.cursor.position += 1;
                let id = self.uid()?;
                self.cursor.take(quote, "the closing quote")?;
                Ok(id)
            }
        }
    }
}

/// Functions that look at the values of one item, which the grammar then takes only in some forms.
fn looks_at_history(function: Function) -> bool {
    function == Function::CountIfCondition || function.arguments().first() == Some(&Argument::Item)
}
