//! The `fields` language: `id,name,sections[:all,!user]`, `~rename(x)` and its kin (wire reference
//! 1.1).
//!
//! Parsing only. Malformed brackets are tolerated, as a 2.42.4 does (capture m064b).

use crate::limits::FIELDS_DEPTH_MAX;

/// What a client wants to see of an object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields {
    /// `*`, `:all` or another preset.
    pub presets: Vec<Preset>,
    /// Named members.
    pub members: Vec<Member>,
    /// `!name`.
    pub excluded: Vec<String>,
}

/// A set of members with a name of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// Everything.
    All,
    /// What can be sent back.
    Owner,
    /// id, name, code, created, lastUpdated, lastUpdatedBy.
    Identifiable,
    /// id, name, shortName, description, code, created, lastUpdated.
    Nameable,
    /// Members that are neither objects nor collections.
    Simple,
    /// id.
    Id,
    /// id and code.
    Code,
    /// id and name.
    IdName,
}

/// A named member.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Name as asked for.
    pub name: String,
    /// Transformers in order.
    pub transforms: Vec<Transform>,
    /// Members of the member, if brackets were given.
    pub inner: Option<Fields>,
}

/// What to do with a member before it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transform {
    /// Number of items.
    Size,
    /// Whether there are none.
    IsEmpty,
    /// Whether there are any.
    IsNotEmpty,
    /// Another name.
    Rename(String),
    /// One member of each item, the id if none is named.
    Pluck(String),
    /// A map instead of a list, keyed by a member.
    KeyBy(String),
    /// One page of the items: page, size.
    Paging(usize, usize),
}

impl Fields {
    /// Parses a `fields` parameter.
    pub fn parse(text: &str) -> Self {
        let mut parser = Parser { text, at: 0 };
        let mut fields = Self::default();
        // A stray closing bracket ends an inner list; at the top it is skipped.
        while parser.at < text.len() {
            parser.list(&mut fields, 0);
            parser.at += 1;
        }
        fields
    }

    /// Whether nothing at all was asked for.
    pub fn is_empty(&self) -> bool {
        self.presets.is_empty() && self.members.is_empty() && self.excluded.is_empty()
    }

    /// Whether a member of this name will be shown.
    pub fn wants(&self, name: &str) -> bool {
        let named = self.members.iter().any(|member| member.name == name);
        named || (!self.presets.is_empty() && !self.excluded.iter().any(|out| out == name))
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Reads items until a closing bracket or the end.
    fn list(&mut self, fields: &mut Fields, depth: usize) {
        while let Some(byte) = self.peek() {
            match byte {
                b']' => return,
                b',' | b' ' => self.at += 1,
                _ => self.item(fields, depth),
            }
        }
    }

    fn item(&mut self, fields: &mut Fields, depth: usize) {
        let word = self.word().to_owned();
        let inner = self.inner(depth);
        let trailing = if inner.is_some() { self.word().to_owned() } else { String::new() };
        if word.is_empty() && inner.is_none() {
            self.at += 1;
            return;
        }
        if let Some(name) = word.strip_prefix('!') {
            fields.excluded.push(name.to_owned());
        } else if let Some(preset) = preset(&word) {
            fields.presets.push(preset);
        } else if !word.is_empty() {
            fields.members.push(member(&(word + &trailing), inner));
        }
    }

    /// A name with its transformers, up to `,`, `[` or `]` outside parentheses.
    fn word(&mut self) -> &str {
        let start = self.at;
        let mut open = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'(' => open += 1,
                b')' => open = open.saturating_sub(1),
                b',' | b'[' | b']' if open == 0 => break,
                _ => {}
            }
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or("").trim()
    }

    fn inner(&mut self, depth: usize) -> Option<Fields> {
        if self.peek() != Some(b'[') {
            return None;
        }
        self.at += 1;
        let mut inner = Fields::default();
        if depth < FIELDS_DEPTH_MAX {
            self.list(&mut inner, depth + 1);
        } else {
            self.skip_brackets();
        }
        self.at += 1;
        Some(inner)
    }

    fn skip_brackets(&mut self) {
        let mut open = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'[' => open += 1,
                b']' if open == 0 => return,
                b']' => open -= 1,
                _ => {}
            }
            self.at += 1;
        }
    }
}

fn preset(word: &str) -> Option<Preset> {
    Some(match word {
        "*" | ":all" | ":*" => Preset::All,
        ":owner" | ":persisted" => Preset::Owner,
        ":identifiable" => Preset::Identifiable,
        ":nameable" => Preset::Nameable,
        ":simple" => Preset::Simple,
        ":id" => Preset::Id,
        ":code" => Preset::Code,
        ":idName" => Preset::IdName,
        _ => return None,
    })
}

fn member(word: &str, inner: Option<Fields>) -> Member {
    let word = word.replace("::", "~").replace('|', "~");
    let mut parts = word.split('~');
    let name = parts.next().unwrap_or("").to_owned();
    Member { name, transforms: parts.filter_map(transform).collect(), inner }
}

fn transform(text: &str) -> Option<Transform> {
    let (name, argument) = text.split_once('(').unwrap_or((text, ""));
    let argument = argument.trim_end_matches(')');
    let or_id = |argument: &str| {
        if argument.is_empty() { "id".to_owned() } else { argument.to_owned() }
    };
    Some(match name {
        "size" => Transform::Size,
        "isEmpty" => Transform::IsEmpty,
        "isNotEmpty" => Transform::IsNotEmpty,
        "rename" => Transform::Rename(argument.to_owned()),
        "pluck" => Transform::Pluck(or_id(argument)),
        "keyBy" => Transform::KeyBy(or_id(argument)),
        "paging" => {
            let (page, size) = argument.split_once(';').unwrap_or((argument, "50"));
            Transform::Paging(page.parse().unwrap_or(1), size.parse().unwrap_or(50))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_nest_and_an_open_one_is_closed_at_the_end() {
        let fields = Fields::parse("id,name[,sections[id,x[y]],!user,:all");
        assert_eq!(fields.members.len(), 2);
        let fields = Fields::parse("a[b[c]],d");
        assert_eq!(fields.members.len(), 2);
        assert_eq!(fields.members[1].name, "d");
    }

    #[test]
    fn transformers_keep_their_order() {
        let fields = Fields::parse("dataSetElements~size~rename(n),ous::pluck");
        assert_eq!(
            fields.members[0].transforms,
            [Transform::Size, Transform::Rename("n".to_owned())]
        );
        assert_eq!(fields.members[1].transforms, [Transform::Pluck("id".to_owned())]);
    }
}
