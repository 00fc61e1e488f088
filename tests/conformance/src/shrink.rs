//! Makes a JSON case smaller while something about it stays true.
//!
//! Knows nothing of what the case means: takes out members, elements and pieces of text, the large
//! ones first, until nothing more can go.

use serde_json::Value;

/// So many candidates are tried at most.
const TRIES_MAX: usize = 3_000;

/// Members that say what a case is; only their text may become shorter.
const KEPT: [&str; 4] = ["id", "mode", "target", "ops"];

/// The smallest case found for which `holds`.
pub fn shrink(case: Value, holds: &mut dyn FnMut(&Value) -> bool) -> Value {
    let mut search = Search { best: case, tries: 0, holds };
    loop {
        let before = search.best.to_string().len();
        search.take_out_parts();
        search.shorten_texts();
        if search.best.to_string().len() >= before || search.tries >= TRIES_MAX {
            return search.best;
        }
    }
}

struct Search<'a> {
    best: Value,
    tries: usize,
    holds: &'a mut dyn FnMut(&Value) -> bool,
}

impl Search<'_> {
    fn keep(&mut self, candidate: Value) -> bool {
        self.tries += 1;
        let kept = self.tries < TRIES_MAX && (self.holds)(&candidate);
        if kept {
            self.best = candidate;
        }
        kept
    }

    /// Members and elements, those that hold others first.
    fn take_out_parts(&mut self) {
        let mut waiting = vec![String::new()];
        while let Some(place) = waiting.pop() {
            for key in parts_of(&self.best, &place).into_iter().rev() {
                let mut candidate = self.best.clone();
                let is_gone = candidate.pointer_mut(&place).is_some_and(|at| take_out(at, &key));
                if !is_gone || !self.keep(candidate) {
                    waiting.push(format!("{place}/{}", key.replace('~', "~0").replace('/', "~1")));
                }
            }
        }
    }

    fn shorten_texts(&mut self) {
        let mut waiting = vec![String::new()];
        while let Some(place) = waiting.pop() {
            for key in parts_of(&self.best, &place) {
                waiting.push(format!("{place}/{}", key.replace('~', "~0").replace('/', "~1")));
            }
            let text = self.best.pointer(&place).and_then(Value::as_str).map(str::to_owned);
            let kept = ["/mode", "/target", "/id"].contains(&place.as_str());
            if let Some(text) = text.filter(|_| !kept) {
                self.shorten(&place, text.chars().collect());
            }
        }
    }

    fn shorten(&mut self, place: &str, mut text: Vec<char>) {
        let mut length = text.len().div_ceil(2);
        while length > 0 {
            let mut at = 0;
            while at < text.len() {
                let mut shorter = text.clone();
                shorter.drain(at..(at + length).min(text.len()));
                let mut candidate = self.best.clone();
                if let Some(found) = candidate.pointer_mut(place) {
                    *found = Value::String(shorter.iter().collect());
                }
                if self.keep(candidate) {
                    text = shorter;
                } else {
                    at += length.div_ceil(2);
                }
            }
            length /= 2;
        }
    }
}

fn parts_of(case: &Value, place: &str) -> Vec<String> {
    match case.pointer(place) {
        Some(Value::Object(members)) => members.keys().cloned().collect(),
        Some(Value::Array(elements)) => (0..elements.len()).map(|at| at.to_string()).collect(),
        _ => Vec::new(),
    }
}

/// Whether there was something to take out.
fn take_out(from: &mut Value, key: &str) -> bool {
    match from {
        Value::Object(members) if !KEPT.contains(&key) => members.remove(key).is_some(),
        Value::Array(elements) => match key.parse::<usize>() {
            Ok(at) if at < elements.len() => {
                elements.remove(at);
                true
            }
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::shrink;
    use serde_json::json;

    #[test]
    fn only_what_matters_is_left() {
        let case = json!({
            "id": "g1", "expr": "(1 + d2:left('abc', 2))", "vars": {"a": {"value": 1}, "b/c": 2},
            "list": [1, {"x": [2, 3]}, "long text"],
        });
        let smallest = shrink(case, &mut |case| {
            case["expr"].as_str().is_some_and(|text| text.contains("left"))
                && case.pointer("/list").is_some_and(|list| list.to_string().contains('3'))
        });
        assert_eq!(smallest, json!({"id": "g1", "expr": "left", "list": [{"x": [3]}]}));
    }
}
