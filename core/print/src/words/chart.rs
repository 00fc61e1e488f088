//! Words of charts in the languages that paper is printed in.

use super::Language;

/// Words of one language for the charts of a roll-out.
#[derive(Debug)]
#[allow(missing_docs)] // The English words say it.
pub struct ChartWords {
    pub first_weeks: &'static str,
    pub readiness: &'static str,
    pub devices: &'static str,
    pub synchronised: &'static str,
    /// With `{days}`.
    pub recent: &'static str,
    pub silent: &'static str,
    pub not_known: &'static str,
    pub requests: &'static str,
    pub refused: &'static str,
    pub register: &'static str,
    pub app: &'static str,
    pub green: &'static str,
    pub amber: &'static str,
    pub red: &'static str,
    pub support: &'static str,
    pub in_time: &'static str,
    pub late: &'static str,
    pub unanswered: &'static str,
    pub not_due: &'static str,
}

impl Language {
    /// Words for the titles and legends of charts.
    #[must_use]
    pub const fn chart_words(self) -> &'static ChartWords {
        &self.words().chart
    }
}

pub(super) const ENGLISH: ChartWords = ChartWords {
    first_weeks: "First weeks",
    readiness: "Readiness",
    devices: "Devices",
    synchronised: "Synchronised",
    recent: "Synchronised within {days} days",
    silent: "Did not synchronise",
    not_known: "Not known",
    requests: "Support requests",
    refused: "Refused records",
    register: "Register",
    app: "App",
    green: "Green",
    amber: "Amber",
    red: "Red",
    support: "Support",
    in_time: "In time",
    late: "Late",
    unanswered: "Nobody answered",
    not_due: "There is time",
};

pub(super) const FRENCH: ChartWords = ChartWords {
    first_weeks: "Premières semaines",
    readiness: "Préparation",
    devices: "Appareils",
    synchronised: "Synchronisés",
    recent: "Synchronisés en {days} jours",
    silent: "Non synchronisés",
    not_known: "Inconnu",
    requests: "Demandes d’aide",
    refused: "Fiches refusées",
    register: "Registre",
    app: "Application",
    green: "Vert",
    amber: "Orange",
    red: "Rouge",
    support: "Assistance",
    in_time: "Dans les délais",
    late: "En retard",
    unanswered: "Sans réponse",
    not_due: "Délai en cours",
};

pub(super) const ARABIC: ChartWords = ChartWords {
    first_weeks: "الأسابيع الأولى",
    readiness: "الجاهزية",
    devices: "الأجهزة",
    synchronised: "تمت مزامنتها",
    recent: "تمت مزامنتها خلال {days} أيام",
    silent: "لم تُزامَن",
    not_known: "غير معروف",
    requests: "طلبات المساعدة",
    refused: "سجلات مرفوضة",
    register: "السجل",
    app: "التطبيق",
    green: "أخضر",
    amber: "برتقالي",
    red: "أحمر",
    support: "الدعم",
    in_time: "في الوقت",
    late: "متأخر",
    unanswered: "بلا رد",
    not_due: "ما زال هناك وقت",
};
