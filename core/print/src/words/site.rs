//! Words of what is known of a site that goes live: whole sentences with places for what people typed.

/// Sentences of one language. A name in braces is filled in.
#[derive(Debug)]
pub(crate) struct SiteWords {
    /// Between things of a list, and between parts of a sentence.
    pub(crate) list: &'static str,
    pub(crate) part: &'static str,
    /// `{name}`, `{value}`.
    pub(crate) named: &'static str,
    /// As [`crate::SiteCheck`].
    pub(crate) checks: [&'static str; 7],
    pub(crate) nobody_looked: &'static str,
    pub(crate) nothing_to_count: &'static str,
    /// `{done}`, `{of}`.
    pub(crate) counted: &'static str,
    /// `{missing}`.
    pub(crate) missing: &'static str,
    /// As [`crate::OpenEnd`]: who signs.
    pub(crate) signatures: [&'static str; 3],
    /// `{copy}`.
    pub(crate) stamp: &'static str,
    /// `{copy}`.
    pub(crate) copy: &'static str,
    /// As [`crate::Becomes`].
    pub(crate) becomes: [&'static str; 5],
    /// `{what}`, `{becomes}`.
    pub(crate) plan: &'static str,
    /// `{until}`.
    pub(crate) until: &'static str,
    /// `{compares}`.
    pub(crate) compares: &'static str,
    /// `{by}`, `{reason}`.
    pub(crate) decided: &'static str,
    /// As [`crate::CalendarSort`].
    pub(crate) sorts: [&'static str; 4],
    /// `{entry}`.
    pub(crate) on_the_day: &'static str,
    /// `{days}`, `{entry}`.
    pub(crate) soon_after: &'static str,
    /// `{what}`, `{sort}`, `{from}`, `{to}`.
    pub(crate) entry: &'static str,
    /// `{bare}`, `{days}`, `{first}`.
    pub(crate) no_support: &'static str,
    /// `{from}`, `{to}`, `{what}`.
    pub(crate) support: &'static str,
    /// `{compared}`, `{wanted}`.
    pub(crate) too_few: &'static str,
    /// `{wanted}`.
    pub(crate) agree: &'static str,
    /// `{period}`, `{what}`, `{difference}`.
    pub(crate) differs: &'static str,
    /// Register, app.
    pub(crate) sides: [&'static str; 2],
    /// `{line}`.
    pub(crate) line: &'static str,
    /// `{id}`, `{day}`.
    pub(crate) record: &'static str,
    /// As [`crate::CaseCause`] but for the other period.
    pub(crate) causes: [&'static str; 4],
    /// `{periods}`.
    pub(crate) elsewhere: &'static str,
    /// `{key}`, `{side}`, `{place}`, `{why}`.
    pub(crate) case: &'static str,
}

pub(super) const ENGLISH: SiteWords = SiteWords {
    list: ", ",
    part: "; ",
    named: "{name}: {value}",
    checks: [
        "Devices handed out",
        "Agreements closed",
        "Accounts tried",
        "Training done",
        "First synchronisation",
        "Forms current",
        "Support contact known",
    ],
    nobody_looked: "Nobody has looked.",
    nothing_to_count: "There is nothing to count yet.",
    counted: "{done} of {of}",
    missing: "missing: {missing}",
    signatures: [
        "signature of the health worker",
        "signature of the supervisor",
        "signature of the council",
    ],
    stamp: "stamp on copy {copy}",
    copy: "where copy {copy} is",
    becomes: [
        "goes on beside the app for a time",
        "is replaced at once",
        "ends",
        "is done in the app",
        "goes on beside the app for good",
    ],
    plan: "{what}: {becomes}",
    until: "until {until}",
    compares: "compared by {compares}",
    decided: "decided by {by}: {reason}",
    sorts: ["holiday", "campaign", "reporting", "somebody is away"],
    on_the_day: "On the day itself: {entry}",
    soon_after: "Within {days} days: {entry}",
    entry: "{what} ({sort}, {from} to {to})",
    no_support: "No extra support on {bare} of {days} days, first on {first}",
    support: "{from} to {to}: {what}",
    too_few: "{compared} of {wanted} periods were compared.",
    agree: "The latest {wanted} periods agree.",
    differs: "{period}, {what}: differs by {difference}",
    sides: ["register", "app"],
    line: "line {line}",
    record: "record {id} of {day}",
    causes: [
        "not in the app",
        "not in the register",
        "there more than once",
        "perhaps this one: the other side has totals alone",
    ],
    elsewhere: "the other side has it in {periods}",
    case: "{key} ({side}, {place}): {why}",
};

pub(super) const FRENCH: SiteWords = SiteWords {
    list: ", ",
    part: " ; ",
    named: "{name} : {value}",
    checks: [
        "Appareils remis",
        "Accords signés",
        "Comptes essayés",
        "Formation faite",
        "Première synchronisation",
        "Formulaires à jour",
        "Contact d’assistance connu",
    ],
    nobody_looked: "Personne n’a encore regardé.",
    nothing_to_count: "Il n’y a encore rien à compter.",
    counted: "{done} sur {of}",
    missing: "manque : {missing}",
    signatures: [
        "signature de l’agent de santé",
        "signature du superviseur",
        "signature du conseil",
    ],
    stamp: "cachet sur l’exemplaire {copy}",
    copy: "où est l’exemplaire {copy}",
    becomes: [
        "continue un temps à côté de l’application",
        "est remplacé tout de suite",
        "se termine",
        "se fait dans l’application",
        "continue toujours à côté de l’application",
    ],
    plan: "{what} : {becomes}",
    until: "jusqu’au {until}",
    compares: "comparaison par {compares}",
    decided: "décidé par {by} : {reason}",
    sorts: ["jour férié", "campagne", "semaine de rapport", "quelqu’un est absent"],
    on_the_day: "Le jour même : {entry}",
    soon_after: "Dans les {days} jours : {entry}",
    entry: "{what} ({sort}, du {from} au {to})",
    no_support: "Pas d’appui renforcé {bare} jours sur {days}, à partir du {first}",
    support: "Du {from} au {to} : {what}",
    too_few: "{compared} périodes sur {wanted} ont été comparées.",
    agree: "Les {wanted} dernières périodes concordent.",
    differs: "{period}, {what} : écart de {difference}",
    sides: ["registre", "application"],
    line: "ligne {line}",
    record: "fiche {id} du {day}",
    causes: [
        "pas dans l’application",
        "pas dans le registre",
        "y est plus d’une fois",
        "peut-être celui-ci : l’autre côté n’a que des totaux",
    ],
    elsewhere: "l’autre côté l’a en {periods}",
    case: "{key} ({side}, {place}) : {why}",
};

pub(super) const ARABIC: SiteWords = SiteWords {
    list: "، ",
    part: "؛ ",
    named: "{name}: {value}",
    checks: [
        "تسليم الأجهزة",
        "اكتمال الاتفاقات",
        "تجربة الحسابات",
        "التدريب",
        "المزامنة الأولى",
        "تحديث النماذج",
        "معرفة جهة الدعم",
    ],
    nobody_looked: "لم ينظر أحد بعد.",
    nothing_to_count: "لا شيء يُعدّ بعد.",
    counted: "{done} من {of}",
    missing: "ينقص: {missing}",
    signatures: ["توقيع العامل الصحي", "توقيع المشرف", "توقيع المجلس"],
    stamp: "ختم النسخة {copy}",
    copy: "مكان النسخة {copy}",
    becomes: [
        "يستمر بجانب التطبيق لفترة",
        "يُستبدل فورًا",
        "ينتهي",
        "يتم في التطبيق",
        "يبقى بجانب التطبيق دائمًا",
    ],
    plan: "{what}: {becomes}",
    until: "حتى {until}",
    compares: "يقارنه {compares}",
    decided: "قرّره {by}: {reason}",
    sorts: ["عطلة", "حملة", "أسبوع التقارير", "شخص غائب"],
    on_the_day: "في اليوم نفسه: {entry}",
    soon_after: "خلال {days} يومًا: {entry}",
    entry: "{what} ({sort}، من {from} إلى {to})",
    no_support: "بلا دعم إضافي في {bare} من {days} يومًا، أولها {first}",
    support: "من {from} إلى {to}: {what}",
    too_few: "قورنت {compared} من {wanted} فترات.",
    agree: "آخر {wanted} فترات متطابقة.",
    differs: "{period}، {what}: الفرق {difference}",
    sides: ["السجل", "التطبيق"],
    line: "السطر {line}",
    record: "السجل {id} بتاريخ {day}",
    causes: [
        "ليس في التطبيق",
        "ليس في السجل",
        "موجود أكثر من مرة",
        "ربما هذا: في الجهة الأخرى مجاميع فقط",
    ],
    elsewhere: "هو في الجهة الأخرى في {periods}",
    case: "{key} ({side}، {place}): {why}",
};
