//! What a report says of a site, as codes and what people typed: each is said in the words of a language.
//!
//! Words of ours are looked up, words of people stand as they were typed, isolated so that neither turns
//! the other round.

use crate::text::{isolated, printable};
use crate::words::{Language, SiteWords};

/// What is checked at a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
pub enum SiteCheck {
    Devices,
    Agreements,
    Accounts,
    Training,
    FirstSync,
    Metadata,
    SupportContact,
}

/// What is missing of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// Nothing.
    Nothing,
    /// Nobody has looked.
    NobodyLooked,
    /// There is nothing to count yet.
    NothingToCount,
    /// So many are done of so many.
    Counted {
        /// How many are done.
        done: u64,
        /// How many there are.
        of: u64,
        /// Who or what is missing, piece by piece; may be empty.
        missing: Vec<MissingPart>,
    },
}

/// A piece of what is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MissingPart {
    /// As somebody typed it.
    Text(String),
    /// Something that is open of an agreement.
    Open(OpenEnd),
}

/// What is open of an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenEnd {
    /// The signature of the health worker.
    HealthWorker,
    /// The signature of the supervisor.
    Supervisor,
    /// The signature of the council.
    Council,
    /// The stamp on a copy, 1 or 2.
    Stamp(u8),
    /// A copy, 1 or 2, is not where it belongs.
    Copy(u8),
}

/// What becomes of a system or a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Becomes {
    /// It is kept beside the app for a time.
    Parallel,
    /// It is replaced at once.
    Replaced,
    /// It ends.
    Ended,
    /// It is done in the app.
    InApp,
    /// It goes on beside the app for good.
    Duplicate,
}

/// What becomes of one system or process, and who said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanLine {
    /// What it is called.
    pub what: String,
    /// What becomes of it.
    pub becomes: Becomes,
    /// Last day beside the app, as it is to be read; may be empty.
    pub until: String,
    /// Who compares; may be empty.
    pub compares: String,
    /// Who decided; may be empty.
    pub decided_by: String,
    /// Why.
    pub reason: String,
}

/// Sorts of calendar entries that speak against a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
pub enum CalendarSort {
    Holiday,
    Campaign,
    Reporting,
    Away,
}

/// Something in the calendar; its days as they are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarLine {
    /// What it is called.
    pub what: String,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
}

/// What speaks against a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DayConflict {
    /// An entry touches the day itself.
    OnTheDay(CalendarSort, CalendarLine),
    /// An entry touches one of the days after it.
    SoonAfter {
        /// How many days the team needs, with the day itself.
        days: i32,
        /// Of which sort the entry is.
        sort: CalendarSort,
        /// The entry.
        entry: CalendarLine,
    },
    /// Days are without extra support.
    NoSupport {
        /// How many are.
        bare: usize,
        /// Of how many.
        days: i32,
        /// The first of them, as it is to be read.
        first: String,
    },
}

/// Why the old way can stop or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopWhy {
    /// Too few periods were compared.
    TooFew {
        /// So many were.
        compared: usize,
        /// So many have to be.
        wanted: usize,
    },
    /// So many of the latest periods agree.
    Agree(usize),
    /// Totals differ: period, what is counted, and by how much.
    Differ(Vec<(String, String, i64)>),
}

/// A case behind a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseLine {
    /// One of a comparison.
    Case {
        /// By what both sides know it.
        key: String,
        /// Whether the app has it, or else the register.
        is_of_app: bool,
        /// Where it is found.
        place: CasePlace,
        /// Why it is named.
        cause: CaseCause,
    },
    /// As somebody wrote it down.
    Text(String),
}

/// Where a case is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CasePlace {
    /// In a line of the register's table.
    Line(u64),
    /// It is the record of this id, of this day.
    Record(String, String),
    /// Somewhere else.
    Other(String),
}

/// Why a case is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseCause {
    /// The app does not have it.
    NotInApp,
    /// The register does not have it.
    NotInRegister,
    /// A side has it more than once.
    Twice,
    /// The other side has totals alone.
    Possible,
    /// The other side has it in these periods.
    OtherPeriod(Vec<String>),
}

/// Says things in a language.
pub(super) struct Sayer {
    language: Language,
    words: &'static SiteWords,
}

impl Sayer {
    pub(super) fn new(language: Language) -> Self {
        Self { language, words: &language.words().site }
    }

    /// What somebody typed, within a sentence.
    fn typed(&self, text: &str) -> String {
        isolated(&printable(text), self.language.direction())
    }

    pub(super) fn check(&self, check: SiteCheck) -> &'static str {
        self.words.checks[check as usize]
    }

    pub(super) fn missing(&self, missing: &Missing) -> String {
        let (done, of, missing) = match missing {
            Missing::Nothing => return String::new(),
            Missing::NobodyLooked => return self.words.nobody_looked.to_owned(),
            Missing::NothingToCount => return self.words.nothing_to_count.to_owned(),
            Missing::Counted { done, of, missing } => (done.to_string(), of.to_string(), missing),
        };
        let counted = filled(self.words.counted, &[("{done}", &done), ("{of}", &of)]);
        if missing.is_empty() {
            return counted;
        }
        let part = |part: &MissingPart| match part {
            MissingPart::Text(text) => self.beside(text),
            MissingPart::Open(end) => self.open(*end),
        };
        let missing: String = missing.iter().map(part).collect();
        let missing = filled(self.words.missing, &[("{missing}", &missing)]);
        [counted, missing].join(self.words.part)
    }

    /// What somebody typed, with blanks and brackets at its ends outside: these belong to the sentence.
    fn beside(&self, text: &str) -> String {
        // What is between names is the list's.
        let is_ours = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';');
        let inner = text.trim_matches(is_ours);
        match text.find(inner) {
            Some(from) if !inner.is_empty() => {
                let (before, after) = (&text[..from], &text[from + inner.len()..]);
                format!("{}{}{}", self.between(before), self.typed(inner), self.between(after))
            }
            _ => self.between(text),
        }
    }

    fn between(&self, signs: &str) -> String {
        signs.replace(", ", self.words.list).replace("; ", self.words.part)
    }

    /// Something with its name.
    pub(super) fn named(&self, name: &str, value: &str) -> String {
        filled(self.words.named, &[("{name}", name), ("{value}", value)])
    }

    /// What somebody typed, one after the other.
    pub(super) fn list(&self, texts: &[&str]) -> String {
        texts.iter().map(|text| self.typed(text)).collect::<Vec<_>>().join(self.words.list)
    }

    fn open(&self, end: OpenEnd) -> String {
        let copy = |text: &str, copy: u8| filled(text, &[("{copy}", &copy.to_string())]);
        match end {
            OpenEnd::HealthWorker => self.words.signatures[0].to_owned(),
            OpenEnd::Supervisor => self.words.signatures[1].to_owned(),
            OpenEnd::Council => self.words.signatures[2].to_owned(),
            OpenEnd::Stamp(number) => copy(self.words.stamp, number),
            OpenEnd::Copy(number) => copy(self.words.copy, number),
        }
    }

    pub(super) fn plan(&self, it: &PlanLine) -> String {
        let becomes = self.words.becomes[it.becomes as usize];
        let what = self.typed(&it.what);
        let mut parts = vec![filled(self.words.plan, &[("{what}", &what), ("{becomes}", becomes)])];
        if !it.until.is_empty() {
            parts.push(filled(self.words.until, &[("{until}", &self.typed(&it.until))]));
        }
        if !it.compares.is_empty() {
            parts.push(filled(self.words.compares, &[("{compares}", &self.typed(&it.compares))]));
        }
        if !it.decided_by.is_empty() {
            let (by, reason) = (self.typed(&it.decided_by), self.typed(&it.reason));
            parts.push(filled(self.words.decided, &[("{by}", &by), ("{reason}", &reason)]));
        }
        parts.join(self.words.part)
    }

    pub(super) fn conflict(&self, conflict: &DayConflict) -> String {
        match conflict {
            DayConflict::OnTheDay(sort, entry) => {
                filled(self.words.on_the_day, &[("{entry}", &self.entry(*sort, entry))])
            }
            DayConflict::SoonAfter { days, sort, entry } => {
                let (days, entry) = (days.to_string(), self.entry(*sort, entry));
                filled(self.words.soon_after, &[("{days}", &days), ("{entry}", &entry)])
            }
            DayConflict::NoSupport { bare, days, first } => {
                let (bare, days, first) = (bare.to_string(), days.to_string(), self.typed(first));
                let values = [("{bare}", bare.as_str()), ("{days}", &days), ("{first}", &first)];
                filled(self.words.no_support, &values)
            }
        }
    }

    fn entry(&self, sort: CalendarSort, it: &CalendarLine) -> String {
        let sort = self.words.sorts[sort as usize];
        let (what, from, to) = (self.typed(&it.what), self.typed(&it.from), self.typed(&it.to));
        let values =
            [("{what}", what.as_str()), ("{sort}", sort), ("{from}", &from), ("{to}", &to)];
        filled(self.words.entry, &values)
    }

    pub(super) fn support(&self, it: &CalendarLine) -> String {
        let (what, from, to) = (self.typed(&it.what), self.typed(&it.from), self.typed(&it.to));
        filled(self.words.support, &[("{from}", &from), ("{to}", &to), ("{what}", &what)])
    }

    /// A sentence each.
    pub(super) fn stop(&self, why: &StopWhy) -> Vec<String> {
        match why {
            StopWhy::TooFew { compared, wanted } => {
                let (compared, wanted) = (compared.to_string(), wanted.to_string());
                let values = [("{compared}", compared.as_str()), ("{wanted}", &wanted)];
                vec![filled(self.words.too_few, &values)]
            }
            StopWhy::Agree(wanted) => {
                vec![filled(self.words.agree, &[("{wanted}", &wanted.to_string())])]
            }
            StopWhy::Differ(totals) => {
                let one = |(period, what, difference): &(String, String, i64)| {
                    let (period, what) = (self.typed(period), self.typed(what));
                    let difference = self.typed(&format!("{difference:+}"));
                    let values = [
                        ("{period}", period.as_str()),
                        ("{what}", &what),
                        ("{difference}", &difference),
                    ];
                    filled(self.words.differs, &values)
                };
                totals.iter().map(one).collect()
            }
        }
    }

    pub(super) fn case(&self, line: &CaseLine) -> String {
        let (key, side, place, cause) = match line {
            CaseLine::Text(text) => return self.typed(text),
            CaseLine::Case { key, is_of_app, place, cause } => {
                (key, self.words.sides[usize::from(*is_of_app)], place, cause)
            }
        };
        let place = match place {
            CasePlace::Line(line) => filled(self.words.line, &[("{line}", &line.to_string())]),
            CasePlace::Record(id, day) => {
                let (id, day) = (self.typed(id), self.typed(day));
                filled(self.words.record, &[("{id}", &id), ("{day}", &day)])
            }
            CasePlace::Other(text) => self.typed(text),
        };
        let why = match cause {
            CaseCause::NotInApp => self.words.causes[0].to_owned(),
            CaseCause::NotInRegister => self.words.causes[1].to_owned(),
            CaseCause::Twice => self.words.causes[2].to_owned(),
            CaseCause::Possible => self.words.causes[3].to_owned(),
            CaseCause::OtherPeriod(periods) => {
                let periods: Vec<_> = periods.iter().map(|it| self.typed(it)).collect();
                filled(self.words.elsewhere, &[("{periods}", &periods.join(self.words.list))])
            }
        };
        let key = self.typed(key);
        let values =
            [("{key}", key.as_str()), ("{side}", side), ("{place}", &place), ("{why}", &why)];
        filled(self.words.case, &values)
    }
}

/// A sentence with its places filled in, each once: what somebody typed is never filled in again.
fn filled(sentence: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::new();
    let mut rest = sentence;
    while let Some(from) = rest.find('{') {
        let to = rest[from..].find('}').map_or(rest.len(), |to| from + to + 1);
        text.push_str(&rest[..from]);
        let name = &rest[from..to];
        text.push_str(values.iter().find(|(it, _)| *it == name).map_or(name, |(_, value)| value));
        rest = &rest[to..];
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> CalendarLine {
        CalendarLine { what: "TYPED".into(), from: "2026-12-10".into(), to: "2026-12-18".into() }
    }

    fn counted(missing: Vec<MissingPart>) -> Missing {
        Missing::Counted { done: 11, of: 12, missing }
    }

    /// Everything that can be said, once, with one typed word wherever somebody types.
    fn everything(sayer: &Sayer) -> Vec<String> {
        use CalendarSort::{Away, Campaign, Holiday, Reporting};
        use SiteCheck::{
            Accounts, Agreements, Devices, FirstSync, Metadata, SupportContact, Training,
        };
        let checks = [Devices, Agreements, Accounts, Training, FirstSync, Metadata, SupportContact];
        let mut all: Vec<_> = checks.map(|check| sayer.check(check).to_owned()).into();
        let ends = [OpenEnd::HealthWorker, OpenEnd::Supervisor, OpenEnd::Council];
        let ends = ends.into_iter().chain([OpenEnd::Stamp(2), OpenEnd::Copy(1)]);
        let open = ends.map(|end| counted(vec![MissingPart::Open(end)]));
        let others = [
            Missing::NobodyLooked,
            Missing::NothingToCount,
            counted(Vec::new()),
            counted(vec![MissingPart::Text("TYPED".into())]),
        ];
        all.extend(open.chain(others).map(|it| sayer.missing(&it)));
        let becomes = [
            Becomes::Parallel,
            Becomes::Replaced,
            Becomes::Ended,
            Becomes::InApp,
            Becomes::Duplicate,
        ];
        let typed = || "TYPED".to_owned();
        all.extend(becomes.map(|becomes| {
            sayer.plan(&PlanLine {
                what: typed(),
                becomes,
                until: "2027-01-31".into(),
                compares: typed(),
                decided_by: typed(),
                reason: typed(),
            })
        }));
        for sort in [Holiday, Campaign, Reporting, Away] {
            all.push(sayer.conflict(&DayConflict::OnTheDay(sort, calendar())));
        }
        let soon = DayConflict::SoonAfter { days: 14, sort: Away, entry: calendar() };
        let bare = DayConflict::NoSupport { bare: 7, days: 14, first: "2026-12-21".into() };
        all.extend([soon, bare].map(|it| sayer.conflict(&it)));
        all.push(sayer.support(&calendar()));
        let differ = StopWhy::Differ(vec![("2026W36".into(), typed(), -3)]);
        for why in [StopWhy::TooFew { compared: 1, wanted: 3 }, StopWhy::Agree(3), differ] {
            all.extend(sayer.stop(&why));
        }
        let causes = [
            CaseCause::NotInApp,
            CaseCause::NotInRegister,
            CaseCause::Twice,
            CaseCause::Possible,
            CaseCause::OtherPeriod(vec!["2026W37".into()]),
        ];
        let places = [
            CasePlace::Line(7),
            CasePlace::Record("EvAbcdefg01".into(), "2026-09-04".into()),
            CasePlace::Other(typed()),
        ];
        for (index, cause) in causes.into_iter().enumerate() {
            let place = places[index % places.len()].clone();
            let (key, is_of_app) = (typed(), index % 2 == 0);
            all.push(sayer.case(&CaseLine::Case { key, is_of_app, place, cause }));
        }
        all
    }

    /// Words of three letters and more, without what is typed and numbered.
    fn words(sentence: &str) -> Vec<String> {
        let of = sentence.split(|c: char| !c.is_alphabetic());
        let own =
            of.filter(|word| word.chars().count() > 2 && !["TYPED", "EvAbcdefg"].contains(word));
        own.map(str::to_lowercase).collect()
    }

    #[test]
    fn nothing_is_said_in_another_language_and_no_place_is_left_open() {
        let english = everything(&Sayer::new(Language::English));
        for language in Language::ALL {
            let all = everything(&Sayer::new(language));
            assert_eq!(all.len(), english.len());
            for (said, english) in all.iter().zip(&english) {
                assert!(!said.contains(['{', '}']), "{said}");
                let typed = |text: &str| text.matches("TYPED").count();
                assert_eq!(typed(said), typed(english), "{said}");
                let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
                assert_eq!(digits(said), digits(english), "{said}");
                if language == Language::Arabic {
                    assert!(words(said).iter().all(|word| !word.is_ascii()), "{said}");
                } else if language == Language::French {
                    // Few words are the same in both.
                    let same: Vec<_> =
                        words(said).into_iter().filter(|it| words(english).contains(it)).collect();
                    let known = ["synchronisation", "contact", "signature", "application"];
                    assert!(same.iter().all(|it| known.contains(&it.as_str())), "{said}: {same:?}");
                }
            }
        }
    }

    #[test]
    fn what_somebody_typed_is_not_filled_in_again() {
        let entry = CalendarLine { what: "{from} {sort}".into(), ..calendar() };
        let said = Sayer::new(Language::English).support(&entry);
        assert_eq!(said, "2026-12-10 to 2026-12-18: {from} {sort}");
    }

    #[test]
    fn brackets_belong_to_the_sentence_and_a_name_to_its_own_direction() {
        let parts = vec![
            MissingPart::Text("0018 (".into()),
            MissingPart::Open(OpenEnd::Stamp(2)),
            MissingPart::Text("), ".into()),
            MissingPart::Text("أمينة".into()),
        ];
        let said = Sayer::new(Language::English).missing(&counted(parts.clone()));
        assert_eq!(said, "11 of 12; missing: 0018 (stamp on copy 2), \u{2068}أمينة\u{2069}");
        let said = Sayer::new(Language::Arabic).missing(&counted(parts));
        assert!(said.contains("\u{2068}0018\u{2069} ("), "{said:?}");
        assert!(said.contains(")، \u{2068}أمينة") && !said.contains(','), "{said:?}");
    }
}
