//! Small charts above each other over the same days, each with a scale of its own: counts that differ in
//! size are compared by day, not by height.
//!
//! A bar is a stack of parts in patterns, as in [`super::bars`]. What is not known is a question mark, so
//! that nobody takes it for nought.

use super::{SMALL, Series, WIDTH, bar, legible, scale, shown};
use crate::drawing::{Align, Drawing, Item, Pen};
use crate::error::{PrintError, Result};
use crate::limits;
use crate::text::{Direction, Fonts, Weight, isolated, printable};
use crate::words::Language;

/// Charts above each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Panels {
    /// What they show.
    pub title: String,
    /// Of which days, as they are to be read; may be empty.
    pub span: String,
    /// Below the lowest one, in order: days, as a rule.
    pub names: Vec<String>,
    /// From above, one to [`limits::PANELS_MAX`] of them.
    pub panels: Vec<Panel>,
}

/// One of them: counts by name.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// What is counted.
    pub title: String,
    /// Parts of each bar from below, one to [`limits::CHART_SERIES_MAX`]; a name of which no part is
    /// known gets a question mark.
    pub parts: Vec<Series>,
}

const HEAD: f32 = 26.0;
/// Title, bars and the gap below them.
const PANEL: f32 = 98.0;
const PANEL_HEAD: f32 = 26.0;
const FOOT: f32 = 20.0;
const LEFT: f32 = 40.0;
const RIGHT: f32 = WIDTH - 12.0;

/// Draws charts above each other.
///
/// # Errors
/// [`PrintError::ChartShape`] for values that are not one for each name, below nought or no numbers;
/// [`PrintError::TooMany`] beyond [`limits::CHART_POINTS_MAX`] names.
pub fn panels(fonts: &Fonts, language: Language, chart: &Panels) -> Result<Drawing> {
    check(chart)?;
    let direction = language.direction();
    let mut title = printable(&chart.title);
    if !chart.span.is_empty() {
        title.push_str(language.words().site.list);
        title.push_str(&isolated(&printable(&chart.span), direction));
    }
    let height = HEAD + PANEL * chart.panels.len() as f32 + FOOT;
    let mut drawing = Drawing::new(WIDTH, height, &title, direction);
    let head = fonts.fit(&title, 7.0..11.0, Weight::Bold, direction, WIDTH - 20.0);
    drawing.text(head, (10.0, WIDTH - 10.0), 16.0, Align::Start);
    for (index, panel) in chart.panels.iter().enumerate() {
        let top = HEAD + PANEL * index as f32;
        heading(&mut drawing, fonts, language, panel, top);
        one(&mut drawing, fonts, panel, (top + PANEL_HEAD, top + PANEL - 8.0));
    }
    names(&mut drawing, fonts, chart, height - FOOT + 6.0);
    Ok(drawing)
}

fn check(chart: &Panels) -> Result<()> {
    if chart.names.len() > limits::CHART_POINTS_MAX {
        return Err(PrintError::TooMany { what: "names", most: limits::CHART_POINTS_MAX });
    }
    let is_count = |value: &f64| value.is_finite() && *value >= 0.0;
    let fits = |part: &Series| {
        part.values.len() == chart.names.len() && part.values.iter().flatten().all(is_count)
    };
    let is_right = |panel: &Panel| {
        (1..=limits::CHART_SERIES_MAX).contains(&panel.parts.len()) && panel.parts.iter().all(fits)
    };
    let is_whole = !chart.names.is_empty()
        && (1..=limits::PANELS_MAX).contains(&chart.panels.len())
        && chart.panels.iter().all(is_right);
    match is_whole {
        true => Ok(()),
        false => Err(PrintError::ChartShape { most: limits::CHART_SERIES_MAX }),
    }
}

/// The sum of a bar; `None` if no part of it is known.
fn sum(panel: &Panel, index: usize) -> Option<f64> {
    let known = panel.parts.iter().filter_map(|part| part.values[index]);
    known.fold(None, |sum: Option<f64>, value| Some(sum.unwrap_or(0.0) + value))
}

/// What is counted, and the patterns of its parts with their names.
fn heading(drawing: &mut Drawing, fonts: &Fonts, language: Language, panel: &Panel, top: f32) {
    let direction = drawing.direction;
    let y = top + 9.0;
    let title = fonts.fit(&printable(&panel.title), 6.5..8.5, Weight::Bold, direction, 120.0);
    drawing.text(title, (10.0, WIDTH - 10.0), y, Align::Start);
    let mut entries: Vec<_> = match panel.parts.len() {
        1 => Vec::new(),
        _ => panel
            .parts
            .iter()
            .enumerate()
            .map(|(order, it)| (Some(order), printable(&it.name)))
            .collect(),
    };
    let count = panel.parts[0].values.len();
    if (0..count).any(|index| sum(panel, index).is_none()) {
        let words = language.words().chart.not_known;
        entries.push((None, format!("{} {words}", isolated("?", direction))));
    }
    let room = (WIDTH - 20.0 - 126.0) / entries.len().max(1) as f32;
    for (place, (order, name)) in entries.into_iter().enumerate() {
        let offset = 126.0 + room * place as f32;
        let sign = if order.is_some() { 20.0 } else { 0.0 };
        let line = fonts.fit(&name, 5.5..7.5, Weight::Regular, direction, room - sign - 6.0);
        // From the side on which the title does not stand.
        let at = |from: f32, width: f32| match direction {
            Direction::LeftToRight => 10.0 + from,
            Direction::RightToLeft => WIDTH - 10.0 - from - width,
        };
        if let Some(order) = order {
            bar(drawing, order, (at(offset, 14.0), y - 6.5), (14.0, 7.5));
        }
        let x = at(offset + sign, line.width);
        drawing.items.push(Item::Text { x, y, line });
    }
}

fn one(drawing: &mut Drawing, fonts: &Fonts, panel: &Panel, (top, bottom): (f32, f32)) {
    let direction = drawing.direction;
    let count = panel.parts[0].values.len();
    let most = (0..count).filter_map(|index| sum(panel, index)).fold(1.0, f64::max);
    // Counts are whole, and so are their steps.
    let step = scale(most, 4.0).max(1.0);
    let most = (most / step).ceil() * step;
    let y_of = |value: f64| bottom - (bottom - top) * (value / most) as f32;
    for tick in 0..=(most / step).round() as i32 {
        let value = f64::from(tick) * step;
        let y = y_of(value);
        let pen = if tick == 0 { Pen { width: 1.0, dash: None } } else { Pen::DOTTED };
        drawing.rule((LEFT, y), (RIGHT, y), pen);
        let line = fonts.line(&shown(value), SMALL, Weight::Regular, direction);
        let x = LEFT - 5.0 - line.width;
        drawing.items.push(Item::Text { x, y: y + SMALL * 0.35, line });
    }
    let slot = (RIGHT - LEFT) / count as f32;
    let width = (slot * 0.7).min(26.0);
    for index in 0..count {
        let middle = LEFT + slot * (index as f32 + 0.5);
        let sign = |text: &str| fonts.line(text, 6.5, Weight::Regular, direction);
        let Some(sum) = sum(panel, index) else {
            drawing.text(sign("?"), (middle - 10.0, middle + 10.0), bottom - 2.5, Align::Middle);
            continue;
        };
        let mut below = 0.0;
        for (order, part) in panel.parts.iter().enumerate() {
            let value = part.values[index].unwrap_or(0.0);
            let (low, high) = (y_of(below), y_of(below + value));
            bar(drawing, order, (middle - width / 2.0, high), (width, low - high));
            below += value;
        }
        let line = sign(&shown(sum));
        if line.width <= slot {
            drawing.text(line, (middle - slot, middle + slot), y_of(sum) - 2.5, Align::Middle);
        }
    }
}

fn names(drawing: &mut Drawing, fonts: &Fonts, chart: &Panels, y: f32) {
    let slot = (RIGHT - LEFT) / chart.names.len() as f32;
    let each = legible(slot);
    for (index, name) in chart.names.iter().enumerate().step_by(each) {
        let middle = LEFT + slot * (index as f32 + 0.5);
        let half = slot * each as f32 / 2.0 - 1.0;
        let direction = drawing.direction;
        let line = fonts.fit(&printable(name), 5.5..SMALL, Weight::Regular, direction, 2.0 * half);
        drawing.text(line, (middle - half, middle + half), y, Align::Middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(values: &[Option<f64>]) -> Series {
        Series { name: "a part".to_owned(), values: values.to_vec() }
    }

    fn of(names: usize, parts: Vec<Series>) -> Panels {
        Panels {
            title: "First weeks".to_owned(),
            span: String::new(),
            names: (1..=names).map(|day| format!("12-{day:02}")).collect(),
            panels: vec![Panel { title: "Devices".to_owned(), parts }],
        }
    }

    fn drawn(chart: &Panels) -> Result<Drawing> {
        panels(&Fonts::carried().expect("carried fonts load"), Language::English, chart)
    }

    #[test]
    fn what_is_not_known_is_a_question_mark_and_nought_is_a_nought() {
        let check = |value: Option<f64>, svg_differs_from: Option<f64>| {
            let fonts = Fonts::carried().expect("carried fonts load");
            let svg = |value| drawn(&of(1, vec![part(&[value])])).expect("drawn").svg(&fonts).bytes;
            assert_ne!(svg(value), svg(svg_differs_from));
        };
        check(None, Some(0.0));
        check(Some(0.0), Some(1.0));
        let both = of(1, vec![part(&[None]), part(&[Some(2.0)])]);
        assert_eq!(sum(&both.panels[0], 0), Some(2.0));
        let none = of(1, vec![part(&[None]), part(&[None])]);
        assert_eq!(sum(&none.panels[0], 0), None);
    }

    #[test]
    fn what_is_no_chart_is_refused() {
        let good = of(2, vec![part(&[Some(1.0), None])]);
        assert!(drawn(&good).is_ok());
        let refused = |it: &Panels| assert!(drawn(it).is_err(), "{it:?}");
        refused(&of(1, vec![part(&[Some(1.0), None])]));
        refused(&of(1, vec![part(&[Some(-1.0)])]));
        refused(&of(1, vec![part(&[Some(f64::NAN)])]));
        refused(&of(1, Vec::new()));
        refused(&of(0, vec![part(&[])]));
        refused(&of(1, vec![part(&[None]); limits::CHART_SERIES_MAX + 1]));
        refused(&Panels { panels: Vec::new(), ..good.clone() });
        let many = limits::CHART_POINTS_MAX + 1;
        refused(&of(many, vec![part(&vec![None; many])]));
        refused(&Panels { panels: vec![good.panels[0].clone(); limits::PANELS_MAX + 1], ..good });
    }
}
