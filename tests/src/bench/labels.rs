//! Labels for 5,000 devices as one PDF, beside what nobody can leave out: the codes alone (qrcodegen).

use outpost_print::{Fonts, Label, LabelOptions, Stock, labels_pdf};
use qrcodegen::{QrCode, QrCodeEcc, QrSegment};

use super::measure::{by_turns, median, spent};

/// Devices of the largest project.
const DEVICES: u32 = 5_000;
/// What they may take.
const BAR_SECONDS: f64 = 20.0;
const ROUNDS: usize = 3;

fn label(number: u32) -> Label {
    Label {
        number: format!("{number:06}"),
        health_worker: Some(format!("Health worker {number}")),
        sim: Some(format!("+2507881{number:05}")),
        district: "Gasabo".to_owned(),
        code: code(number),
    }
}

/// As long as a signed label.
fn code(number: u32) -> String {
    format!("OUTPOST1:{number:011}:{}", "k7Qm2xT9aVbN4cRz8LpE".repeat(4))
}

/// Runs and prints it.
///
/// # Panics
/// If the printer refuses something; a benchmark has nobody to tell.
pub fn run() {
    let fonts = Fonts::carried().expect("carried fonts");
    println!("labels for {DEVICES} devices");
    for stock in [Stock::AveryL7160, Stock::Tape62] {
        let options = LabelOptions::on(stock);
        let turns = by_turns(
            ROUNDS,
            || {
                let labels = (1..=DEVICES).map(label);
                let (spent, printed) = spent(|| labels_pdf(&fonts, &options, labels));
                let pages = (DEVICES as usize).div_ceil(stock.on_page());
                assert_eq!(printed.expect("printed").pages, pages);
                spent
            },
            || spent(codes_alone).0,
        );
        let seconds = |which: usize| {
            median(turns.iter().map(|turn| turn[which].wall.as_secs_f64()).collect())
        };
        let (ours, floor) = (seconds(0), seconds(1));
        let held = if ours <= BAR_SECONDS { "held" } else { "MISSED" };
        println!(
            "{:<32} {ours:>8.2} s, codes alone {floor:.2} s   bar {BAR_SECONDS} s  {held}",
            stock.name()
        );
    }
}

fn codes_alone() {
    for number in 1..=DEVICES {
        let segments = QrSegment::make_segments(&code(number));
        QrCode::encode_segments(&segments, QrCodeEcc::High).expect("a code");
    }
}
