//! Bars and lines for those who look rather than read, in black on white.
//!
//! Series differ by pattern, dash and mark, never by colour; values stand at bars where there is room. The
//! scale begins at nought, so that no difference looks larger than it is.

mod panels;

pub use panels::{Panel, Panels, panels};

use crate::drawing::{Align, Drawing, Filled, Pen};
use crate::error::{PrintError, Result};
use crate::limits;
use crate::text::{Fonts, Weight, printable};
use crate::words::Language;

/// How values are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartKind {
    /// To compare amounts.
    Bars,
    /// To follow them over time.
    Lines,
}

/// A chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Bars or lines.
    pub kind: ChartKind,
    /// What it shows.
    pub title: String,
    /// What the values are, for the axis; may be empty.
    pub unit: String,
    /// Below the axis, in order.
    pub names: Vec<String>,
    /// One to [`limits::CHART_SERIES_MAX`] of them.
    pub series: Vec<Series>,
}

/// Values of one kind, one for each name; what is not known is `None` and leaves a gap.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What they are.
    pub name: String,
    /// The values.
    pub values: Vec<Option<f64>>,
}

const WIDTH: f32 = 480.0;
const HEIGHT: f32 = 250.0;
const SMALL: f32 = 7.5;

/// Where values are drawn.
struct Field {
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
    least: f64,
    most: f64,
    step: f64,
}

impl Field {
    fn y(&self, value: f64) -> f32 {
        let part = (value - self.least) / (self.most - self.least);
        self.bottom - (self.bottom - self.top) * part as f32
    }

    fn slot(&self, count: usize) -> f32 {
        (self.right - self.left) / count as f32
    }
}

/// Draws a chart.
///
/// # Errors
/// [`PrintError::ChartShape`]; [`PrintError::TooMany`] beyond [`limits::CHART_POINTS_MAX`] names.
pub fn chart(fonts: &Fonts, language: Language, chart: &Chart) -> Result<Drawing> {
    check(chart)?;
    let direction = language.direction();
    let title = printable(&chart.title);
    let mut drawing = Drawing::new(WIDTH, HEIGHT, &title, direction);
    let head = fonts.fit(&title, 7.0..11.0, Weight::Bold, direction, WIDTH - 20.0);
    drawing.text(head, (10.0, WIDTH - 10.0), 16.0, Align::Start);
    legend(&mut drawing, fonts, chart);
    let field = field(chart);
    axis(&mut drawing, fonts, chart, &field);
    match chart.kind {
        ChartKind::Bars => bars(&mut drawing, fonts, chart, &field),
        ChartKind::Lines => lines(&mut drawing, chart, &field),
    }
    let zero = field.y(0.0);
    drawing.rule((field.left, zero), (field.right, zero), Pen { width: 1.0, dash: None });
    Ok(drawing)
}

fn check(chart: &Chart) -> Result<()> {
    if chart.names.len() > limits::CHART_POINTS_MAX {
        return Err(PrintError::TooMany { what: "names", most: limits::CHART_POINTS_MAX });
    }
    let fits = |series: &Series| {
        series.values.len() == chart.names.len()
            && series.values.iter().flatten().all(|value| value.is_finite())
    };
    let is_right = !chart.names.is_empty()
        && (1..=limits::CHART_SERIES_MAX).contains(&chart.series.len())
        && chart.series.iter().all(fits);
    match is_right {
        true => Ok(()),
        false => Err(PrintError::ChartShape { most: limits::CHART_SERIES_MAX }),
    }
}

/// The scale: steps of 1, 2 or 5 with noughts, from nought, at most six of them.
fn field(chart: &Chart) -> Field {
    let values = || chart.series.iter().flat_map(|series| series.values.iter().flatten().copied());
    let (least, most) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
    let most = if most > least { most } else { least + 1.0 };
    let whole = most - least;
    let step = scale(whole, 6.0);
    let top = (most / step).ceil() * step;
    let bottom = (least / step).floor() * step;
    Field {
        left: 48.0,
        right: WIDTH - 12.0,
        top: 52.0,
        bottom: HEIGHT - 34.0,
        least: bottom,
        most: top,
        step,
    }
}

/// The step of a scale with so many of them at most.
fn scale(whole: f64, steps: f64) -> f64 {
    let tens = 10f64.powf((whole / steps).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * tens);
    step.into_iter().find(|step| whole / step <= steps).unwrap_or(whole)
}

/// Where names would be illegible, every second, third … is named.
fn legible(slot: f32) -> usize {
    (30.0 / slot).ceil().max(1.0) as usize
}

fn axis(drawing: &mut Drawing, fonts: &Fonts, chart: &Chart, field: &Field) {
    let direction = drawing.direction;
    let ticks = ((field.most - field.least) / field.step).round() as i32;
    for tick in 0..=ticks {
        let value = field.least + f64::from(tick) * field.step;
        let y = field.y(value);
        drawing.rule((field.left, y), (field.right, y), Pen::DOTTED);
        let line = fonts.line(&shown(value), SMALL, Weight::Regular, direction);
        let x = field.left - 5.0 - line.width;
        drawing.items.push(crate::drawing::Item::Text { x, y: y + SMALL * 0.35, line });
    }
    let unit = fonts.fit(&printable(&chart.unit), 5.0..SMALL, Weight::Regular, direction, 200.0);
    drawing.items.push(crate::drawing::Item::Text { x: 10.0, y: field.top - 8.0, line: unit });
    let slot = field.slot(chart.names.len());
    let each = legible(slot);
    for (index, name) in chart.names.iter().enumerate().step_by(each) {
        let middle = field.left + slot * (index as f32 + 0.5);
        let half = slot * each as f32 / 2.0 - 1.5;
        let line = fonts.fit(&printable(name), 5.5..SMALL, Weight::Regular, direction, 2.0 * half);
        drawing.text(line, (middle - half, middle + half), field.bottom + 12.0, Align::Middle);
    }
}

fn shown(value: f64) -> String {
    // Steps are whole or have few places; noise of the last bits is none of the reader's business.
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn bars(drawing: &mut Drawing, fonts: &Fonts, chart: &Chart, field: &Field) {
    let slot = field.slot(chart.names.len());
    let width = slot * 0.76 / chart.series.len() as f32;
    for (order, series) in chart.series.iter().enumerate() {
        for (index, value) in series.values.iter().enumerate() {
            let Some(value) = *value else { continue };
            let x = field.left + slot * (index as f32 + 0.12) + width * order as f32;
            let (zero, end) = (field.y(0.0), field.y(value));
            let (top, height) = (zero.min(end), (zero - end).abs());
            bar(drawing, order, (x, top), (width * 0.94, height));
            let line = fonts.line(&shown(value), 6.5, Weight::Regular, drawing.direction);
            if line.width <= width {
                let y = if value < 0.0 { top + height + 7.5 } else { top - 2.5 };
                drawing.text(line, (x, x + width * 0.94), y, Align::Middle);
            }
        }
    }
}

/// A bar in the pattern of its series: black, white, slanting lines, level lines.
fn bar(drawing: &mut Drawing, order: usize, (x, y): (f32, f32), (width, height): (f32, f32)) {
    if height < 0.05 {
        return;
    }
    let corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)];
    drawing.polygon(&corners, if order == 0 { Filled::Black } else { Filled::White });
    let thin = Pen { width: 0.7, dash: None };
    let mut strokes = Vec::new();
    let mut at = 2.5;
    match order {
        // From the left and lower edge to the upper and right one.
        2 => {
            while at < width + height {
                let from = (x + (at - height).max(0.0), y + at.min(height));
                let to = (x + at.min(width), y + (at - width).max(0.0));
                strokes.push((from, to));
                at += 3.5;
            }
        }
        3 => {
            while at < height {
                strokes.push(((x, y + height - at), (x + width, y + height - at)));
                at += 2.5;
            }
        }
        _ => {}
    }
    drawing.strokes(&strokes, thin);
}

const DASHES: [Option<[f32; 2]>; limits::CHART_SERIES_MAX] =
    [None, Some([5.0, 2.5]), Some([1.5, 2.0]), Some([9.0, 3.0])];

fn lines(drawing: &mut Drawing, chart: &Chart, field: &Field) {
    let slot = field.slot(chart.names.len());
    for (order, series) in chart.series.iter().enumerate() {
        let pen = Pen { width: 1.3, dash: DASHES[order] };
        let place = |(index, value): (usize, &Option<f64>)| {
            value.map(|value| (field.left + slot * (index as f32 + 0.5), field.y(value)))
        };
        let points: Vec<_> = series.values.iter().enumerate().map(place).collect();
        for part in points.split(Option::is_none) {
            let part: Vec<_> = part.iter().flatten().copied().collect();
            drawing.polyline(&part, pen);
        }
        if slot >= 4.0 {
            for point in points.iter().flatten() {
                mark(drawing, order, *point);
            }
        }
    }
}

/// The mark of a series: black square, white circle (nearly), black triangle, white diamond.
fn mark(drawing: &mut Drawing, order: usize, (x, y): (f32, f32)) {
    let r = 2.8;
    let around = |count: usize, turn: f32| -> Vec<(f32, f32)> {
        let angle = |index: usize| turn + std::f32::consts::TAU * index as f32 / count as f32;
        (0..count).map(|i| (x + r * angle(i).cos(), y + r * angle(i).sin())).collect()
    };
    let quarter = std::f32::consts::FRAC_PI_2;
    match order {
        0 => drawing.polygon(&around(4, quarter / 2.0), Filled::Black),
        1 => drawing.polygon(&around(16, 0.0), Filled::White),
        2 => drawing.polygon(&around(3, -quarter), Filled::Black),
        _ => drawing.polygon(&around(4, 0.0), Filled::White),
    }
}

fn legend(drawing: &mut Drawing, fonts: &Fonts, chart: &Chart) {
    let named = chart.series.iter().filter(|series| !series.name.is_empty()).count();
    if named == 0 {
        return;
    }
    let width = (WIDTH - 20.0) / chart.series.len() as f32;
    for (order, series) in chart.series.iter().enumerate() {
        let (x, y) = (10.0 + width * order as f32, 31.0);
        match chart.kind {
            ChartKind::Bars => bar(drawing, order, (x, y - 6.5), (16.0, 8.0)),
            ChartKind::Lines => {
                drawing.polyline(
                    &[(x, y - 2.5), (x + 22.0, y - 2.5)],
                    Pen { width: 1.3, dash: DASHES[order] },
                );
                mark(drawing, order, (x + 11.0, y - 2.5));
            }
        }
        let name = printable(&series.name);
        let room = width - 32.0;
        let line = fonts.fit(&name, 5.5..8.0, Weight::Regular, drawing.direction, room);
        drawing.items.push(crate::drawing::Item::Text { x: x + 26.0, y, line });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bars_of(values: &[f64]) -> Chart {
        Chart {
            kind: ChartKind::Bars,
            title: String::new(),
            unit: String::new(),
            names: values.iter().map(f64::to_string).collect(),
            series: vec![Series {
                name: String::new(),
                values: values.iter().map(|value| Some(*value)).collect(),
            }],
        }
    }

    #[track_caller]
    fn check_scale(values: &[f64], least: f64, most: f64, step: f64) {
        let field = field(&bars_of(values));
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(
            near(field.least, least) && near(field.most, most) && near(field.step, step),
            "{} to {} by {}",
            field.least,
            field.most,
            field.step
        );
    }

    #[test]
    fn a_scale_begins_at_nought_and_has_round_steps() {
        check_scale(&[3.0, 41.0, 12.0], 0.0, 50.0, 10.0);
        check_scale(&[1.0], 0.0, 1.0, 0.2);
        check_scale(&[0.0], 0.0, 1.0, 0.2);
        check_scale(&[-3.0, 2.0], -3.0, 2.0, 1.0);
        check_scale(&[99_000.0, 98_500.0], 0.0, 100_000.0, 20_000.0);
    }

    #[test]
    fn what_is_no_chart_is_refused() {
        let fonts = Fonts::carried().expect("carried fonts load");
        let refused = |it: &Chart| chart(&fonts, Language::English, it).is_err();
        assert!(refused(&bars_of(&[])));
        assert!(refused(&bars_of(&[f64::NAN])));
        assert!(refused(&bars_of(&[1.0; limits::CHART_POINTS_MAX + 1])));
        let good = bars_of(&[1.0, 2.0]);
        let short = Series { name: String::new(), values: vec![Some(1.0)] };
        assert!(refused(&Chart { series: vec![short], ..good.clone() }));
        assert!(refused(&Chart { series: Vec::new(), ..good.clone() }));
        let five = vec![good.series[0].clone(); 5];
        assert!(refused(&Chart { series: five, ..good }));
    }

    proptest! {
        #[test]
        fn all_values_lie_on_the_scale(values in proptest::collection::vec(-1e9f64..1e9, 1..40)) {
            let field = field(&bars_of(&values));
            for value in &values {
                let y = field.y(*value);
                prop_assert!(y >= field.top - 0.1 && y <= field.bottom + 0.1, "{value}: {y}");
            }
        }
    }
}
