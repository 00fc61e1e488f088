//! Seeded cases for the differential run and the fuzz loop: expressions of every kind, valid and
//! broken, with values of every type.
//!
//! The same seed always gives the same cases.

use outpost_domain::expression::{Function, Mode};
use serde_json::{Map, Value, json};

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

    /// One of these.
    pub fn one_of<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }
}

const MODES: [Mode; 9] = [
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

const NUMBERS: [&str; 40] = [
    "0",
    "1",
    "2",
    "3",
    "5",
    "7",
    "10",
    "12",
    "100",
    "0.1",
    "0.2",
    "0.3",
    "1.5",
    "2.5",
    "1.005",
    "3.14159",
    "1e3",
    "1e20",
    "1e-7",
    "1e300",
    "5e-324",
    "1.7976931348623157e308",
    "1.5e400",
    "9007199254740993",
    "2147483648",
    "3000000000",
    "0.001",
    "12345.678",
    "99.95",
    "0.5",
    ".5",
    "1.",
    "007",
    "123456.789",
    "0.30000000000000004",
    "19.99",
    "33.333",
    "-0.0",
    "1e22",
    "45",
];

const TEXTS: [&str; 34] = [
    "''",
    "'a'",
    "'abc'",
    "'10'",
    "'9'",
    "'1.5'",
    "' 1 '",
    "'true'",
    "'TRUE'",
    "'false'",
    "'x,y,z'",
    "'2020-01-01'",
    "'2020-02-29'",
    "'2019-02-28'",
    "'2024-12-31'",
    "'2020-1-1'",
    "'1e3'",
    "'NaN'",
    "'Infinity'",
    "'0x1p3'",
    "'1d'",
    "'é😱b'",
    "'a-b-c'",
    "','",
    "'-'",
    "'male'",
    "'f'",
    "'grp1'",
    "'OUG_UID_001'",
    "\"dq\"",
    "'it\\'s'",
    "'\\u0041\\n'",
    "'[0-9]+'",
    "'\\\\d+'",
];

const VARIABLES: [&str; 22] = [
    "#{num}",
    "#{dec}",
    "#{str}",
    "#{strnum}",
    "#{yes}",
    "#{no}",
    "#{date}",
    "#{numnull}",
    "#{strnull}",
    "#{boolnull}",
    "#{datenull}",
    "#{odd}",
    "A{num}",
    "A{date}",
    "V{event_date}",
    "V{event_count}",
    "V{current_date}",
    "V{due_date}",
    "#{nope}",
    "C{u1234567890}",
    "#{u1234567890}",
    "#{with space}",
];

const ITEMS: [&str; 18] = [
    "#{u1234567890}",
    "#{v1234567890}",
    "#{u1234567890.v1234567890}",
    "#{w1234567890}",
    "#{u1234567890.*.w1234567890}",
    "#{deGroup:u1234567890}",
    "A{u1234567890}",
    "C{u1234567890}",
    "D{u1234567890.v1234567890}",
    "I{u1234567890}",
    "N{u1234567890}",
    "OUG{u1234567890}",
    "R{u1234567890.REPORTING_RATE}",
    "[days]",
    "[periodInYear]",
    "V{event_date}",
    "V{event_count}",
    "#{u1234567890.coGroup:v1234567890&w1234567890}",
];

const BINARY: [&str; 18] = [
    "+", "-", "*", "/", "%", "^", "<", ">", "<=", ">=", "==", "!=", "&&", "||", " and ", " or ",
    " + ", " - ",
];

const MODIFIERS: [&str; 9] = [
    ".minDate(2020-01-01)",
    ".maxDate(2021-12-31)",
    ".periodOffset(-1)",
    ".periodOffset( 2 )",
    ".stageOffset(1)",
    ".yearToDate()",
    ".aggregationType(avg)",
    ".minDate(2020-13-01)",
    ".nope()",
];

const MUTATIONS: [&str; 30] = [
    "(", ")", "'", "\"", "{", "}", "#", "!", "-", "+", ".", ",", " ", "1", "e", "/*", "*/", "\\",
    "&", "|", "=", "<", "not ", "and", "d2:", "[", "]", "\u{e9}", "\n", "^",
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

/// A case of the ANTLR oracle: literals and operators only.
pub fn plain_case(chooser: &mut Chooser, id: usize) -> Value {
    let mut expression = plain(chooser, 4);
    if chooser.below(8) == 0 {
        expression = mutated(chooser, &expression);
    }
    json!({"id": format!("p{id}"), "expr": expression})
}

fn plain(chooser: &mut Chooser, depth: usize) -> String {
    match chooser.below(if depth == 0 { 4 } else { 10 }) {
        0 | 1 => chooser.one_of(&NUMBERS).to_owned(),
        2 => chooser.one_of(&TEXTS).to_owned(),
        3 => chooser.one_of(&["true", "false", "1", "2"]).to_owned(),
        4 => format!("({})", plain(chooser, depth - 1)),
        5 => format!("{}{}", chooser.one_of(&["-", "+", "!", "not "]), plain(chooser, depth - 1)),
        _ => {
            let operator = chooser.one_of(&BINARY);
            format!("{}{operator}{}", plain(chooser, depth - 1), plain(chooser, depth - 1))
        }
    }
}

/// An expression, mostly one that the mode allows.
pub fn expression(chooser: &mut Chooser, mode: Mode, depth: usize) -> String {
    match chooser.below(if depth == 0 { 6 } else { 15 }) {
        0 => chooser.one_of(&NUMBERS).to_owned(),
        1 => chooser.one_of(&TEXTS).to_owned(),
        2 => chooser.one_of(&["true", "false", "null", "1"]).to_owned(),
        3..=5 => operand(chooser, mode),
        6 => format!("({})", expression(chooser, mode, depth - 1)),
        7 => {
            let sign = chooser.one_of(&["-", "+", "!", "not ", "- "]);
            format!("{sign}{}", expression(chooser, mode, depth - 1))
        }
        8 | 9 => {
            let operator = chooser.one_of(&BINARY);
            let left = expression(chooser, mode, depth - 1);
            format!("{left}{operator}{}", expression(chooser, mode, depth - 1))
        }
        10 if mode == Mode::IndicatorExpression || mode == Mode::PredictorGeneratorExpression => {
            format!("{}{}", expression(chooser, mode, depth - 1), chooser.one_of(&MODIFIERS))
        }
        _ => function(chooser, mode, depth),
    }
}

fn operand(chooser: &mut Chooser, mode: Mode) -> String {
    if mode.is_rule() {
        chooser.one_of(&VARIABLES).to_owned()
    } else if mode == Mode::AndroidCustomIntentExpression {
        chooser.one_of(&["VAR{user_id}", "VAR{orgunit_code}", "VAR{nope}", "'x'"]).to_owned()
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
    let count = [1, 2, 2, 3, 3, 3, 1, 0][chooser.below(8)];
    let mut arguments: Vec<String> = Vec::new();
    for index in 0..function.argument_count().unwrap_or(count) {
        arguments.push(argument(chooser, function, index, mode, depth));
    }
    let separator = chooser.one_of(&[",", ", ", " , "]);
    format!("{}({})", function.name(), arguments.join(separator))
}

fn argument(
    chooser: &mut Chooser,
    function: Function,
    index: usize,
    mode: Mode,
    depth: usize,
) -> String {
    let name = function.name();
    let looks_at_history =
        name.contains("count") || name.contains("Value") || name == "d2:lastEventDate";
    if index == 0 && looks_at_history && name.starts_with("d2:") && !name.contains("Matrix") {
        let text = chooser.one_of(&["'num'", "'str'", "'nope'"]).to_owned();
        return if chooser.below(3) == 0 { text } else { operand(chooser, mode) };
    }
    if name.contains("Between") || (name == "d2:addDays" && index == 0) {
        let date =
            chooser.one_of(&["'2020-02-29'", "'2019-02-28'", "'2024-12-31'", "'1999-01-31'"]);
        return if chooser.below(3) == 0 { operand(chooser, mode) } else { date.to_owned() };
    }
    if name.contains("zScore") {
        return match index {
            0 => chooser.one_of(&["0", "10", "24", "60", "45", "65.5", "100", "110.5", "1.5"]),
            1 => chooser
                .one_of(&["3.3", "7.9", "9.65", "12.2", "50", "87.1", "101.3", "2.45", "#{dec}"]),
            _ => chooser.one_of(&["'male'", "'f'", "0", "1", "true", "false", "'M'"]),
        }
        .to_owned();
    }
    if name == "d2:condition" && index == 0 {
        return chooser
            .one_of(&["'1 < 2'", "'true'", "'#{num} > 3'", "'1 <'", "'null'"])
            .to_owned();
    }
    if name == "d2:round" && index == 1 || name == "d2:extractDataMatrixValue" && index == 0 {
        return chooser.one_of(&["0", "1", "2", "3", "'17'", "'01'", "'gtin'", "-1"]).to_owned();
    }
    if matches!(name, "d2:left" | "d2:right" | "d2:split" | "d2:substring") && index > 0 {
        return chooser.one_of(&["0", "1", "2", "3", "9", "'-'", "','", "-1", "1.5"]).to_owned();
    }
    if name.starts_with("orgUnit") || name == "d2:relationshipCount" {
        return chooser.one_of(&["u1234567890", "'u1234567890'", "v1234567890"]).to_owned();
    }
    expression(chooser, mode, depth.saturating_sub(2).min(1))
}

fn mutated(chooser: &mut Chooser, text: &str) -> String {
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
