//! Charts for people who would rather look than read.

use std::path::Path;

use outpost_engine::{OutpostError, Result};
use outpost_print::{Chart, ChartKind, Fonts, Language, Panels, Printed, Series, chart, panels};

use super::print::refused;

/// Bars side by side: one group for each name.
pub(super) fn bars(title: &str, names: Vec<String>, series: &[(&str, Vec<u64>)]) -> Chart {
    let series = series.iter().map(|(name, values)| Series {
        name: (*name).to_owned(),
        values: values.iter().map(|value| Some(*value as f64)).collect(),
    });
    Chart {
        kind: ChartKind::Bars,
        title: title.to_owned(),
        unit: String::new(),
        names,
        series: series.collect(),
    }
}

/// What is drawn.
pub(super) enum Drawn {
    /// Bars or lines.
    One(Chart),
    /// Small charts above each other.
    Several(Panels),
}

/// Draws a chart as the name of its file says.
///
/// # Errors
/// `InvalidInput` for another ending, of `field`, or what cannot be drawn.
pub(super) fn drawn(
    it: &Drawn,
    (field, out): (&str, &Path),
    language: Language,
) -> Result<Printed> {
    let fonts = Fonts::carried().map_err(refused)?;
    let drawing = match it {
        Drawn::One(it) => chart(&fonts, language, it),
        Drawn::Several(it) => panels(&fonts, language, it),
    };
    let drawing = drawing.map_err(refused)?;
    let ends = out.extension().and_then(|it| it.to_str()).unwrap_or_default();
    match ends.to_ascii_lowercase().as_str() {
        "svg" => Ok(drawing.svg(&fonts)),
        "png" => drawing.png(&fonts, 150.0).map_err(refused),
        _ => {
            let reason = "there are names that end in .svg and .png";
            Err(OutpostError::invalid(field, "unknown", reason))
        }
    }
}
