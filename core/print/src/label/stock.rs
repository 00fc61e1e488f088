//! What labels are printed on, with the makers' published measures.

use crate::drawing::mm;

/// Labels on sheets, or tape of a label printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stock {
    /// Avery L7160: A4, 3 × 7 labels of 63.5 × 38.1 mm.
    AveryL7160,
    /// Avery L7163: A4, 2 × 7 labels of 99.1 × 38.1 mm.
    AveryL7163,
    /// Tape of 62 mm across for label printers, cut after 29 mm (also the size of die-cut labels).
    Tape62,
    /// Laminated tape of 24 mm for label printers, cut after 70 mm. Printers reach 18 mm of its height.
    Tape24,
}

/// Where labels lie, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Measures {
    pub(crate) page: (f32, f32),
    pub(crate) label: (f32, f32),
    pub(crate) columns: usize,
    pub(crate) rows: usize,
    /// Upper left corner of the first label.
    pub(crate) first: (f32, f32),
    /// From one label's corner to the next, across and down.
    pub(crate) pitch: (f32, f32),
    /// What no ink may reach at the label's edges: at the sides, above and below.
    pub(crate) margin: (f32, f32),
}

impl Measures {
    pub(crate) const fn on_page(&self) -> usize {
        self.columns * self.rows
    }

    /// Upper left corner of a label by its place on the page, from 0, row by row.
    pub(crate) fn corner(&self, place: usize) -> (f32, f32) {
        let (column, row) = (place % self.columns, place / self.columns);
        (self.first.0 + column as f32 * self.pitch.0, self.first.1 + row as f32 * self.pitch.1)
    }
}

impl Stock {
    /// All that labels can be printed on.
    pub const ALL: [Self; 4] = [Self::AveryL7160, Self::AveryL7163, Self::Tape62, Self::Tape24];

    /// As it is called in shops and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AveryL7160 => "L7160",
            Self::AveryL7163 => "L7163",
            Self::Tape62 => "tape-62",
            Self::Tape24 => "tape-24",
        }
    }

    /// By its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stock| stock.name().eq_ignore_ascii_case(name))
    }

    /// Labels on one page.
    #[must_use]
    pub const fn on_page(self) -> usize {
        self.measures().on_page()
    }

    pub(crate) const fn measures(self) -> Measures {
        match self {
            Self::AveryL7160 => sheet(63.5, 3, 7.25, 66.0),
            Self::AveryL7163 => sheet(99.1, 2, 4.65, 101.6),
            Self::Tape62 => tape(62.0, 29.0, 1.8, 1.5),
            Self::Tape24 => tape(70.0, 24.0, 2.0, 3.0),
        }
    }
}

/// Seven rows of 38.1 mm on A4 without a gap between them.
const fn sheet(width: f32, columns: usize, left: f32, pitch: f32) -> Measures {
    Measures {
        page: crate::out::A4,
        label: (mm(width), mm(38.1)),
        columns,
        rows: 7,
        first: (mm(left), mm(15.15)),
        pitch: (mm(pitch), mm(38.1)),
        margin: (mm(2.5), mm(2.5)),
    }
}

const fn tape(width: f32, height: f32, side: f32, above: f32) -> Measures {
    Measures {
        page: (mm(width), mm(height)),
        label: (mm(width), mm(height)),
        columns: 1,
        rows: 1,
        first: (0.0, 0.0),
        pitch: (0.0, 0.0),
        margin: (mm(side), mm(above)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Labels lie on the page, symmetric as the sheets are, and the makers' sums come out.
    #[track_caller]
    fn check(stock: Stock, count: usize, label_mm: (f32, f32)) {
        let measures = stock.measures();
        assert_eq!(stock.on_page(), count);
        let near = |a: f32, b: f32| (a - b).abs() < mm(0.2);
        assert!(near(measures.label.0, mm(label_mm.0)) && near(measures.label.1, mm(label_mm.1)));
        let last = measures.corner(count - 1);
        let right = measures.page.0 - last.0 - measures.label.0;
        let below = measures.page.1 - last.1 - measures.label.1;
        assert!(near(right, measures.first.0), "right margin {right} is not the left one");
        assert!(near(below, measures.first.1), "lower margin {below} is not the upper one");
        assert_eq!(Stock::named(stock.name()), Some(stock));
    }

    #[test]
    fn labels_lie_where_the_makers_put_them() {
        check(Stock::AveryL7160, 21, (63.5, 38.1));
        check(Stock::AveryL7163, 14, (99.1, 38.1));
        check(Stock::Tape62, 1, (62.0, 29.0));
        check(Stock::Tape24, 1, (70.0, 24.0));
    }
}
