//! Prints one of everything into a folder, to be looked at: see `docs/README.md`.
#![allow(missing_docs)]

use std::error::Error;
use std::path::Path;

use outpost_print::{
    Agreement, AgreementText, Becomes, CalendarLine, CalendarSort, CaseCause, CaseLine, CasePlace,
    Chart, ChartKind, DayConflict, Decision, Difference, Fonts, GoNoGo, HandOverList, HandOverRow,
    Label, LabelOptions, Language, Light, Missing, MissingPart, OpenEnd, Owner, Panel, Panels,
    PlanLine, ReadinessLine, Series, SiteCheck, Stock, StopWhy, agreements_pdf, chart,
    go_no_go_pdf, hand_over_list_pdf, label, labels_pdf, panels,
};

type Done = Result<(), Box<dyn Error>>;

fn main() -> Done {
    let folder = std::env::args().nth(1).ok_or("name a folder")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let fonts = Fonts::carried()?;
    labels(&fonts, folder)?;
    agreements(&fonts, folder)?;
    lists(&fonts, folder)?;
    charts(&fonts, folder)?;
    first_weeks(&fonts, folder)?;
    reports(&fonts, folder)
}

const NAMES: [(&str, &str, &str); 4] = [
    ("Amina Okoye", "+250 788 100 017", "Gasabo"),
    ("Ŋaajo Ɓello", "+250 788 100 018", "Bò — Kàkùà"),
    ("Marie-Antoinette Uwimana-Nyirahabimana de la Providence", "+250 788 100 019", "Nyarugenge"),
    ("", "", "Gasabo"),
];

fn some(number: u32, (health_worker, sim, district): (&str, &str, &str)) -> Label {
    Label {
        number: format!("{number:06}"),
        health_worker: Some(health_worker.to_owned()),
        sim: Some(sim.to_owned()),
        district: district.to_owned(),
        code: format!("OP1:{number:06}:k7Qm2xT9aVbN4cRz8LpE"),
    }
}

fn labels(fonts: &Fonts, folder: &Path) -> Done {
    for stock in Stock::ALL {
        let options = LabelOptions::on(stock);
        let all = (1..=30).zip(NAMES.iter().cycle()).map(|(number, names)| some(number, *names));
        let printed = labels_pdf(fonts, &options, all)?;
        std::fs::write(folder.join(format!("labels-{}.pdf", stock.name())), printed.bytes)?;
        let one = label(fonts, &options, &some(17, NAMES[0]))?;
        std::fs::write(folder.join(format!("label-{}.svg", stock.name())), one.svg(fonts).bytes)?;
    }
    let arabic = LabelOptions { language: Language::Arabic, ..LabelOptions::on(Stock::AveryL7160) };
    let one = some(17, ("أمينة محمد الطيب", "+249 91 230 0017", "كسلا"));
    std::fs::write(folder.join("labels-ar.pdf"), labels_pdf(fonts, &arabic, [one])?.bytes)?;
    Ok(())
}

fn agreements(fonts: &Fonts, folder: &Path) -> Done {
    let mut agreement = Agreement {
        number: "000017".to_owned(),
        box_number: "000017".to_owned(),
        health_worker: "Amina Okoye".to_owned(),
        supervisor: "Jean Bosco Habimana".to_owned(),
        district: "Gasabo".to_owned(),
        facility: "Kacyiru health post".to_owned(),
        make_and_model: "Samsung Galaxy A05".to_owned(),
        serial: "R9XT70ABCDE".to_owned(),
        imei_1: "490154203237518".to_owned(),
        sim: "+250 788 100 017".to_owned(),
        iccid: "8925010000000000174".to_owned(),
        accessories: "charger, cable, cover".to_owned(),
        owner: Some(Owner::Institution),
        programme: "Community Health Programme".to_owned(),
        ..Agreement::default()
    };
    for language in Language::ALL {
        if language == Language::Arabic {
            agreement.health_worker = "أمينة محمد الطيب".to_owned();
            agreement.supervisor = "عثمان إدريس".to_owned();
            agreement.district = "كسلا".to_owned();
            agreement.facility = "مركز الصحة 3".to_owned();
            agreement.programme = "برنامج صحة المجتمع".to_owned();
            agreement.accessories = "شاحن وكابل".to_owned();
        }
        let text = AgreementText::carried(language);
        let printed = agreements_pdf(fonts, &text, std::slice::from_ref(&agreement))?;
        std::fs::write(folder.join(format!("agreement-{}.pdf", language.tag())), printed.bytes)?;
    }
    Ok(())
}

fn lists(fonts: &Fonts, folder: &Path) -> Done {
    let row = |(number, (health_worker, sim, _)): (usize, &(&str, &str, &str))| HandOverRow {
        number: format!("{:06}", number + 1),
        box_number: format!("{:06}", number + 1),
        health_worker: (*health_worker).to_owned(),
        facility: "Kacyiru health post".to_owned(),
        sim: (*sim).to_owned(),
        date: String::new(),
    };
    let list = HandOverList {
        district: "Gasabo".to_owned(),
        handed_over_by: "Jean Bosco Habimana".to_owned(),
        printed_on: "2026-12-01".to_owned(),
        rows: NAMES.iter().cycle().take(30).enumerate().map(row).collect(),
    };
    let printed = hand_over_list_pdf(fonts, Language::English, &[list])?;
    std::fs::write(folder.join("hand-over-list.pdf"), printed.bytes)?;
    Ok(())
}

fn run(kind: ChartKind) -> Chart {
    let series = |name: &str, values: [f64; 6]| Series {
        name: name.to_owned(),
        values: values.map(Some).into(),
    };
    Chart {
        kind,
        title: "Kacyiru: parallel run, antenatal visits".to_owned(),
        unit: "visits".to_owned(),
        names: (34..40).map(|week| format!("2026W{week}")).collect(),
        series: vec![
            series("Paper register", [41.0, 38.0, 44.0, 40.0, 37.0, 42.0]),
            series("App", [29.0, 35.0, 41.0, 40.0, 37.0, 42.0]),
        ],
    }
}

fn charts(fonts: &Fonts, folder: &Path) -> Done {
    for (name, kind) in [("bars", ChartKind::Bars), ("lines", ChartKind::Lines)] {
        let mut it = run(kind);
        if kind == ChartKind::Bars {
            it.series.push(Series { name: "Refused".to_owned(), values: vec![Some(9.0); 6] });
            it.series.push(Series { name: "Late".to_owned(), values: vec![Some(20.0); 6] });
        }
        let drawing = chart(fonts, Language::English, &it)?;
        std::fs::write(folder.join(format!("chart-{name}.svg")), drawing.svg(fonts).bytes)?;
        let picture = drawing.png(fonts, 110.0)?;
        std::fs::write(folder.join(format!("chart-{name}.png")), picture.bytes)?;
    }
    Ok(())
}

/// Two weeks of a site: who synchronised, and what nobody knows.
fn first_weeks(fonts: &Fonts, folder: &Path) -> Done {
    let part = |name: &str, values: [i32; 14]| Series {
        name: name.to_owned(),
        values: values.map(|value| (value >= 0).then_some(f64::from(value))).into(),
    };
    for (language, site) in
        [(Language::English, "Kacyiru health post"), (Language::Arabic, "مركز الصحة 3")]
    {
        let words = language.chart_words();
        let panel = |title: &str, parts| Panel { title: title.to_owned(), parts };
        let chart = Panels {
            title: format!("{site}: {}", words.first_weeks),
            span: "2026-12-14 – 2026-12-27".to_owned(),
            names: (14..28).map(|day| format!("12-{day}")).collect(),
            panels: vec![
                panel(
                    words.devices,
                    vec![
                        part(words.synchronised, [0, 3, 7, 9, 9, 2, 1, 10, 11, 10, 11, 6, 5, 2]),
                        part(words.silent, [0, 5, 3, 3, 3, 10, 11, 2, 1, 2, 1, 6, 5, 1]),
                        part(words.not_known, [8, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 9]),
                    ],
                ),
                panel(words.requests, vec![part("", [2, 4, 3, 1, 0, 0, 0, 1, 0, 2, 0, 0, 0, -1])]),
                panel(words.refused, vec![part("", [-1, 0, 12, 9, 3, 0, 0, 1, 0, 0, 0, 0, 0, 0])]),
            ],
        };
        let drawing = panels(fonts, language, &chart)?;
        let name = format!("chart-first-weeks-{}", language.tag());
        std::fs::write(folder.join(format!("{name}.svg")), drawing.svg(fonts).bytes)?;
        std::fs::write(folder.join(format!("{name}.png")), drawing.png(fonts, 110.0)?.bytes)?;
    }
    Ok(())
}

/// What people typed, as they do in each language.
struct Typed {
    site: &'static str,
    decided_by: &'static str,
    reason: &'static str,
    register: &'static str,
    tally: &'static str,
    supervisor: &'static str,
    why: [&'static str; 2],
    campaign: &'static str,
    helpers: &'static str,
    visits: &'static str,
    away: &'static str,
}

const TYPED: [(Language, Typed); 3] = [
    (
        Language::English,
        Typed {
            site: "Kacyiru health post",
            decided_by: "District officer, Gasabo",
            reason: "Two agreements are open and three cases are missing in the app.",
            register: "Paper register",
            tally: "Weekly tally by text message",
            supervisor: "J. B. Habimana",
            why: ["Figures of one quarter", "The app counts it"],
            campaign: "Measles campaign",
            helpers: "Two people of tier 2 at the site, 08:00 to 16:00",
            visits: "Antenatal visits",
            away: "1 on leave",
        },
    ),
    (
        Language::French,
        Typed {
            site: "Poste de santé de Kacyiru",
            decided_by: "Chef du district, Gasabo",
            reason: "Deux accords sont ouverts et trois cas manquent dans l’application.",
            register: "Registre papier",
            tally: "Comptage hebdomadaire par SMS",
            supervisor: "J. B. Habimana",
            why: ["Les chiffres d’un trimestre", "L’application le compte"],
            campaign: "Campagne contre la rougeole",
            helpers: "Deux personnes du niveau 2 sur place, de 8 h à 16 h",
            visits: "Consultations prénatales",
            away: "1 en congé",
        },
    ),
    (
        Language::Arabic,
        Typed {
            site: "مركز الصحة 3",
            decided_by: "مدير المنطقة، كسلا",
            reason: "اتفاقان مفتوحان وثلاث حالات ناقصة في التطبيق.",
            register: "السجل الورقي",
            tally: "العدّ الأسبوعي بالرسائل",
            supervisor: "عثمان إدريس",
            why: ["أرقام ربع سنة", "يحسبها التطبيق"],
            campaign: "حملة الحصبة",
            helpers: "شخصان من المستوى 2 في الموقع، من 8 إلى 16",
            visits: "زيارات الحوامل",
            away: "واحدة في إجازة",
        },
    ),
];

fn plan(it: &Typed) -> Vec<PlanLine> {
    let line = |(what, becomes, until, compares, reason): (&str, _, &str, &str, &str)| PlanLine {
        what: what.to_owned(),
        becomes,
        until: until.to_owned(),
        compares: compares.to_owned(),
        decided_by: it.decided_by.to_owned(),
        reason: reason.to_owned(),
    };
    vec![
        line((it.register, Becomes::Parallel, "2027-01-31", it.supervisor, it.why[0])),
        line((it.tally, Becomes::Ended, "", "", it.why[1])),
    ]
}

fn readiness(it: &Typed) -> Vec<ReadinessLine> {
    let text = |text: &str| MissingPart::Text(text.to_owned());
    let open = vec![
        text("000018 ("),
        MissingPart::Open(OpenEnd::Council),
        text(", "),
        MissingPart::Open(OpenEnd::Stamp(2)),
        text("), 000021 ("),
        MissingPart::Open(OpenEnd::Copy(2)),
        text(")"),
    ];
    let counted = |done, missing| Missing::Counted { done, of: 12, missing };
    vec![
        (SiteCheck::Devices, Light::Green, Missing::Nothing),
        (SiteCheck::Agreements, Light::Red, counted(10, open)),
        (SiteCheck::Accounts, Light::Red, Missing::NobodyLooked),
        (SiteCheck::Training, Light::Amber, counted(11, vec![text(it.away)])),
        (SiteCheck::FirstSync, Light::Amber, counted(11, vec![text("000021")])),
        (SiteCheck::Metadata, Light::Red, Missing::NothingToCount),
        (SiteCheck::SupportContact, Light::Green, Missing::Nothing),
    ]
    .into_iter()
    .map(|(check, light, missing)| ReadinessLine { check, light, missing })
    .collect()
}

fn differing(it: &Typed) -> Difference {
    let case = |key: &str, place, cause| CaseLine::Case {
        key: key.to_owned(),
        is_of_app: false,
        place,
        cause,
    };
    let week = vec!["2026W37".to_owned()];
    Difference {
        period: "2026W36".to_owned(),
        what: it.visits.to_owned(),
        before: "44".to_owned(),
        app: "41".to_owned(),
        difference: "-3".to_owned(),
        behind: vec![
            case("R-012", CasePlace::Line(12), CaseCause::NotInApp),
            case("R-019", CasePlace::Line(19), CaseCause::NotInApp),
            case("R-027", CasePlace::Line(27), CaseCause::OtherPeriod(week)),
            CaseLine::Case {
                key: "R-031".to_owned(),
                is_of_app: true,
                place: CasePlace::Record("EvAbcdefg01".to_owned(), "2026-09-04".to_owned()),
                cause: CaseCause::Twice,
            },
        ],
    }
}

fn reports(fonts: &Fonts, folder: &Path) -> Done {
    for (language, it) in &TYPED {
        let words = language.chart_words();
        let entry = |what: &str, from: &str, to: &str| CalendarLine {
            what: what.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
        };
        let campaign = entry(it.campaign, "2026-12-10", "2026-12-18");
        let mut chart = run(ChartKind::Lines);
        chart.title = format!("{}: {}", it.site, it.visits);
        chart.unit = String::new();
        for (series, name) in chart.series.iter_mut().zip([words.register, words.app]) {
            series.name = name.to_owned();
        }
        let report = GoNoGo {
            site: it.site.to_owned(),
            go_live_on: "2026-12-14".to_owned(),
            decision: Decision::NoGo,
            decided_by: it.decided_by.to_owned(),
            reason: it.reason.to_owned(),
            readiness: readiness(it),
            plan: plan(it),
            conflicts: vec![
                DayConflict::OnTheDay(CalendarSort::Campaign, campaign),
                DayConflict::NoSupport { bare: 7, days: 14, first: "2026-12-21".to_owned() },
            ],
            support: vec![entry(it.helpers, "2026-12-14", "2026-12-20")],
            stop: Some(StopWhy::Differ(vec![("2026W36".to_owned(), it.visits.to_owned(), -3)])),
            differences: vec![differing(it)],
            charts: vec![chart],
            printed_on: "2026-12-01".to_owned(),
        };
        let printed = go_no_go_pdf(fonts, *language, &report)?;
        std::fs::write(folder.join(format!("go-no-go-{}.pdf", language.tag())), printed.bytes)?;
    }
    Ok(())
}
