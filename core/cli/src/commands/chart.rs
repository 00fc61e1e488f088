//! Charts for people who would rather look than read.

use std::path::Path;

use outpost_engine::{OutpostError, Result};
use outpost_print::{Chart, ChartKind, Fonts, Printed, Series, chart};

use super::print::{language, refused};

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

/// Draws a chart as the name of its file says.
///
/// # Errors
/// `InvalidInput` for another ending, of `field`, an unknown language, or what cannot be drawn.
pub(super) fn drawn(it: &Chart, (field, out): (&str, &Path), words: &str) -> Result<Printed> {
    let fonts = Fonts::carried().map_err(refused)?;
    let drawing = chart(&fonts, language(words)?, it).map_err(refused)?;
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
