//! Seeded cases for the differential run and the fuzz loop: expressions of every kind, valid and
//! broken, with values of every type.
//!
//! The same seed always gives the same cases.

use outpost_domain::expression::{Function, Mode};
use serde_json::{Map, Value, json};

use crate::words::{
    BINARY, CONDITIONS, DATES, GROWTH_AXIS, GROWTH_MEASURES, GS1_KEYS, GS1_TEXTS, HISTORY_NAMES,
    INTENT_OPERANDS, ITEMS, MEMBERSHIPS, MODIFIERS, MUTATIONS, NUMBERS, PATTERNS, PLAIN_ITEMS,
    PROGRAM_VARIABLES, SEXES, TEXTS, VARIABLES,
};

/// A small generator of random numbers (xorshift64*), enough for choosing.
#[derive(Debug, Clone)]
pub struct Chooser(u64);

impl Chooser {
    /// A generator for this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        Self(mixed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn pair_of<'a>(&mut self, choices: &[(&'a str, &'a str)]) -> (&'a str, &'a str) {
        choices[self.below(choices.len())]
    }

    /// One of these.
    pub fn one_of<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }
}

/// All places of an expression.
pub const MODES: [Mode; 9] = [
    Mode::ValidationRuleExpression,
    Mode::ValidationRuleResultTest,
    Mode::PredictorGeneratorExpression,
    Mode::PredictorSkipTest,
    Mode::IndicatorExpression,
    Mode::ProgramIndicatorExpression,
    Mode::RuleEngineCondition,
    Mode::RuleEngineAction,
    Mode::AndroidCustomIntentExpression,
];

/// A case of the expression oracle, for expressions of all kinds.
pub fn case(chooser: &mut Chooser, id: usize) -> Value {
    let mode = MODES[chooser.below(MODES.len())];
    let mut expression = expression(chooser, mode, 4);
    if chooser.below(6) == 0 {
        expression = mutated(chooser, &expression);
    }
    let mut case = Map::new();
    case.insert("id".to_owned(), json!(format!("g{id}")));
    case.insert("mode".to_owned(), json!(mode.to_string()));
    case.insert("expr".to_owned(), json!(expression));
    if mode.is_rule() || mode == Mode::AndroidCustomIntentExpression {
        case.insert("vars".to_owned(), variables(chooser));
    } else {
        case.insert("items".to_owned(), items(chooser));
        case.insert(
            "programVars".to_owned(),
            json!({"event_date": "2024-05-06", "event_count": 3}),
        );
        case.insert("named".to_owned(), json!({"days": 30, "periodInYear": 2}));
    }
    case.insert(
        "supplementary".to_owned(),
        json!({"USER_ROLES": ["role1"], "USER_GROUPS": ["grp1"], "OUG_UID_001": ["OU_UID_0001"]}),
    );
    let ops = match chooser.below(4) {
        0 => json!(["eval", "normalise", "collect"]),
        1 => json!(["validate", "describe", "normalise", "collect"]),
        _ => json!(["eval"]),
    };
    case.insert("ops".to_owned(), ops);
    case.insert("names".to_owned(), json!({"num": "The number", "u1234567890": "A"}));
    let types = json!({"num": "NUMBER", "str": "STRING", "yes": "BOOLEAN", "date": "DATE"});
    case.insert("types".to_owned(), types);
    Value::Object(case)
}

/// A case of the ANTLR oracle. The library itself computes literals, operators and logarithms, so half
/// of the cases hold nothing else; the others show what its grammar reads.
pub fn antlr_case(chooser: &mut Chooser, id: usize) -> Value {
    let mode = match chooser.below(4) {
        0 | 1 => None,
        2 => Some(Mode::PredictorGeneratorExpression),
        _ => Some(MODES[chooser.below(MODES.len())]),
    };
    let mut expression = match mode {
        None => plain(chooser, 4),
        Some(mode) => expression(chooser, mode, 3),
    };
    if chooser.below(8) == 0 {
        expression = mutated(chooser, &expression);
    }
    let date = values_of_items(chooser);
    json!({
        "id": format!("p{id}"), "expr": expression, "items": plain_items(chooser),
        "programVars": {"event_date": date},
    })
}

/// Literals, items and operators, which the ANTLR library computes by itself.
pub(crate) fn plain(chooser: &mut Chooser, depth: usize) -> String {
    match chooser.below(if depth == 0 { 6 } else { 13 }) {
        0 | 1 => chooser.one_of(&NUMBERS).to_owned(),
        2 => chooser.one_of(&TEXTS).to_owned(),
        3 => chooser.one_of(&["true", "false", "1", "2", "null"]).to_owned(),
        4 => chooser.one_of(&PLAIN_ITEMS).to_owned(),
        5 => "V{event_date}".to_owned(),
        6 => format!("({})", plain(chooser, depth - 1)),
        7 => format!("{}{}", signs(chooser), plain(chooser, depth - 1)),
        8 => match chooser.below(3) {
            0 => format!("log10({})", plain(chooser, depth - 1)),
            1 => format!("log( {} )", plain(chooser, depth - 1)),
            _ => format!("log({}, {})", plain(chooser, depth - 1), plain(chooser, 0)),
        },
        _ => {
            let operator = chooser.one_of(&BINARY);
            format!("{}{operator}{}", plain(chooser, depth - 1), plain(chooser, depth - 1))
        }
    }
}

fn plain_items(chooser: &mut Chooser) -> Value {
    let item = |item: &str| (item.to_owned(), values_of_items(chooser));
    Value::Object(PLAIN_ITEMS.into_iter().map(item).collect())
}

fn values_of_items(chooser: &mut Chooser) -> Value {
    match chooser.below(14) {
        0 => json!(0),
        1 => json!(1),
        2 => json!(2.5),
        3 => json!(-3),
        4 => json!(1e300),
        5 => json!(0.1),
        6 => json!(true),
        7 => json!(false),
        8..=11 => json!(chooser.one_of(&["abc", "12", "1.5e1", "true", "2024-05-06", ""])),
        _ => Value::Null,
    }
}

/// A sign, sometimes a run of them.
fn signs(chooser: &mut Chooser) -> String {
    let sign = |chooser: &mut Chooser| {
        chooser.one_of(&["-", "+", "!", "not ", "- ", "! ", "-", "!", "not", "distinct "])
    };
    let mut signs = sign(chooser).to_owned();
    while chooser.below(4) == 0 {
        signs.push_str(sign(chooser));
    }
    signs
}

/// An expression, mostly one that the mode allows.
pub fn expression(chooser: &mut Chooser, mode: Mode, depth: usize) -> String {
    match chooser.below(if depth == 0 { 6 } else { 16 }) {
        0 => chooser.one_of(&NUMBERS).to_owned(),
        1 => chooser.one_of(&TEXTS).to_owned(),
        2 => chooser.one_of(&["true", "false", "null", "1"]).to_owned(),
        3..=5 => operand(chooser, mode),
        6 => format!("({})", expression(chooser, mode, depth - 1)),
        7 => format!("{}{}", signs(chooser), expression(chooser, mode, depth - 1)),
        8 | 9 => {
            let operator = chooser.one_of(&BINARY);
            let left = expression(chooser, mode, depth - 1);
            format!("{left}{operator}{}", expression(chooser, mode, depth - 1))
        }
        10 if !mode.is_rule() || chooser.below(8) == 0 => {
            format!("{}{}", expression(chooser, mode, depth - 1), chooser.one_of(&MODIFIERS))
        }
        _ => function(chooser, mode, depth),
    }
}

fn operand(chooser: &mut Chooser, mode: Mode) -> String {
    if chooser.below(12) == 0 {
        return format!("V{{{}}}", chooser.one_of(&PROGRAM_VARIABLES));
    }
    if mode.is_rule() {
        chooser.one_of(&VARIABLES).to_owned()
    } else if mode == Mode::AndroidCustomIntentExpression {
        chooser.one_of(&INTENT_OPERANDS).to_owned()
    } else {
        chooser.one_of(&ITEMS).to_owned()
    }
}

fn function(chooser: &mut Chooser, mode: Mode, depth: usize) -> String {
    let all: Vec<Function> = Function::all().collect();
    let mut function = all[chooser.below(all.len())];
    // Mostly one that the mode has.
    for _ in 0..8 {
        if function.is_allowed_in(mode) {
            break;
        }
        function = all[chooser.below(all.len())];
    }
    if chooser.below(40) == 0 {
        return is_in(chooser, mode, depth);
    }
    let mut count = [1, 2, 2, 3, 3, 3, 1, 0][chooser.below(8)];
    if chooser.below(15) != 0 {
        count = function.argument_count().unwrap_or(count);
    }
    let mut arguments: Vec<String> = Vec::new();
    for index in 0..count {
        arguments.push(argument(chooser, function, index, mode, depth));
    }
    let separator = chooser.one_of(&[",", ", ", " , ", ",", ",\n", ", /* , */ "]);
    let (open, close) = chooser.pair_of(&[("(", ")"), ("(", ")"), ("( ", " )"), ("(", "/**/)")]);
    let distinct = if chooser.below(30) == 0 { "distinct " } else { "" };
    format!("{}{open}{distinct}{}{close}", function.name(), arguments.join(separator))
}

/// Membership, which only the ANTLR grammar has.
fn is_in(chooser: &mut Chooser, mode: Mode, depth: usize) -> String {
    let value = expression(chooser, mode, depth.saturating_sub(1));
    let count = chooser.below(4);
    let values: Vec<String> = (0..count).map(|_| expression(chooser, mode, 0)).collect();
    let word = chooser.one_of(&[" in ", " in ", " in", "in ", "\nin\n", " IN "]);
    format!("is({value}{word}{})", values.join(chooser.one_of(&[",", ", ", " "])))
}

fn argument(
    chooser: &mut Chooser,
    function: Function,
    index: usize,
    mode: Mode,
    depth: usize,
) -> String {
    let plain = expression(chooser, mode, depth.saturating_sub(2).min(1));
    if chooser.below(12) == 0 {
        return plain;
    }
    let name = function.name();
    let looks_at_history =
        name.contains("count") || name.contains("Value") || name == "d2:lastEventDate";
    if name == "d2:extractDataMatrixValue" {
        return chooser.one_of(if index == 0 { &GS1_KEYS[..] } else { &GS1_TEXTS[..] }).to_owned();
    }
    if index == 0 && looks_at_history && name.starts_with("d2:") {
        return match chooser.below(6) {
            0 | 1 => chooser.one_of(&HISTORY_NAMES).to_owned(),
            _ => operand(chooser, mode),
        };
    }
    if name.contains("Between") || (name == "d2:addDays" && index == 0) {
        return match chooser.below(3) {
            0 => operand(chooser, mode),
            _ => chooser.one_of(&DATES).to_owned(),
        };
    }
    let is_text_part = matches!(name, "d2:left" | "d2:right" | "d2:split" | "d2:substring");
    match (name, index) {
        (_, 0) if name.contains("zScore") => chooser.one_of(&GROWTH_AXIS).to_owned(),
        (_, 1) if name.contains("zScore") => chooser.one_of(&GROWTH_MEASURES).to_owned(),
        (_, _) if name.contains("zScore") => chooser.one_of(&SEXES).to_owned(),
        ("d2:condition", 0) | ("d2:countIfCondition", 1) => chooser.one_of(&CONDITIONS).to_owned(),
        ("d2:round", 1) => chooser.one_of(&["0", "1", "2", "3", "-1", "15", "1.5"]).to_owned(),
        ("d2:validatePattern", 1) => chooser.one_of(&PATTERNS).to_owned(),
        ("d2:addDays", 1) => chooser.one_of(&["1", "-1", "30", "1.9", "400", "1e9"]).to_owned(),
        ("percentileCont", 1) => {
            chooser.one_of(&["0", "0.25", "0.5", "1", "1.1", "null"]).to_owned()
        }
        ("d2:hasUserRole" | "d2:inUserGroup" | "d2:inOrgUnitGroup", 0) => {
            chooser.one_of(&MEMBERSHIPS).to_owned()
        }
        (_, 1..) if is_text_part => {
            chooser.one_of(&["0", "1", "2", "3", "9", "'-'", "','", "-1", "1.5", "''"]).to_owned()
        }
        _ if name.starts_with("orgUnit") || name == "d2:relationshipCount" => {
            chooser.one_of(&["u1234567890", "'u1234567890'", "v1234567890", "u123"]).to_owned()
        }
        _ => plain,
    }
}

/// The text with one to three characters or words put in, taken out or changed.
pub(crate) fn mutated(chooser: &mut Chooser, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..=chooser.below(2) {
        let at = chooser.below(characters.len() + 1);
        match chooser.below(3) {
            0 if at < characters.len() => {
                characters.remove(at);
            }
            1 if at < characters.len() => {
                characters[at] = chooser.one_of(&MUTATIONS).chars().next().unwrap_or(' ');
            }
            _ => {
                let inserted: Vec<char> = chooser.one_of(&MUTATIONS).chars().collect();
                characters.splice(at..at, inserted);
            }
        }
    }
    characters.into_iter().collect()
}

fn variables(chooser: &mut Chooser) -> Value {
    let number = chooser.one_of(&["5", "0", "-3", "2.50", "1e3", "72.3", "abc", ""]);
    let text = chooser.one_of(&["hello", "", "it's", "a,b", "42", "true", "Zo\u{eb} \u{1f631}"]);
    json!({
        "num": {"type": "NUMBER", "value": number, "candidates": [number, "7", "3"],
            "eventDate": "2024-03-01"},
        "dec": {"type": "NUMBER", "value": "9.65", "candidates": ["9.65"]},
        "str": {"type": "STRING", "value": text, "candidates": [text, "world", text],
            "eventDate": "2024-02-30"},
        "strnum": {"type": "STRING", "value": "42", "candidates": ["42", "x"]},
        "yes": {"type": "BOOLEAN", "value": "true", "candidates": ["true"]},
        "no": {"type": "BOOLEAN", "value": "false", "candidates": []},
        "date": {"type": "DATE", "value": "2020-03-31", "candidates": ["2020-03-31"],
            "eventDate": "2020-04-01"},
        "numnull": {"type": "NUMBER", "value": null},
        "strnull": {"type": "STRING", "value": null},
        "boolnull": {"type": "BOOLEAN", "value": null},
        "datenull": {"type": "DATE", "value": null},
        "odd": {"type": "BOOLEAN", "value": "1", "candidates": ["NaN", "-1", " 2 "]},
        "with space": {"type": "NUMBER", "value": "4"},
        "event_date": {"type": "DATE", "value": "2024-06-15", "eventDate": "2024-06-15"},
        "event_count": {"type": "NUMBER", "value": "3", "candidates": ["3"]},
        "current_date": {"type": "DATE", "value": "2024-06-15"},
        "org_unit": {"type": "STRING", "value": "'OU_UID_0001'"},
        "u1234567890": {"type": "NUMBER", "value": "7.5", "candidates": ["7.5"]},
        "user_id": {"type": "STRING", "value": "abc"},
        "orgunit_code": {"type": "STRING", "value": "12"},
    })
}

fn items(chooser: &mut Chooser) -> Value {
    let vectors =
        [json!([1, 2, 3, 4]), json!([]), json!([5]), json!([null, 2.5, -1]), json!([10, 10])];
    let vector = vectors[chooser.below(vectors.len())].clone();
    json!({
        "#{u1234567890}": 6,
        "#{v1234567890}": 2.5,
        "#{u1234567890.v1234567890}": 0,
        "C{u1234567890}": 3.5,
        "A{u1234567890}": "2020-05-06",
        "OUG{u1234567890}": 9,
        "I{u1234567890}": 1.25,
        "R{u1234567890.REPORTING_RATE}": 87.5,
        "#{u1234567890}.periodAggregation()": vector,
        "#{v1234567890}.periodAggregation()": [2, 4],
    })
}
