//! What is shown of an event's open form: what an edit changed, and how it all stands.

use std::collections::BTreeMap;

use outpost_domain::form::session::{Announcement, AnnouncementKind, EventDiff, FieldState};
use outpost_domain::indicator::InForm;
use outpost_domain::uid::{DataElementUid, Uid};
use outpost_engine::EventFormSession;
use outpost_engine::model::EventProblemView;
use serde_json::{Value, json};

use crate::strings;

/// Questions listed by name when they are not asked; more are counted.
const NAMES_SHOWN: usize = 8;

/// What an open form shows, kept from diff to diff.
#[derive(Default)]
pub struct Shown {
    fields: BTreeMap<DataElementUid, FieldState>,
    announcements: Vec<Announcement>,
    indicators: BTreeMap<Uid, InForm>,
    looping: Vec<String>,
}

impl Shown {
    /// Takes the whole form in when it opens.
    pub fn open(diff: EventDiff) -> Self {
        Self {
            fields: diff.fields.into_iter().collect(),
            announcements: diff.announcements.unwrap_or_default(),
            indicators: diff.indicators.into_iter().collect(),
            looping: diff.looping,
        }
    }

    /// Takes a change in and tells it in lines.
    pub fn take(&mut self, form: &EventFormSession, diff: EventDiff) -> String {
        let mut text = String::new();
        for (id, state) in diff.fields {
            let before = self.fields.get(&id).cloned().unwrap_or_default();
            text.push_str(&field_change(name_of(form, id), &before, &state));
            self.fields.insert(id, state);
        }
        if let Some(now) = diff.announcements {
            let is_new = |it: &&Announcement| !self.announcements.contains(it);
            text.extend(now.iter().filter(is_new).map(announcement_line));
            self.announcements = now;
        }
        for (id, value) in diff.indicators {
            text.push_str(&indicator_line(form.indicator_name(id), &value));
            self.indicators.insert(id, value);
        }
        text.extend(diff.looping.iter().map(|rule| strings::rule_in_circle(rule)));
        self.looping.extend(diff.looping);
        text
    }

    /// Every question as it is shown, in form order.
    pub fn fields_document(&self, form: &EventFormSession) -> Value {
        let ids = form.form().fields().map(|field| field.data_element);
        ids.filter_map(|id| Some(field_document(form, id, form.field(id)?))).collect()
    }

    /// How the form stands: what is assigned, hidden, set aside, warned of and wrong.
    pub fn document(&self, form: &EventFormSession) -> Value {
        let mut document = json!({
            "assigned": [], "hidden": [], "set_aside": [], "warnings": [], "errors": [],
        });
        let mut add = |list: &str, mut entry: Value, id: DataElementUid| {
            entry["data_element"] = json!(id.as_str());
            entry["name"] = json!(name_of(form, id));
            document[list].as_array_mut().expect("made a few lines above").push(entry);
        };
        for field in form.form().fields() {
            let id = field.data_element;
            let Some(state) = form.field(id) else { continue };
            if state.is_assigned {
                add("assigned", json!({ "value": state.value }), id);
            }
            if state.is_hidden {
                add("hidden", json!({}), id);
            }
            if let Some(value) = &state.set_aside {
                add("set_aside", json!({ "value": value }), id);
            }
            for text in &state.warnings {
                add("warnings", json!({ "text": text }), id);
            }
            for text in &state.errors {
                add("errors", json!({ "text": text }), id);
            }
        }
        let indicators = self.indicators.iter();
        let indicators = indicators.map(|(id, it)| indicator_document(form, *id, it));
        document["indicators"] = indicators.collect();
        document["announcements"] = announcements_document(&self.announcements);
        document["looping"] = json!(self.looping);
        document
    }

    /// The same in lines, without what was told already.
    pub fn text(&self, form: &EventFormSession, told: &[EventProblemView]) -> String {
        let is_new = |words: &&String| told.iter().all(|it| it.refusal.reason != **words);
        let mut text = String::new();
        let mut hidden = Vec::new();
        for field in form.form().fields() {
            let Some(state) = form.field(field.data_element) else { continue };
            let name = &field.name;
            if let (true, Some(value)) = (state.is_assigned, &state.value) {
                text.push_str(&strings::assigned(name, value));
            }
            match (&state.set_aside, state.is_hidden) {
                (Some(value), _) => text.push_str(&strings::set_aside(name, value)),
                (None, true) => hidden.push(name.as_str()),
                (None, false) => {}
            }
            let warnings = state.warnings.iter().filter(is_new);
            text.extend(warnings.map(|words| strings::warning(name, words)));
            let errors = state.errors.iter().filter(is_new);
            text.extend(errors.map(|words| strings::error_at(name, words)));
        }
        text.push_str(&strings::not_asked(&hidden, NAMES_SHOWN));
        let announcements = self.announcements.iter().filter(|it| is_new(&&it.text));
        text.extend(announcements.map(announcement_line));
        let indicators = self.indicators.iter();
        text.extend(indicators.map(|(id, it)| indicator_line(form.indicator_name(*id), it)));
        text.extend(self.looping.iter().map(|rule| strings::rule_in_circle(rule)));
        text
    }
}

fn name_of(form: &EventFormSession, id: DataElementUid) -> &str {
    form.form().field(id).map_or("", |field| field.name.as_str())
}

fn field_change(name: &str, before: &FieldState, now: &FieldState) -> String {
    let mut text = String::new();
    match (before.is_hidden, now.is_hidden) {
        (false, true) => text.push_str(&strings::disappears(name)),
        (true, false) => text.push_str(&strings::appears(name)),
        _ => {}
    }
    if let Some(value) = now.set_aside.as_ref().filter(|_| before.set_aside != now.set_aside) {
        text.push_str(&strings::set_aside(name, value));
    }
    if now.is_mandatory && !before.is_mandatory {
        text.push_str(&strings::becomes_mandatory(name));
    }
    if let Some(problem) = now.problem {
        text.push_str(&strings::error_at(name, &format!("it {problem}")));
    } else if now.is_assigned && before.value != now.value {
        text.push_str(&strings::assigned(name, now.value.as_deref().unwrap_or_default()));
    }
    let is_new = |list: &Vec<String>, words: &&String| !list.contains(words);
    let warnings = now.warnings.iter().filter(|words| is_new(&before.warnings, words));
    text.extend(warnings.map(|words| strings::warning(name, words)));
    let errors = now.errors.iter().filter(|words| is_new(&before.errors, words));
    text.extend(errors.map(|words| strings::error_at(name, words)));
    if before.options != now.options {
        text.push_str(&strings::options_changed(name));
    }
    text
}

/// What a rule says, in a line.
pub(super) fn announcement_line(it: &Announcement) -> String {
    let value = it.value.as_deref();
    match it.kind {
        AnnouncementKind::Error => strings::error_at("", &it.text),
        AnnouncementKind::Warning => strings::warning("", &it.text),
        AnnouncementKind::Text => format!("{}\n", it.text),
        AnnouncementKind::KeyValue => format!("{}: {}\n", it.text, value.unwrap_or_default()),
        AnnouncementKind::Broken => strings::broken_rule(&it.rule, &it.text),
    }
}

/// What rules say, as JSON.
pub(super) fn announcements_document(announcements: &[Announcement]) -> Value {
    let document = |it: &Announcement| {
        let kind = match it.kind {
            AnnouncementKind::Error => "error",
            AnnouncementKind::Warning => "warning",
            AnnouncementKind::Text => "text",
            AnnouncementKind::KeyValue => "key_value",
            AnnouncementKind::Broken => "broken_rule",
        };
        json!({
            "kind": kind, "rule": it.rule, "location": it.location, "text": it.text,
            "value": it.value,
        })
    };
    announcements.iter().map(document).collect()
}

fn indicator_line(name: &str, value: &InForm) -> String {
    match value {
        InForm::Shown(text) => format!("{name}: {text}\n"),
        InForm::LeftOut | InForm::Nothing => String::new(),
        InForm::Problem(problem) => format!("{name}: {}\n", strings::not_computed(problem)),
    }
}

fn indicator_document(form: &EventFormSession, id: Uid, value: &InForm) -> Value {
    let (value, problem) = match value {
        InForm::Shown(text) => (Some(text), None),
        InForm::LeftOut | InForm::Nothing => (None, None),
        InForm::Problem(problem) => (None, Some(problem.to_string())),
    };
    json!({
        "uid": id.as_str(), "name": form.indicator_name(id), "value": value, "problem": problem,
    })
}

/// What an edit changed; `announcements` and `hidden_stages` only if they changed.
pub fn diff_document(form: &EventFormSession, diff: &EventDiff) -> Value {
    let fields = diff.fields.iter().map(|(id, state)| field_document(form, *id, state));
    let sections = diff.sections.iter().map(|section| {
        json!({ "uid": section.id.map(|id| id.to_string()), "hidden": section.is_hidden })
    });
    let indicators = diff.indicators.iter().map(|(id, it)| indicator_document(form, *id, it));
    let mut document = json!({
        "fields": fields.collect::<Value>(),
        "sections": sections.collect::<Value>(),
        "indicators": indicators.collect::<Value>(),
        "looping": diff.looping,
    });
    if let Some(announcements) = &diff.announcements {
        document["announcements"] = announcements_document(announcements);
    }
    if let Some(stages) = &diff.hidden_stages {
        document["hidden_stages"] = json!(stages);
    }
    document
}

fn field_document(form: &EventFormSession, id: DataElementUid, state: &FieldState) -> Value {
    json!({
        "data_element": id.as_str(),
        "name": name_of(form, id),
        "value": state.value,
        "problem": state.problem.map(|problem| format!("It {problem}.")),
        "hidden": state.is_hidden,
        "mandatory": state.is_mandatory,
        "assigned": state.is_assigned,
        "set_aside": state.set_aside,
        "warnings": state.warnings,
        "errors": state.errors,
        "only_options": state.options.only,
        "hidden_options": state.options.hidden,
    })
}
