//! The effects that hold now, by what they are about: an edit then touches only what it concerns.

use std::collections::{BTreeMap, BTreeSet};

use super::field::{Announcement, AnnouncementKind, EventOffer, OfferKind, OptionChoice};
use crate::rules::{ActionKind, Effect, EffectsDiff, RuleAction, RuleSet};
use crate::uid::Uid;

/// What rules have to know about options, loaded by the caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleOptions {
    /// Code of each option that a rule hides, by its id.
    pub codes: BTreeMap<String, String>,
    /// Codes of the options of each group that a rule hides or shows, by the group's id.
    pub groups: BTreeMap<String, BTreeSet<String>>,
}

/// What an effect is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    Field(Uid),
    Section(Uid),
    Stages,
    /// Events that rules offer or plan.
    Events,
    Record,
}

/// The part of a rule that an effect comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// An action.
    Action(usize),
    /// What cannot be computed: the condition, or an action.
    Broken(Option<usize>),
}

/// A rule and the part of it.
type Place = (usize, Part);

/// Effects by target.
#[derive(Debug, Clone, Default)]
pub(super) struct EffectIndex {
    by_target: BTreeMap<Target, BTreeMap<Place, Option<String>>>,
}

/// One effect of an action with its evaluated data.
pub(super) struct Held<'a> {
    pub rule: usize,
    pub action: &'a RuleAction,
    pub data: Option<&'a str>,
}

impl Held<'_> {
    /// The text to show: the action's own and the evaluated data.
    pub fn words(&self) -> String {
        let content = self.action.content.as_deref().unwrap_or_default();
        format!("{content} {}", self.data.unwrap_or_default()).trim().to_owned()
    }
}

impl EffectIndex {
    /// Takes a change in and adds what it touches; `has` says whether a question is in the form.
    pub fn apply(
        &mut self,
        set: &RuleSet,
        has: &dyn Fn(Uid) -> bool,
        diff: &EffectsDiff,
        touched: &mut BTreeSet<Target>,
    ) {
        for effect in &diff.removed {
            let Some((target, place, _)) = read(set, has, effect) else { continue };
            touched.insert(target);
            if let Some(effects) = self.by_target.get_mut(&target) {
                effects.remove(&place);
            }
        }
        for effect in &diff.added {
            let Some((target, place, data)) = read(set, has, effect) else { continue };
            touched.insert(target);
            self.by_target.entry(target).or_default().insert(place, data);
        }
    }

    /// Effects of actions on a target, in the order of the rules.
    pub fn of<'a>(&'a self, set: &'a RuleSet, target: Target) -> impl Iterator<Item = Held<'a>> {
        let places = self.by_target.get(&target).into_iter().flatten();
        places.filter_map(|((rule, part), data)| {
            let Part::Action(index) = *part else { return None };
            let action = set.rules().get(*rule)?.actions.get(index)?;
            Some(Held { rule: *rule, action, data: data.as_deref() })
        })
    }

    /// What rules say about the record as a whole.
    pub fn announcements(&self, set: &RuleSet) -> Vec<Announcement> {
        let places = self.by_target.get(&Target::Record).into_iter().flatten();
        let mut found: Vec<_> = places
            .filter_map(|((rule, part), data)| {
                let written = set.rules().get(*rule)?;
                let rule = written.id.clone();
                let Part::Action(index) = *part else {
                    let text = data.clone().unwrap_or_default();
                    let kind = AnnouncementKind::Broken;
                    return Some(Announcement { kind, rule, location: None, text, value: None });
                };
                Some(announcement(rule, written.actions.get(index)?, data.as_deref()))
            })
            .collect();
        found.sort_by_key(|announcement| announcement.kind);
        found
    }

    /// Stages that rules hide.
    pub fn hidden_stages(&self, set: &RuleSet) -> BTreeSet<String> {
        let held = self.of(set, Target::Stages);
        held.filter_map(|held| held.action.target.program_stage.clone()).collect()
    }

    /// Events that rules offer to begin or to plan.
    pub fn offers(&self, set: &RuleSet) -> Vec<EventOffer> {
        let offer = |held: Held<'_>| {
            let is_plan = held.action.kind == ActionKind::ScheduleEvent;
            let data = held.data.filter(|data| !data.is_empty());
            EventOffer {
                kind: if is_plan { OfferKind::Schedule } else { OfferKind::Create },
                rule: set.rules()[held.rule].id.clone(),
                program_stage: held.action.target.program_stage.clone(),
                text: held.action.content.clone().unwrap_or_default(),
                data: data.map(str::to_owned),
            }
        };
        self.of(set, Target::Events).map(offer).collect()
    }

    /// The options that rules leave of a question: a hidden option is hidden whatever else is
    /// shown, several shown groups add up.
    pub fn options(&self, set: &RuleSet, options: &RuleOptions, field: Uid) -> OptionChoice {
        let mut choice = OptionChoice::default();
        for held in self.of(set, Target::Field(field)) {
            let target = &held.action.target;
            let group = || target.option_group.as_ref().and_then(|id| options.groups.get(id));
            match held.action.kind {
                ActionKind::HideOption => {
                    let code = target.option.as_ref().and_then(|id| options.codes.get(id));
                    choice.hidden.extend(code.cloned());
                }
                ActionKind::HideOptionGroup => {
                    choice.hidden.extend(group().into_iter().flatten().cloned());
                }
                ActionKind::ShowOptionGroup => {
                    let Some(group) = group() else { continue };
                    choice.only.get_or_insert_default().extend(group.iter().cloned());
                }
                _ => {}
            }
        }
        choice
    }
}

fn announcement(rule: String, action: &RuleAction, data: Option<&str>) -> Announcement {
    let content = action.content.clone().unwrap_or_default();
    let location = action.target.location.clone();
    let kind = match action.kind {
        ActionKind::ShowError | ActionKind::ErrorOnComplete => AnnouncementKind::Error,
        ActionKind::ShowWarning | ActionKind::WarningOnComplete => AnnouncementKind::Warning,
        ActionKind::DisplayKeyValuePair => {
            let value = Some(data.unwrap_or_default().to_owned());
            let kind = AnnouncementKind::KeyValue;
            return Announcement { kind, rule, location, text: content, value };
        }
        _ => AnnouncementKind::Text,
    };
    let text = format!("{content} {}", data.unwrap_or_default()).trim().to_owned();
    Announcement { kind, rule, location, text, value: None }
}

/// Target, place and data of an effect; `None` for what a form has no part in.
fn read(
    set: &RuleSet,
    has: &dyn Fn(Uid) -> bool,
    effect: &Effect,
) -> Option<(Target, Place, Option<String>)> {
    match effect {
        // The action of a failed expression did nothing; the record says that its rule is broken.
        Effect::Failed { rule, action, why } => {
            Some((Target::Record, (*rule, Part::Broken(*action)), Some(why.clone())))
        }
        Effect::Action { rule, action, data } => {
            let target = target(set, has, *rule, *action)?;
            Some((target, (*rule, Part::Action(*action)), data.clone()))
        }
    }
}

fn target(set: &RuleSet, has: &dyn Fn(Uid) -> bool, rule: usize, action: usize) -> Option<Target> {
    let written = set.rules().get(rule)?.actions.get(action)?;
    let named = set.field_of(rule, action).map(|(id, _)| id);
    let field = named.and_then(|id| Uid::parse(id).ok());
    let field = field.filter(|field| has(*field)).map(Target::Field);
    match written.kind {
        ActionKind::HideSection => {
            let section = written.target.section.as_deref()?;
            Uid::parse(section).ok().map(Target::Section)
        }
        ActionKind::HideProgramStage => Some(Target::Stages),
        ActionKind::DisplayText | ActionKind::DisplayKeyValuePair => Some(Target::Record),
        // Server and Capture app alike pass over an error at a question that is not in the form.
        ActionKind::ShowError | ActionKind::ShowWarning if named.is_some() => field,
        ActionKind::ShowError
        | ActionKind::ShowWarning
        | ActionKind::ErrorOnComplete
        | ActionKind::WarningOnComplete => Some(field.unwrap_or(Target::Record)),
        ActionKind::HideField
        | ActionKind::Assign
        | ActionKind::SetMandatoryField
        | ActionKind::HideOption
        | ActionKind::HideOptionGroup
        | ActionKind::ShowOptionGroup => field,
        ActionKind::CreateEvent | ActionKind::ScheduleEvent => Some(Target::Events),
        // The server's work, and what this version does not know (listed by the rules' problems).
        ActionKind::SendMessage | ActionKind::ScheduleMessage | ActionKind::Other(_) => None,
    }
}
