//! Pages of running text: headings, paragraphs, facts, tables and places for signatures, one below the
//! other, with a line at each page's foot.

use crate::drawing::{Align, Drawing, Pen, mm};
use crate::error::{PrintError, Result};
use crate::limits;
use crate::out::A4;
use crate::text::{Direction, Fonts, Line, Weight, own_direction, printable};
use crate::words::Language;

/// What no text reaches at the sides, and above and below.
const MARGIN: (f32, f32) = (mm(19.0), mm(14.0));
const BODY: f32 = 8.8;
const SMALL: f32 = 8.0;
/// From one baseline to the next, as a multiple of the size.
const LEADING: f32 = 1.36;
/// Height of a place to sign.
const SIGNATURE: f32 = mm(32.0);
/// Most lines in a cell of a table.
const CELL_LINES_MAX: usize = 3;

/// A column of a table.
pub(super) struct Column<'t> {
    pub(super) title: &'t str,
    /// Part of the width, compared with the other columns.
    pub(super) share: f32,
    pub(super) align: Align,
}

/// Pages that fill from the top.
pub(super) struct Flow<'f> {
    fonts: &'f Fonts,
    pub(super) language: Language,
    pages: Vec<Drawing>,
    /// Where the next thing begins on the last page.
    y: f32,
}

impl<'f> Flow<'f> {
    pub(super) fn new(fonts: &'f Fonts, language: Language) -> Self {
        let mut flow = Self { fonts, language, pages: Vec::new(), y: 0.0 };
        flow.new_page();
        flow
    }

    pub(super) fn new_page(&mut self) {
        let direction = self.language.direction();
        self.pages.push(Drawing::new(A4.0, A4.1, "", direction));
        self.y = MARGIN.1;
    }

    fn edges(&self) -> (f32, f32) {
        (MARGIN.0, A4.0 - MARGIN.0)
    }

    fn width(&self) -> f32 {
        A4.0 - 2.0 * MARGIN.0
    }

    fn bottom() -> f32 {
        A4.1 - MARGIN.1 - mm(8.0)
    }

    /// Begins a page if less than this is left of the last one.
    pub(super) fn keep(&mut self, height: f32) {
        if self.y + height > Self::bottom() {
            self.new_page();
        }
    }

    fn page(&mut self) -> &mut Drawing {
        self.pages.last_mut().expect("a flow begins with a page")
    }

    pub(super) fn gap(&mut self, height: f32) {
        self.y += height;
    }

    fn lines(&self, text: &str, size: f32, weight: Weight, width: f32) -> Vec<Line> {
        self.fonts.paragraph(text, size, weight, self.language.direction(), width)
    }

    /// Lines one below the other; a page may end between them.
    fn put(&mut self, lines: Vec<Line>, edges: (f32, f32), align: Align) {
        for line in lines {
            let step = line.size * LEADING;
            self.keep(step);
            let y = self.y + line.size;
            self.page().text(line, edges, y, align);
            self.y += step;
        }
    }

    pub(super) fn title(&mut self, text: &str, beside: &str) {
        let width = self.width();
        let note = self.lines(beside, 11.0, Weight::Bold, width * 0.5);
        let note_width = note.iter().map(|line| line.width).fold(0.0, f32::max);
        let (top, edges) = (self.y, self.edges());
        self.y += 4.0;
        self.put(note, edges, Align::End);
        let under = self.y;
        self.y = top;
        let lines = self.lines(text, 15.0, Weight::Bold, width - note_width - mm(6.0));
        self.put(lines, edges, Align::Start);
        self.y = self.y.max(under) + 2.0;
        self.rule(Pen::THICK);
        self.gap(6.0);
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.keep(BODY * LEADING * 3.0 + 8.0);
        self.gap(5.0);
        let lines = self.lines(text, 10.5, Weight::Bold, self.width());
        self.put(lines, self.edges(), Align::Start);
        self.gap(1.5);
    }

    /// A heading that stands on the page of the signatures below it.
    pub(super) fn heading_of_signatures(&mut self, text: &str) {
        self.keep(SIGNATURE + 28.0);
        self.heading(text);
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        let lines = self.lines(text, BODY, Weight::Regular, self.width());
        self.put(lines, self.edges(), Align::Start);
        self.gap(3.0);
    }

    /// Something that must not be overlooked.
    pub(super) fn strong(&mut self, text: &str, size: f32) {
        let lines = self.lines(text, size, Weight::Bold, self.width());
        self.put(lines, self.edges(), Align::Start);
        self.gap(3.0);
    }

    pub(super) fn bullet(&mut self, mark: &str, text: &str) {
        let indent = mm(6.0);
        let direction = self.language.direction();
        let (left, right) = self.edges();
        let edges = match direction {
            Direction::LeftToRight => (left + indent, right),
            Direction::RightToLeft => (left, right - indent),
        };
        let lines = self.lines(text, BODY, Weight::Regular, self.width() - indent);
        self.keep(BODY * LEADING);
        let (mark, y) = (self.fonts.line(mark, BODY, Weight::Regular, direction), self.y + BODY);
        self.page().text(mark, (left, right), y, Align::Start);
        self.put(lines, edges, Align::Start);
        self.gap(1.0);
    }

    pub(super) fn rule(&mut self, pen: Pen) {
        let (left, right) = self.edges();
        let y = self.y;
        self.page().rule((left, y), (right, y), pen);
    }

    /// Names with values in two columns; what is empty gets a line to write on.
    pub(super) fn facts(&mut self, facts: &[(&str, &str)]) {
        let (left, right) = self.edges();
        let half = (right - left - mm(6.0)) / 2.0;
        let rows = facts.len().div_ceil(2);
        let height = BODY * 1.75;
        self.keep(rows as f32 * height);
        let top = self.y;
        for (index, (name, value)) in facts.iter().enumerate() {
            let (column, row) = (index / rows, index % rows);
            let at_left = (column == 0) == (self.language.direction() == Direction::LeftToRight);
            let x = if at_left { left } else { left + half + mm(6.0) };
            let y = top + row as f32 * height + BODY;
            self.fact(name, value, (x, x + half), y);
        }
        self.y = top + rows as f32 * height + 5.0;
    }

    fn fact(&mut self, name: &str, value: &str, (left, right): (f32, f32), y: f32) {
        let direction = self.language.direction();
        let split = (right - left) * 0.36;
        let (names, values) = match direction {
            Direction::LeftToRight => ((left, left + split - 4.0), (left + split, right)),
            Direction::RightToLeft => ((right - split + 4.0, right), (left, right - split)),
        };
        let fonts = self.fonts;
        let name = fonts.fit(name, 5.5..SMALL, Weight::Regular, direction, names.1 - names.0);
        let value = printable(value);
        let (own, width) = (own_direction(&value), values.1 - values.0);
        let value = fonts.fit(&value, 6.0..BODY, Weight::Bold, own, width);
        let page = self.page();
        page.text(name, names, y, Align::Start);
        page.text(value, values, y, Align::Start);
        page.rule((values.0, y + 2.5), (values.1, y + 2.5), Pen::DOTTED);
    }

    /// A table whose head stands on each page, with rows of at least this height.
    pub(super) fn table(
        &mut self,
        columns: &[Column<'_>],
        least: f32,
        rows: impl IntoIterator<Item = Vec<String>>,
    ) -> Result<()> {
        self.keep(BODY * LEADING * 4.0);
        self.head(columns);
        for (index, row) in rows.into_iter().enumerate() {
            if index == limits::ROWS_MAX {
                return Err(PrintError::TooMany { what: "rows", most: limits::ROWS_MAX });
            }
            let cells = self.cells(columns, row.iter().map(String::as_str), Weight::Regular);
            let most = cells.iter().map(Vec::len).max().unwrap_or(1).max(1);
            let height = (most as f32 * SMALL * 1.3 + 5.0).max(least);
            if self.y + height > Self::bottom() {
                self.new_page();
                self.head(columns);
            }
            self.row(columns, cells, height);
            self.rule(Pen { width: 0.3, dash: None });
        }
        self.gap(6.0);
        Ok(())
    }

    fn head(&mut self, columns: &[Column<'_>]) {
        let titles = columns.iter().map(|column| column.title);
        let cells = self.cells(columns, titles, Weight::Bold);
        let most = cells.iter().map(Vec::len).max().unwrap_or(1).max(1);
        self.row(columns, cells, most as f32 * SMALL * 1.3 + 5.0);
        self.rule(Pen { width: 0.9, dash: None });
    }

    /// Edges of each column, in the order in which they are read.
    fn column_edges(&self, columns: &[Column<'_>]) -> Vec<(f32, f32)> {
        let whole: f32 = columns.iter().map(|column| column.share).sum();
        let (left, right) = self.edges();
        let mut at = 0.0;
        let mut edges = Vec::with_capacity(columns.len());
        for column in columns {
            let width = self.width() * column.share / whole;
            edges.push(match self.language.direction() {
                Direction::LeftToRight => (left + at, left + at + width - 5.0),
                Direction::RightToLeft => (right - at - width + 5.0, right - at),
            });
            at += width;
        }
        edges
    }

    fn cells<'t>(
        &self,
        columns: &[Column<'_>],
        texts: impl Iterator<Item = &'t str>,
        weight: Weight,
    ) -> Vec<Vec<Line>> {
        let edges = self.column_edges(columns);
        let cell = |(text, (left, right)): (&str, (f32, f32))| {
            let text = printable(text);
            let direction = own_direction(&text);
            let mut lines = self.fonts.paragraph(&text, SMALL, weight, direction, right - left);
            if lines.len() > CELL_LINES_MAX {
                lines.truncate(CELL_LINES_MAX);
                let last = lines.pop().unwrap_or_default();
                let cut = format!("{}…", last.text);
                let (fonts, sizes) = (self.fonts, 6.0..SMALL);
                lines.push(fonts.fit(&cut, sizes, weight, direction, right - left));
            }
            lines
        };
        texts.zip(edges).map(cell).collect()
    }

    fn row(&mut self, columns: &[Column<'_>], cells: Vec<Vec<Line>>, height: f32) {
        let edges = self.column_edges(columns);
        let top = self.y;
        for ((lines, edges), column) in cells.into_iter().zip(edges).zip(columns) {
            for (index, line) in lines.into_iter().enumerate() {
                let y = top + 2.0 + SMALL + index as f32 * SMALL * 1.3;
                self.page().text(line, edges, y, column.align);
            }
        }
        self.y = top + height;
    }

    /// Places to sign, side by side: who, then name, signature and date on lines of their own.
    pub(super) fn signatures(&mut self, signers: &[&str], stamp: &str) {
        let words = self.language.words();
        let count = signers.len() + 1;
        let (gap, height) = (mm(4.0), SIGNATURE);
        self.keep(height + 4.0);
        let width = (self.width() - gap * (count - 1) as f32) / count as f32;
        let top = self.y;
        for (index, who) in signers.iter().copied().chain([stamp]).enumerate() {
            let left = self.box_left(index, width, gap);
            let is_stamp = index == signers.len();
            let pen = if is_stamp { Pen::DOTTED } else { Pen::THIN };
            self.page().frame(left, top, width, height, pen);
            let inside = (left + 4.0, left + width - 4.0);
            self.box_line(who, inside, top + 12.0, Weight::Bold);
            let captions = [words.name, words.signature, words.date];
            for (row, caption) in captions.iter().enumerate().filter(|_| !is_stamp) {
                let y = top + height - 12.0 - (2 - row) as f32 * mm(9.5);
                self.page().rule((inside.0, y), (inside.1, y), Pen::DOTTED);
                self.box_line(caption, inside, y + 7.5, Weight::Regular);
            }
        }
        self.y = top + height + 6.0;
    }

    fn box_left(&self, index: usize, width: f32, gap: f32) -> f32 {
        let (left, right) = self.edges();
        let before = index as f32 * (width + gap);
        match self.language.direction() {
            Direction::LeftToRight => left + before,
            Direction::RightToLeft => right - before - width,
        }
    }

    fn box_line(&mut self, text: &str, edges: (f32, f32), y: f32, weight: Weight) {
        let direction = self.language.direction();
        let size = if weight == Weight::Bold { SMALL } else { 6.5 };
        let line = self.fonts.fit(text, 5.0..size, weight, direction, edges.1 - edges.0);
        self.page().text(line, edges, y, Align::Start);
    }

    /// A chart in the middle of the page.
    pub(super) fn drawing(&mut self, drawing: Drawing) {
        self.keep(drawing.height);
        let (x, y, height) = ((A4.0 - drawing.width) / 2.0, self.y, drawing.height);
        self.page().place(drawing, x, y);
        self.gap(height + 6.0);
    }

    /// How many pages there are.
    pub(super) fn len(&self) -> usize {
        self.pages.len()
    }

    /// The pages from `first` on get a foot: a text at the start, their number at the end.
    pub(super) fn foot(&mut self, first: usize, text: &str) {
        let words = self.language.words();
        let direction = self.language.direction();
        let edges = self.edges();
        let count = self.pages.len() - first;
        for index in 0..count {
            let number = words.page.replace("{page}", &(index + 1).to_string());
            let number = number.replace("{pages}", &count.to_string());
            let number = self.fonts.line(&number, 7.0, Weight::Regular, direction);
            let room = edges.1 - edges.0 - number.width - 10.0;
            let text = self.fonts.fit(text, 5.0..7.0, Weight::Regular, direction, room);
            let page = &mut self.pages[first + index];
            let y = A4.1 - MARGIN.1;
            page.rule((edges.0, y - 9.0), (edges.1, y - 9.0), Pen { width: 0.3, dash: None });
            page.text(text, edges, y, Align::Start);
            page.text(number, edges, y, Align::End);
        }
    }

    pub(super) fn finish(self) -> Vec<Drawing> {
        self.pages
    }
}
