//! Fixed words on paper, in the languages that paper is printed in.

mod chart;
mod site;

pub use chart::ChartWords;
pub(crate) use site::SiteWords;

use crate::text::Direction;

/// A language that paper is printed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// French.
    French,
    /// Arabic; runs from the right.
    Arabic,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::English, Self::French, Self::Arabic];

    /// As in HTML and in DHIS2's settings: `en`, `fr`, `ar`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
            Self::Arabic => "ar",
        }
    }

    /// By its tag; a region after it does not matter.
    #[must_use]
    pub fn tagged(tag: &str) -> Option<Self> {
        let short = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(short))
    }

    /// Which way its texts begin.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self {
            Self::English | Self::French => Direction::LeftToRight,
            Self::Arabic => Direction::RightToLeft,
        }
    }

    pub(crate) const fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::French => &FRENCH,
            Self::Arabic => &ARABIC,
        }
    }
}

/// The words of one language.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) labels: &'static str,
    pub(crate) number: &'static str,
    pub(crate) health_worker: &'static str,
    pub(crate) sim: &'static str,
    pub(crate) district: &'static str,
    /// With `{copy}` and `{of}`.
    pub(crate) copy: &'static str,
    pub(crate) kept: [&'static str; 2],
    pub(crate) version: &'static str,
    /// With `{page}` and `{pages}`.
    pub(crate) page: &'static str,
    pub(crate) device: &'static str,
    pub(crate) facts: [&'static str; FACTS],
    pub(crate) signatures: &'static str,
    pub(crate) signers: [&'static str; 3],
    pub(crate) name: &'static str,
    pub(crate) signature: &'static str,
    pub(crate) date: &'static str,
    pub(crate) stamp: &'static str,
    pub(crate) owners: [&'static str; 2],
    pub(crate) hand_over_list: &'static str,
    pub(crate) list_columns: [&'static str; 7],
    pub(crate) devices_in_all: &'static str,
    pub(crate) handed_over_by: &'static str,
    pub(crate) printed_on: &'static str,
    pub(crate) report: ReportWords,
    pub(crate) chart: ChartWords,
    pub(crate) site: SiteWords,
}

/// How many facts of a device an agreement states.
pub(crate) const FACTS: usize = 13;

/// Words of the go/no-go report.
#[derive(Debug)]
pub(crate) struct ReportWords {
    pub(crate) title: &'static str,
    pub(crate) go: &'static str,
    pub(crate) no_go: &'static str,
    pub(crate) cut_over: &'static str,
    pub(crate) reversed: &'static str,
    pub(crate) undecided: &'static str,
    pub(crate) decided_by: &'static str,
    pub(crate) date: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) readiness: &'static str,
    pub(crate) check: &'static str,
    pub(crate) state: &'static str,
    pub(crate) missing: &'static str,
    pub(crate) lights: [&'static str; 3],
    pub(crate) plan: &'static str,
    pub(crate) conflicts: &'static str,
    pub(crate) support: &'static str,
    pub(crate) comparison: &'static str,
    pub(crate) comparison_columns: [&'static str; 5],
    pub(crate) no_differences: &'static str,
    pub(crate) behind: &'static str,
    pub(crate) safe: &'static str,
    pub(crate) not_safe: &'static str,
    pub(crate) not_compared: &'static str,
    pub(crate) none: &'static str,
}

static ENGLISH: Words = Words {
    labels: "Device labels",
    number: "Number",
    health_worker: "Health worker",
    sim: "SIM number",
    district: "District",
    copy: "Copy {copy} of {of}",
    kept: ["stays with the district", "goes to the partner, box file of the district"],
    version: "Text",
    page: "Page {page} of {pages}",
    device: "The device",
    facts: [
        "Number",
        "Box",
        "Health worker",
        "Supervisor",
        "District",
        "Make and model",
        "Serial number",
        "IMEI 1",
        "IMEI 2",
        "SIM number",
        "SIM card (ICCID)",
        "Accessories",
        "Owner",
    ],
    signatures: "Signatures",
    signers: ["Health worker", "Supervisor", "Council"],
    name: "Name",
    signature: "Signature",
    date: "Date",
    stamp: "Stamp of the council",
    owners: ["the institution", "the health worker"],
    hand_over_list: "Hand-over list",
    list_columns: ["No.", "Box", "Health worker", "Facility", "SIM number", "Date", "Signature"],
    devices_in_all: "Devices in all",
    handed_over_by: "Handed over by",
    printed_on: "Printed on",
    report: ReportWords {
        title: "Go-live: go or no-go",
        go: "GO",
        no_go: "NO-GO",
        cut_over: "CUT OVER",
        reversed: "REVERSED",
        undecided: "NOT DECIDED",
        decided_by: "Decided by",
        date: "Go-live on",
        reason: "Reason",
        readiness: "Readiness",
        check: "What is checked",
        state: "State",
        missing: "What is missing",
        lights: ["RED", "AMBER", "GREEN"],
        plan: "What becomes of what was there before",
        conflicts: "Conflicts with the calendar",
        support: "Extra support in the first weeks",
        comparison: "Parallel run",
        comparison_columns: ["Period", "What is counted", "Before", "App", "Difference"],
        no_differences: "All totals agree.",
        behind: "Records behind",
        safe: "It is safe to stop the old way.",
        not_safe: "It is not safe to stop the old way.",
        not_compared: "Nothing was compared.",
        none: "None.",
    },
    chart: chart::ENGLISH,
    site: site::ENGLISH,
};

static FRENCH: Words = Words {
    labels: "Étiquettes des appareils",
    number: "Numéro",
    health_worker: "Agent de santé",
    sim: "Numéro SIM",
    district: "District",
    copy: "Exemplaire {copy} sur {of}",
    kept: ["reste au district", "revient au partenaire, classeur du district"],
    version: "Texte",
    page: "Page {page} sur {pages}",
    device: "L’appareil",
    facts: [
        "Numéro",
        "Boîte",
        "Agent de santé",
        "Superviseur",
        "District",
        "Marque et modèle",
        "Numéro de série",
        "IMEI 1",
        "IMEI 2",
        "Numéro SIM",
        "Carte SIM (ICCID)",
        "Accessoires",
        "Propriétaire",
    ],
    signatures: "Signatures",
    signers: ["Agent de santé", "Superviseur", "Conseil"],
    name: "Nom",
    signature: "Signature",
    date: "Date",
    stamp: "Cachet du conseil",
    owners: ["l’institution", "l’agent de santé"],
    hand_over_list: "Liste de remise",
    list_columns: ["N°", "Boîte", "Agent de santé", "Structure", "Numéro SIM", "Date", "Signature"],
    devices_in_all: "Nombre d’appareils",
    handed_over_by: "Remis par",
    printed_on: "Imprimé le",
    report: ReportWords {
        title: "Mise en service : décision",
        go: "OUI",
        no_go: "NON",
        cut_over: "BASCULE FAITE",
        reversed: "RETOUR EN ARRIÈRE",
        undecided: "PAS DE DÉCISION",
        decided_by: "Décidé par",
        date: "Mise en service le",
        reason: "Raison",
        readiness: "Préparation",
        check: "Ce qui est vérifié",
        state: "État",
        missing: "Ce qui manque",
        lights: ["ROUGE", "ORANGE", "VERT"],
        plan: "Ce que devient ce qui existait",
        conflicts: "Conflits avec le calendrier",
        support: "Appui renforcé des premières semaines",
        comparison: "Marche en parallèle",
        comparison_columns: ["Période", "Ce qui est compté", "Avant", "Appli", "Écart"],
        no_differences: "Tous les totaux concordent.",
        behind: "Fiches concernées",
        safe: "L’ancienne méthode peut être arrêtée sans risque.",
        not_safe: "L’ancienne méthode ne peut pas encore être arrêtée.",
        not_compared: "Rien n’a été comparé.",
        none: "Aucun.",
    },
    chart: chart::FRENCH,
    site: site::FRENCH,
};

static ARABIC: Words = Words {
    labels: "ملصقات الأجهزة",
    number: "الرقم",
    health_worker: "العامل الصحي",
    sim: "رقم الشريحة",
    district: "المنطقة",
    copy: "النسخة {copy} من {of}",
    kept: ["تبقى لدى المنطقة", "تعود إلى الشريك، ملف المنطقة"],
    version: "النص",
    page: "صفحة {page} من {pages}",
    device: "الجهاز",
    facts: [
        "الرقم",
        "الصندوق",
        "العامل الصحي",
        "المشرف",
        "المنطقة",
        "الصنع والطراز",
        "الرقم التسلسلي",
        "IMEI 1",
        "IMEI 2",
        "رقم الشريحة",
        "بطاقة الشريحة (ICCID)",
        "الملحقات",
        "المالك",
    ],
    signatures: "التوقيعات",
    signers: ["العامل الصحي", "المشرف", "المجلس"],
    name: "الاسم",
    signature: "التوقيع",
    date: "التاريخ",
    stamp: "ختم المجلس",
    owners: ["المؤسسة", "العامل الصحي"],
    hand_over_list: "قائمة التسليم",
    list_columns: [
        "الرقم",
        "الصندوق",
        "العامل الصحي",
        "المرفق",
        "رقم الشريحة",
        "التاريخ",
        "التوقيع",
    ],
    devices_in_all: "عدد الأجهزة",
    handed_over_by: "سلّمها",
    printed_on: "طُبع في",
    report: ReportWords {
        title: "بدء التشغيل: القرار",
        go: "نعم",
        no_go: "لا",
        cut_over: "تم الانتقال",
        reversed: "عادت الطريقة القديمة",
        undecided: "لم يُقرَّر بعد",
        decided_by: "صاحب القرار",
        date: "بدء التشغيل في",
        reason: "السبب",
        readiness: "الجاهزية",
        check: "ما يُفحص",
        state: "الحالة",
        missing: "ما ينقص",
        lights: ["أحمر", "برتقالي", "أخضر"],
        plan: "مصير ما كان قائمًا",
        conflicts: "تعارض مع التقويم",
        support: "دعم إضافي في الأسابيع الأولى",
        comparison: "التشغيل الموازي",
        comparison_columns: ["الفترة", "ما يُحصى", "قبل", "التطبيق", "الفرق"],
        no_differences: "جميع المجاميع متطابقة.",
        behind: "السجلات المعنية",
        safe: "يمكن إيقاف الطريقة القديمة بأمان.",
        not_safe: "لا يمكن إيقاف الطريقة القديمة بعد.",
        not_compared: "لم تُجرَ أي مقارنة.",
        none: "لا شيء.",
    },
    chart: chart::ARABIC,
    site: site::ARABIC,
};
