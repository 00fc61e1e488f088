//! Prints one of everything into a folder, to be looked at: see `docs/README.md`.
#![allow(missing_docs)]

use std::error::Error;
use std::path::Path;

use outpost_print::{
    Agreement, AgreementText, Chart, ChartKind, Decision, Difference, Fonts, GoNoGo, HandOverList,
    HandOverRow, Label, LabelOptions, Language, Light, Owner, ReadinessLine, Series, Stock,
    Verdict, agreements_pdf, chart, go_no_go_pdf, hand_over_list_pdf, label, labels_pdf,
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

fn reports(fonts: &Fonts, folder: &Path) -> Done {
    let line = |check: &str, light, missing: &str| ReadinessLine {
        check: check.to_owned(),
        light,
        missing: missing.to_owned(),
    };
    let report = GoNoGo {
        site: "Kacyiru health post".to_owned(),
        go_live_on: "2026-12-14".to_owned(),
        decision: Decision::NoGo,
        decided_by: "District officer, Gasabo".to_owned(),
        reason: "Two agreements are open and three cases are missing in the app.".to_owned(),
        readiness: vec![
            line("Devices", Light::Green, ""),
            line("Agreements", Light::Red, "000018: stamp of the council; 000021: copy 2"),
            line("Training", Light::Amber, "1 of 12 people was not there"),
        ],
        plan: vec![
            "Paper register: kept in parallel until 2027-01-31; the supervisor compares."
                .to_owned(),
            "Weekly tally by text message: eliminated.".to_owned(),
        ],
        conflicts: vec!["2026-12-14 lies in the measles campaign (2026-12-10 to 18).".to_owned()],
        support: vec![
            "Weeks 1 and 2: two people of tier 2 at the site, 08:00 to 16:00.".to_owned(),
        ],
        verdict: (Verdict::NotSafe, "The last period that must agree differs by 3.".to_owned()),
        differences: vec![Difference {
            period: "2026W36".to_owned(),
            what: "Antenatal visits".to_owned(),
            before: "44".to_owned(),
            app: "41".to_owned(),
            difference: "-3".to_owned(),
            behind: vec![
                "register line 12, 2026-09-01: not in the app".to_owned(),
                "register line 19, 2026-09-03: not in the app".to_owned(),
                "register line 27, 2026-09-04: not in the app".to_owned(),
            ],
        }],
        charts: vec![run(ChartKind::Lines)],
        printed_on: "2026-12-01".to_owned(),
    };
    for language in [Language::English, Language::French, Language::Arabic] {
        let printed = go_no_go_pdf(fonts, language, &report)?;
        std::fs::write(folder.join(format!("go-no-go-{}.pdf", language.tag())), printed.bytes)?;
    }
    Ok(())
}
