//! Paper as it leaves the printer: PDFs are rendered to pixels, codes read back, texts copied out.
//!
//! Needs `pdftoppm`, `pdftotext` and `pdffonts` (Debian: poppler-utils).
#![allow(missing_docs, clippy::print_stdout, reason = "a suite; what it skips is said")]

use std::process::{Command, Stdio};

use outpost_print::{
    Agreement, AgreementText, CalendarLine, CalendarSort, Chart, ChartKind, Correction,
    DayConflict, Decision, Fonts, GoNoGo, HandOverList, HandOverRow, Label, LabelOptions, Language,
    Light, Missing, PrintError, ReadinessLine, Series, SiteCheck, Stock, agreements_pdf, chart,
    go_no_go_pdf, hand_over_list_pdf, label, labels_pdf, limits,
};

fn fonts() -> Fonts {
    Fonts::carried().expect("carried fonts load")
}

/// What the poppler tool says about a document; `None` with a word if it is not installed.
fn poppler(tool: &str, pdf: &[u8], arguments: &[&str]) -> Option<Vec<u8>> {
    if Command::new(tool).arg("-v").stderr(Stdio::null()).stdout(Stdio::null()).status().is_err() {
        println!("skipped: {tool} is not installed (Debian: poppler-utils)");
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("it.pdf");
    std::fs::write(&file, pdf).expect("written");
    let place = |argument: &&str| match *argument {
        "FILE" => file.clone().into_os_string(),
        other => other.into(),
    };
    let ran = Command::new(tool).args(arguments.iter().map(place)).output().expect("it runs");
    assert!(ran.status.success(), "{tool}: {}", String::from_utf8_lossy(&ran.stderr));
    assert!(ran.stderr.is_empty(), "{tool}: {}", String::from_utf8_lossy(&ran.stderr));
    Some(ran.stdout)
}

/// A page in grey.
#[derive(Clone)]
struct Page {
    width: usize,
    height: usize,
    grey: Vec<u8>,
}

impl Page {
    /// Page `number` of a document at so many dots an inch.
    fn of(pdf: &[u8], number: usize, dots: u32) -> Option<Self> {
        let (dots, number) = (dots.to_string(), number.to_string());
        let arguments = ["-r", &dots, "-f", &number, "-l", &number, "-gray", "FILE"];
        let pgm = poppler("pdftoppm", pdf, &arguments)?;
        let mut parts = pgm.splitn(4, |byte| byte.is_ascii_whitespace());
        assert_eq!(parts.next(), Some(&b"P5"[..]));
        let mut side = || -> usize {
            let text = std::str::from_utf8(parts.next().expect("a side")).expect("digits");
            text.parse().expect("a number")
        };
        let (width, height) = (side(), side());
        let rest = parts.next().expect("pixels");
        let grey = rest[rest.len() - width * height..].to_vec();
        Some(Self { width, height, grey })
    }

    fn at(&self, x: isize, y: isize) -> u8 {
        match (usize::try_from(x), usize::try_from(y)) {
            (Ok(x), Ok(y)) if x < self.width && y < self.height => self.grey[y * self.width + x],
            _ => 255,
        }
    }

    fn map(&self, grey: impl Fn(isize, isize) -> u8) -> Self {
        let (width, height) = (self.width as isize, self.height as isize);
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Self { grey: pixels.map(|(x, y)| grey(x, y)).collect(), ..*self }
    }

    /// The mean of a square around each pixel, twice: as a lens that is out of focus.
    fn blurred(&self, by: isize) -> Self {
        let once = |page: &Self| {
            page.map(|x, y| {
                let around = (-by..=by).flat_map(|dy| (-by..=by).map(move |dx| (dx, dy)));
                let sum: usize = around.map(|(dx, dy)| usize::from(page.at(x + dx, y + dy))).sum();
                let count = (2 * by as usize + 1).pow(2);
                u8::try_from(sum / count).expect("a mean of bytes")
            })
        };
        once(&once(self))
    }

    fn rotated(&self, degrees: f64) -> Self {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        let (cx, cy) = (self.width as f64 / 2.0, self.height as f64 / 2.0);
        self.map(|x, y| {
            let (dx, dy) = (x as f64 - cx, y as f64 - cy);
            let from = (cx + dx * cosine + dy * sine, cy - dx * sine + dy * cosine);
            let (x, y) = (from.0.floor(), from.1.floor());
            let (right, down) = (from.0 - x, from.1 - y);
            let at = |dx: isize, dy: isize| f64::from(self.at(x as isize + dx, y as isize + dy));
            let upper = at(0, 0) * (1.0 - right) + at(1, 0) * right;
            let lower = at(0, 1) * (1.0 - right) + at(1, 1) * right;
            (upper * (1.0 - down) + lower * down).round() as u8
        })
    }

    fn cut(&self, x: usize, y: usize, width: usize, height: usize) -> Self {
        let rows = (y..(y + height).min(self.height)).flat_map(|row| {
            let start = row * self.width;
            self.grey[start + x..start + (x + width).min(self.width)].iter().copied()
        });
        let width = width.min(self.width - x);
        Self { width, height: height.min(self.height - y), grey: rows.collect() }
    }

    /// With white around it, so that nothing is lost when it is turned.
    fn padded(&self) -> Self {
        let by = self.width.max(self.height) / 4;
        let (width, height) = (self.width + 2 * by, self.height + 2 * by);
        let wide = Self { width, height, grey: vec![255; width * height] };
        wide.map(|x, y| self.at(x - by as isize, y - by as isize))
    }

    /// What the codes on it say.
    fn codes(&self) -> Vec<String> {
        let at = |x: usize, y: usize| self.grey[y * self.width + x];
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(self.width, self.height, at);
        let found = image.detect_grids().into_iter().filter_map(|grid| grid.decode().ok());
        found.map(|(_, text)| text).collect()
    }
}

fn one(number: u32) -> Label {
    Label {
        number: format!("{number:06}"),
        health_worker: Some("Amina Okoye".to_owned()),
        sim: Some("+250 788 100 017".to_owned()),
        district: "Gasabo".to_owned(),
        code: format!("OP1:{number:06}:k7Qm2xT9aVbN4cRz8LpE"),
    }
}

fn text(pdf: &[u8]) -> Option<String> {
    let text = poppler("pdftotext", pdf, &["-layout", "FILE", "-"])?;
    let text = String::from_utf8(text).expect("UTF-8");
    // Marks of direction are not part of what people read.
    let is_mark = |c: char| matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    Some(text.chars().filter(|c| !is_mark(*c)).collect())
}

/// Corner, width and height of a label in millimetres, from the makers' sheets; and the width of its code.
fn label_mm(stock: Stock, place: usize) -> ([f64; 4], f64) {
    let (column, row) = (|columns| (place % columns) as f64, |columns| (place / columns) as f64);
    match stock {
        Stock::AveryL7160 => {
            ([7.25 + 66.0 * column(3), 15.15 + 38.1 * row(3), 63.5, 38.1], 2.5 + 33.1)
        }
        Stock::AveryL7163 => {
            ([4.65 + 101.6 * column(2), 15.15 + 38.1 * row(2), 99.1, 38.1], 2.5 + 33.1)
        }
        Stock::Tape62 => ([0.0, 0.0, 62.0, 29.0], 1.8 + 26.0),
        Stock::Tape24 => ([0.0, 0.0, 70.0, 24.0], 2.0 + 18.0),
    }
}

/// A label as a phone sees it that is held over it.
fn seen(page: &Page, dots: f64, stock: Stock, place: usize) -> Page {
    let ([x, y, _, height], width) = label_mm(stock, place);
    let pixels = |mm: f64| (mm / 25.4 * dots) as usize;
    page.cut(pixels(x), pixels(y), pixels(width), pixels(height))
}

#[test]
fn every_code_on_a_sheet_is_read_from_its_pixels() {
    for stock in Stock::ALL {
        let count = stock.on_page();
        let labels = (1..=u32::try_from(count).expect("small")).map(one);
        let printed = labels_pdf(&fonts(), &LabelOptions::on(stock), labels).expect("printed");
        assert_eq!((printed.pages, printed.missing.len()), (1, 0));
        let Some(page) = Page::of(&printed.bytes, 1, 200) else { return };
        for place in 0..count {
            let number = u32::try_from(place + 1).expect("small");
            let codes = seen(&page, 200.0, stock, place).codes();
            assert_eq!(codes, [one(number).code], "{} {place}", stock.name());
        }
    }
}

#[test]
fn a_code_is_read_when_it_is_blurred_and_turned() {
    for stock in Stock::ALL {
        let printed = labels_pdf(&fonts(), &LabelOptions::on(stock), [one(1)]).expect("printed");
        let Some(page) = Page::of(&printed.bytes, 1, 300) else { return };
        let code = seen(&page, 300.0, stock, 0);
        for degrees in [0.0, 23.0, 45.0, 180.0] {
            let worn = code.padded().rotated(degrees).blurred(1);
            assert_eq!(worn.codes(), [one(1).code], "{} {degrees}°", stock.name());
        }
    }
}

/// Modules of a side of the codes here: version 4.
const SIDE: usize = 33;

/// Whether a module is part of the pattern and not of the data (ISO/IEC 18004, version 4).
fn is_pattern(x: usize, y: usize) -> bool {
    let far = SIDE - 8;
    let finder = (y < 9 && (x < 9 || x >= far)) || (x < 9 && y >= far);
    finder || x == 6 || y == 6 || ((24..29).contains(&x) && (24..29).contains(&y))
}

/// The codeword to which each module belongs: pairs of columns from the right, up and down in turn.
fn codewords() -> Vec<((usize, usize), usize)> {
    let mut modules = Vec::new();
    let pairs = (0..SIDE).rev().filter(|x| *x != 6).collect::<Vec<_>>();
    for (turn, pair) in pairs.chunks(2).enumerate() {
        for step in 0..SIDE {
            let y = if turn % 2 == 0 { SIDE - 1 - step } else { step };
            modules.extend(pair.iter().map(|x| (*x, y)).filter(|(x, y)| !is_pattern(*x, *y)));
        }
    }
    modules.into_iter().enumerate().map(|(at, module)| (module, at / 8)).collect()
}

/// A blot around the middle, as large as it can be while it touches no more than three in ten of the
/// hundred codewords, and eight of each of the four blocks into which they are dealt in turn.
fn blot(rows_from: usize) -> [usize; 4] {
    let words = codewords();
    let touched = |[x0, y0, x1, y1]: [usize; 4]| {
        let is_under = |(x, y): (usize, usize)| (x0..x1).contains(&x) && (y0..y1).contains(&y);
        let under = words.iter().filter(|(module, _)| is_under(*module)).map(|(_, word)| *word);
        let under: std::collections::BTreeSet<_> = under.collect();
        let of_block = |block| under.iter().filter(|word| **word % 4 == block).count();
        (under.len(), (0..4).map(of_block).max().unwrap_or(0))
    };
    let mut largest = [0; 4];
    let area = |[x0, y0, x1, y1]: [usize; 4]| (x1 - x0) * (y1 - y0);
    for (x0, x1) in (9..16).flat_map(|x0| (17..24).map(move |x1| (x0, x1))) {
        for y1 in rows_from + 1..=SIDE {
            let it = [x0, rows_from, x1, y1];
            let (all, most) = touched(it);
            if all <= 30 && most <= 8 && area(it) > area(largest) {
                largest = it;
            }
        }
    }
    assert!(touched(largest).0 >= 27, "{largest:?} hides {:?}", touched(largest));
    largest
}

/// Edge and side of the code in the picture of a label.
fn ink(page: &Page) -> (usize, usize, usize) {
    let dark = |x: usize, y: usize| page.grey[y * page.width + x] < 128;
    let columns = || (0..page.width).filter(|x| (0..page.height).any(|y| dark(*x, y)));
    let (left, right) = (columns().min().expect("ink"), columns().max().expect("ink"));
    let top = (0..page.height).find(|y| (left..=right).any(|x| dark(x, *y))).expect("ink");
    (left, top, right - left + 1)
}

#[test]
fn a_code_is_read_blurred_and_turned_with_a_blot_on_three_in_ten_of_its_codewords() {
    let mut hidden_most = 0;
    for (stock, grey) in Stock::ALL.into_iter().flat_map(|stock| [(stock, 0), (stock, 255)]) {
        let printed = labels_pdf(&fonts(), &LabelOptions::on(stock), [one(1)]).expect("printed");
        let Some(page) = Page::of(&printed.bytes, 1, 300) else { return };
        let code = seen(&page, 300.0, stock, 0);
        let (left, top, side) = ink(&code);
        for [x0, y0, x1, y1] in [blot(9), blot(12)] {
            hidden_most = hidden_most.max((x1 - x0) * (y1 - y0) * 100 / (SIDE * SIDE));
            let module = side as f64 / SIDE as f64;
            let under = |at: isize, from: usize, start: usize, end: usize| {
                let at = at as f64 - from as f64;
                at >= start as f64 * module && at <= end as f64 * module
            };
            let blotted = code.map(|x, y| {
                let is_under = under(x, left, x0, x1) && under(y, top, y0, y1);
                if is_under { grey } else { code.at(x, y) }
            });
            for degrees in [0.0, 12.0] {
                let worn = blotted.padded().rotated(degrees).blurred(1);
                let name = stock.name();
                assert_eq!(worn.codes(), [one(1).code], "{name} {grey} {degrees}° from {y0}");
            }
        }
    }
    println!("read with 27 to 30 of 100 codewords hidden, {hidden_most} % of the whole square");
}

#[test]
fn words_can_be_copied_and_fonts_are_embedded() {
    let printed =
        labels_pdf(&fonts(), &LabelOptions::on(Stock::AveryL7160), [one(17)]).expect("printed");
    let Some(text) = text(&printed.bytes) else { return };
    for word in ["000017", "Amina Okoye", "+250 788 100 017", "Gasabo"] {
        assert!(text.contains(word), "{text}");
    }
    let fonts = poppler("pdffonts", &printed.bytes, &["FILE"]).expect("installed");
    let fonts = String::from_utf8(fonts).expect("UTF-8");
    for line in fonts.lines().skip(2) {
        assert!(line.contains("NotoSans") && line.contains("yes yes yes"), "{line}");
    }
}

#[test]
fn long_empty_and_hostile_fields_stay_on_their_label() {
    let hostile = [
        String::new(),
        "Marie-Antoinette Uwimana-Nyirahabimana de la Providence ".repeat(5),
        "x".repeat(100_000),
        "<script>alert(1)</script>&\"'".to_owned(),
        "\u{202e}evil\u{0}\u{1b}[2J\r\n\t".to_owned(),
        "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}".repeat(50),
        "ميسان محمود عبد الرحمن".repeat(10),
        "😀 ሀለሐመ 漢字".to_owned(),
    ];
    for stock in Stock::ALL {
        let labels = hostile.iter().map(|text| Label {
            number: "000001".to_owned(),
            health_worker: Some(text.clone()),
            sim: Some(text.clone()),
            district: text.clone(),
            code: "OP1:000001:x".to_owned(),
        });
        let options = LabelOptions::on(stock);
        let printed = labels_pdf(&fonts(), &options, labels.clone()).expect("printed");
        assert!(printed.missing.contains(&'漢') && !printed.missing.contains(&'a'));
        // All codes can still be read: no text runs over a neighbour's code.
        for page in 1..=printed.pages {
            let Some(page) = Page::of(&printed.bytes, page, 200) else { return };
            let count = if stock.on_page() == 1 { 1 } else { hostile.len() };
            for place in 0..count {
                let codes = seen(&page, 200.0, stock, place).codes();
                assert_eq!(codes, ["OP1:000001:x"], "{} {place}", stock.name());
            }
        }
        for one in labels {
            let svg = label(&fonts(), &options, &one).expect("drawn").svg(&fonts()).bytes;
            let svg = String::from_utf8(svg).expect("UTF-8");
            assert!(!svg.contains("<script") && !svg.contains('\u{202e}'), "{svg}");
        }
    }
}

#[test]
fn what_cannot_be_printed_is_refused_with_what_to_do() {
    let refused = |label: Label, options: &LabelOptions| {
        labels_pdf(&fonts(), options, [one(1), label]).expect_err("refused")
    };
    let options = LabelOptions::on(Stock::Tape24);
    let nameless = Label { number: " \u{202e}".to_owned(), ..one(2) };
    assert_eq!(refused(nameless, &options), PrintError::NoNumber { place: 2 });
    for code in [String::new(), "x".repeat(limits::CODE_BYTES_MAX + 1), "é".repeat(90)] {
        let error = refused(Label { code, ..one(2) }, &options);
        assert!(error.to_string().contains("000002"), "{error}");
    }
    for begin_at in [0, 22] {
        let options = LabelOptions { begin_at, ..LabelOptions::on(Stock::AveryL7160) };
        assert_eq!(refused(one(2), &options), PrintError::NoSuchPlace { most: 21 });
    }
}

#[test]
fn a_sheet_that_was_begun_is_used_up() {
    let options = LabelOptions { begin_at: 20, ..LabelOptions::on(Stock::AveryL7160) };
    let printed = labels_pdf(&fonts(), &options, (1..=3).map(one)).expect("printed");
    assert_eq!(printed.pages, 2);
    let Some(first) = Page::of(&printed.bytes, 1, 150) else { return };
    for place in 0..21 {
        let seen = seen(&first, 150.0, Stock::AveryL7160, place);
        let is_empty = seen.grey.iter().all(|grey| *grey == 255);
        assert_eq!(is_empty, place < 19, "label {place}");
    }
}

#[test]
fn each_language_prints_two_numbered_copies() {
    let agreement = Agreement {
        number: "000042".to_owned(),
        health_worker: "Amina Okoye".to_owned(),
        sim: "+250 788 100 017".to_owned(),
        ..Agreement::default()
    };
    let check = |language: Language, words: &[&str]| {
        let own = AgreementText::carried(language);
        let printed = agreements_pdf(&fonts(), &own, std::slice::from_ref(&agreement));
        let printed = printed.expect("printed");
        assert_eq!((printed.pages, &printed.missing[..]), (2, &[][..]), "{language:?}");
        let Some(text) = text(&printed.bytes) else { return };
        let bare: String =
            text.chars().filter(|c| !('\u{200e}'..='\u{202e}').contains(c)).collect();
        for word in words {
            assert!(bare.contains(word), "{word}: {bare}");
        }
        assert!(bare.contains(&own.sum()[..12]), "{bare}");
        assert!(bare.matches("000042").count() >= 4, "{bare}");
    };
    check(Language::English, &["Copy 1 of 2", "Copy 2 of 2", "Stamp of the council"]);
    check(Language::French, &["Exemplaire 1 sur 2", "Exemplaire 2 sur 2", "Cachet du conseil"]);
    check(Language::Arabic, &["ختم المجلس", "المشرف"]);
}

#[test]
fn a_text_of_the_project_is_printed_as_it_is() {
    let own = AgreementText {
        language: Language::English,
        version: "2026-11".to_owned(),
        text: "# Lending of phone {number}\n\nIt belongs to the county. {health_worker} has it."
            .to_owned(),
    };
    let agreement = Agreement {
        number: "7".to_owned(),
        health_worker: "{number} & co".to_owned(),
        ..Agreement::default()
    };
    let printed = agreements_pdf(&fonts(), &own, &[agreement]).expect("printed");
    let Some(text) = text(&printed.bytes) else { return };
    assert!(
        text.contains("Lending of phone 7") && text.contains("{number} & co has it."),
        "{text}"
    );
    assert!(text.contains("2026-11"), "{text}");
    let nameless = agreements_pdf(&fonts(), &own, &[Agreement::default()]);
    assert_eq!(nameless, Err(PrintError::NoNumber { place: 1 }));
}

#[test]
fn a_long_list_has_its_head_on_each_page_and_all_its_rows() {
    let row = |number: usize| HandOverRow {
        number: format!("{number:06}"),
        health_worker: "Ŋaajo Ɓello".to_owned(),
        ..HandOverRow::default()
    };
    let lists = [("Gasabo", 200), ("Kicukiro", 0)].map(|(district, count)| HandOverList {
        district: district.to_owned(),
        rows: (1..=count).map(row).collect(),
        ..HandOverList::default()
    });
    let printed = hand_over_list_pdf(&fonts(), Language::English, &lists).expect("printed");
    let Some(text) = text(&printed.bytes) else { return };
    for number in 1..=200 {
        assert!(text.contains(&format!("{number:06}")), "{number}");
    }
    assert!(text.matches("Health worker").count() >= printed.pages - 1, "{text}");
    assert!(text.contains("Kicukiro") && text.contains("Page 1 of 1"), "{text}");
}

/// A report of a site on whose paper nobody typed a word but its name and a holiday.
fn report_of(decision: Decision) -> GoNoGo {
    let line = |check, light, missing| ReadinessLine { check, light, missing };
    let holiday = CalendarLine {
        what: "Umuganura".to_owned(),
        from: "2026-12-14".to_owned(),
        to: "2026-12-15".to_owned(),
    };
    GoNoGo {
        site: "Kacyiru".to_owned(),
        go_live_on: "2026-12-14".to_owned(),
        decision,
        decided_by: String::new(),
        reason: String::new(),
        readiness: vec![
            line(SiteCheck::Training, Light::Red, Missing::NobodyLooked),
            line(SiteCheck::Devices, Light::Green, Missing::Nothing),
        ],
        plan: Vec::new(),
        conflicts: vec![DayConflict::OnTheDay(CalendarSort::Holiday, holiday)],
        support: Vec::new(),
        stop: None,
        differences: Vec::new(),
        charts: Vec::new(),
        printed_on: String::new(),
    }
}

#[test]
fn a_report_says_in_words_what_its_lights_say_in_each_language() {
    let check = |language, decision, words: &[&str]| {
        let printed = go_no_go_pdf(&fonts(), language, &report_of(decision)).expect("printed");
        assert!(printed.missing.is_empty(), "{:?}", printed.missing);
        let Some(text) = text(&printed.bytes) else { return };
        for word in words.iter().chain(&["Umuganura", "Kacyiru"]) {
            assert!(text.contains(word), "{word}: {text}");
        }
    };
    let english = ["NOT DECIDED", "RED", "Training done", "Nobody has looked", "holiday"];
    check(Language::English, Decision::Open, &english);
    let french = ["PAS DE DÉCISION", "ROUGE", "Formation faite", "Personne", "jour férié"];
    check(Language::French, Decision::Open, &french);
    check(Language::French, Decision::Reversed, &["RETOUR EN ARRIÈRE"]);
    // Words alone: the order of a line from the right is the reader's business.
    check(Language::Arabic, Decision::Go, &["التدريب", "عطلة", "أحمر"]);
}

#[test]
fn nobody_signs_a_sheet_on_which_nothing_else_stands() {
    let chart = || Chart {
        kind: ChartKind::Lines,
        title: "Fever".to_owned(),
        unit: String::new(),
        names: vec!["2026W36".to_owned(), "2026W37".to_owned()],
        series: vec![Series { name: "app".to_owned(), values: vec![Some(1.0), Some(2.0)] }],
    };
    // Lines of the calendar push the signatures down, one by one, over the end of the first page.
    for count in 0..40 {
        for charts in [Vec::new(), vec![chart()]] {
            let mut report = report_of(Decision::Go);
            report.conflicts = vec![report.conflicts[0].clone(); count];
            report.charts = charts;
            let printed = go_no_go_pdf(&fonts(), Language::English, &report).expect("printed");
            let Some(text) = text(&printed.bytes) else { return };
            let last = text.trim_end_matches('\u{c}').rsplit('\u{c}').next().unwrap_or_default();
            let is_signed = last.contains("Signature") && last.contains("Stamp");
            let has_more = last.contains("Fever") || last.contains("Nothing was compared");
            assert!(is_signed && has_more, "{count} {}: {last}", report.charts.len());
        }
    }
}

#[test]
fn charts_are_pictures_with_black_and_white_only() {
    let it = Chart {
        kind: ChartKind::Bars,
        title: "<b>Adoption</b>".to_owned(),
        unit: "people".to_owned(),
        names: vec!["a".to_owned(), "b".to_owned()],
        series: (0..4)
            .map(|n| Series { name: format!("s{n}"), values: vec![Some(f64::from(n)), None] })
            .collect(),
    };
    for kind in [ChartKind::Bars, ChartKind::Lines] {
        let drawing = chart(&fonts(), Language::English, &Chart { kind, ..it.clone() });
        let drawing = drawing.expect("drawn");
        let svg = String::from_utf8(drawing.svg(&fonts()).bytes).expect("UTF-8");
        assert!(svg.contains("&lt;b&gt;Adoption") && svg.ends_with("</svg>\n"), "{svg}");
        for colour in svg.split("fill=\"").skip(1).chain(svg.split("stroke=\"").skip(1)) {
            let colour = colour.split('"').next().unwrap_or_default();
            assert!(["#fff", "#000", "none"].contains(&colour), "{colour}");
        }
        let png = drawing.png(&fonts(), 96.0).expect("drawn").bytes;
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        assert!(drawing.png(&fonts(), 1e9).is_err() && drawing.png(&fonts(), f32::NAN).is_err());
    }
}

#[test]
fn level_q_takes_no_more_room_than_level_h() {
    let side = |correction| {
        let options = LabelOptions { correction, ..LabelOptions::on(Stock::AveryL7163) };
        label(&fonts(), &options, &one(1)).expect("drawn").svg(&fonts()).bytes.len()
    };
    assert!(side(Correction::Q) <= side(Correction::H));
}

#[test]
fn the_same_sheet_is_the_same_bytes() {
    let print = || labels_pdf(&fonts(), &LabelOptions::on(Stock::AveryL7160), (1..=40).map(one));
    assert_eq!(print(), print());
}
