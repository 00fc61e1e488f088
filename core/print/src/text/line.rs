//! From a text to glyphs on a line, and from a paragraph to lines.

use std::ops::Range;

use rustybuzz::{Direction as ShapeDirection, UnicodeBuffer};
use unicode_bidi::{BidiInfo, Level};

use super::{Direction, Fonts, Weight};

/// A glyph where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Glyph {
    pub(crate) id: u32,
    /// Bytes of the run's text that it shows.
    pub(crate) range: Range<usize>,
    /// Parts of an em: how far to the next, and by how much it is moved.
    pub(crate) advance: f32,
    pub(crate) right: f32,
    pub(crate) up: f32,
}

/// Glyphs of one face and one direction, from the left.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) face: usize,
    pub(crate) text: String,
    pub(crate) glyphs: Vec<Glyph>,
}

impl Run {
    /// In parts of an em.
    fn advance(&self) -> f32 {
        self.glyphs.iter().map(|glyph| glyph.advance).sum()
    }
}

/// A line of text, ready to be drawn at any place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    pub(crate) runs: Vec<Run>,
    /// Size of the letters in points.
    pub(crate) size: f32,
    /// Width in points.
    pub(crate) width: f32,
    /// What it says, for whoever hears it.
    pub(crate) text: String,
}

impl Line {
    /// Each run with its distance from the start of the line in points.
    pub(crate) fn placed(&self) -> impl Iterator<Item = (f32, &Run)> {
        let mut at = 0.0;
        self.runs.iter().map(move |run| {
            let here = at;
            at += run.advance() * self.size;
            (here, run)
        })
    }

    /// Letters that no font has.
    pub(crate) fn missing(&self) -> impl Iterator<Item = char> {
        self.runs.iter().flat_map(|run| {
            let gone = run.glyphs.iter().filter(|glyph| glyph.id == 0);
            gone.flat_map(|glyph| run.text[glyph.range.clone()].chars())
                .filter(|letter| !is_joined(*letter))
        })
    }
}

impl Fonts {
    /// A text on one line, whatever its width.
    pub(crate) fn line(&self, text: &str, size: f32, weight: Weight, direction: Direction) -> Line {
        let mut runs = Vec::new();
        let info = BidiInfo::new(text, Some(level(direction)));
        for paragraph in &info.paragraphs {
            let (levels, ranges) = info.visual_runs(paragraph, paragraph.range.clone());
            for range in ranges {
                let leftward = levels[range.start].is_rtl();
                let first = runs.len();
                for part in self.parts(&text[range], weight) {
                    runs.push(self.shape(part, leftward));
                }
                if leftward {
                    runs[first..].reverse();
                }
            }
        }
        let width = runs.iter().map(Run::advance).sum::<f32>() * size;
        Line { runs, size, width, text: text.to_owned() }
    }

    /// A text on one line of at most this width: smaller letters first, then an ellipsis.
    pub(crate) fn fit(
        &self,
        text: &str,
        sizes: Range<f32>,
        weight: Weight,
        direction: Direction,
        width: f32,
    ) -> Line {
        let line = self.line(text, sizes.end, weight, direction);
        if line.width <= width {
            return line;
        }
        let size = (sizes.end * width / line.width).max(sizes.start);
        let line = self.line(text, size, weight, direction);
        if line.width <= width {
            return line;
        }
        let starts: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
        let cut = |count: usize| {
            let short = format!("{}…", text[..starts[count]].trim_end());
            self.line(&short, size, weight, direction)
        };
        let most = starts.partition_point(|start| {
            let short = format!("{}…", text[..*start].trim_end());
            self.line(&short, size, weight, direction).width <= width
        });
        cut(most.saturating_sub(1))
    }

    /// A paragraph as lines of at most this width. A word that is wider is broken.
    pub(crate) fn paragraph(
        &self,
        text: &str,
        size: f32,
        weight: Weight,
        direction: Direction,
        width: f32,
    ) -> Vec<Line> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let (mut line, mut used) = (0..0, 0.0);
        let mut from = 0;
        for (to, _) in unicode_linebreak::linebreaks(text) {
            for piece in self.pieces(text, from..to, size, weight, width) {
                let shown = text[piece.clone()].trim_end();
                let wide = self.line(shown, size, weight, direction).width;
                if used + wide > width && !line.is_empty() {
                    ranges.push(line);
                    (line, used) = (piece.start..piece.start, 0.0);
                }
                line.end = piece.end;
                used += self.line(&text[piece], size, weight, direction).width;
            }
            from = to;
        }
        if !line.is_empty() || ranges.is_empty() {
            ranges.push(line);
        }
        let line = |range: Range<usize>| self.line(text[range].trim(), size, weight, direction);
        ranges.into_iter().map(line).collect()
    }

    /// A word as it is, or in pieces that fit a line.
    fn pieces(
        &self,
        text: &str,
        word: Range<usize>,
        size: f32,
        weight: Weight,
        width: f32,
    ) -> Vec<Range<usize>> {
        let wide = |range: Range<usize>| {
            let shown = text[range].trim_end();
            self.line(shown, size, weight, Direction::LeftToRight).width
        };
        if wide(word.clone()) <= width {
            return vec![word];
        }
        let mut pieces = Vec::new();
        let mut from = word.start;
        while from < word.end {
            let ends: Vec<_> = text[from..word.end]
                .char_indices()
                .map(|(at, letter)| from + at + letter.len_utf8())
                .collect();
            let fitting = ends.partition_point(|end| wide(from..*end) <= width).max(1);
            pieces.push(from..ends[fitting - 1]);
            from = ends[fitting - 1];
        }
        pieces
    }

    /// Parts of a run that one face can show.
    fn parts<'t>(&self, text: &'t str, weight: Weight) -> Vec<(usize, &'t str)> {
        let mut parts: Vec<(usize, Range<usize>)> = Vec::new();
        for (at, letter) in text.char_indices() {
            let end = at + letter.len_utf8();
            match parts.last_mut() {
                // A mark stays with its letter, a space with its word, if that face has it.
                Some((face, range))
                    if (letter == ' ' || is_joined(letter))
                        && self.face(*face).face.glyph_index(letter).is_some() =>
                {
                    range.end = end;
                }
                Some((face, range)) if *face == self.face_for(letter, weight) => range.end = end,
                _ => parts.push((self.face_for(letter, weight), at..end)),
            }
        }
        parts.into_iter().map(|(face, range)| (face, &text[range])).collect()
    }

    fn shape(&self, (index, text): (usize, &str), leftward: bool) -> Run {
        let loaded = self.face(index);
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        buffer.set_direction(match leftward {
            true => ShapeDirection::RightToLeft,
            false => ShapeDirection::LeftToRight,
        });
        let shaped = rustybuzz::shape(&loaded.face, &[], buffer);
        let starts: std::collections::BTreeSet<_> =
            shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
        let em = loaded.face.units_per_em() as f32;
        let glyphs = shaped.glyph_infos().iter().zip(shaped.glyph_positions());
        let glyphs = glyphs.map(|(info, position)| {
            let start = info.cluster as usize;
            let end = starts.range(start + 1..).next().copied().unwrap_or(text.len());
            Glyph {
                id: info.glyph_id,
                range: start..end,
                advance: position.x_advance as f32 / em,
                right: position.x_offset as f32 / em,
                up: position.y_offset as f32 / em,
            }
        });
        Run { face: index, glyphs: glyphs.collect(), text: text.to_owned() }
    }
}

fn level(direction: Direction) -> Level {
    match direction {
        Direction::LeftToRight => Level::ltr(),
        Direction::RightToLeft => Level::rtl(),
    }
}

/// Accents, joiners and variation selectors belong to what stands before them.
fn is_joined(letter: char) -> bool {
    matches!(
        letter,
        '\u{300}'..='\u{36f}'
            | '\u{483}'..='\u{489}'
            | '\u{591}'..='\u{5c7}'
            | '\u{610}'..='\u{61a}'
            | '\u{64b}'..='\u{65f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2066}'..='\u{2069}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe00}'..='\u{fe0f}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fonts() -> Fonts {
        Fonts::carried().expect("carried fonts load")
    }

    fn ids(text: &str) -> Vec<u32> {
        let line = fonts().line(text, 10.0, Weight::Regular, Direction::RightToLeft);
        line.runs.iter().flat_map(|run| run.glyphs.iter().map(|glyph| glyph.id)).collect()
    }

    #[test]
    fn arabic_letters_join_and_run_from_the_right() {
        // Three times beh: final, medial and initial form, from the left; each another glyph than alone.
        let (joined, alone) = (ids("ببب"), ids("ب"));
        let mut forms = joined.clone();
        forms.extend(&alone);
        forms.sort_unstable();
        forms.dedup();
        assert_eq!(forms.len(), joined.len() + alone.len(), "{joined:?} {alone:?}");
    }

    #[test]
    fn a_number_in_an_arabic_line_stays_readable() {
        let line = fonts().line("رقم 0042 هاتف", 10.0, Weight::Regular, Direction::RightToLeft);
        let order: Vec<_> = line.runs.iter().map(|run| run.text.trim()).collect();
        assert_eq!(order.iter().filter(|text| !text.is_empty()).count(), 3, "{order:?}");
        assert!(order[0].contains("هاتف"), "the last word stands left: {order:?}");
        assert!(order.contains(&"0042"), "{order:?}");
    }

    #[test]
    fn a_value_within_a_sentence_is_not_turned_by_it() {
        let text =
            format!("هاتف {} هنا", super::super::isolated("+250 788", Direction::RightToLeft));
        let line = fonts().line(&text, 10.0, Weight::Regular, Direction::RightToLeft);
        let order: String = line.runs.iter().map(|run| run.text.trim()).collect();
        assert!(order.contains("+250 788"), "{order}");
        assert_eq!(line.missing().count(), 0);
    }

    #[test]
    fn what_no_font_has_is_counted() {
        let line = fonts().line("ok ሀ", 10.0, Weight::Regular, Direction::LeftToRight);
        assert_eq!(line.missing().collect::<Vec<_>>(), ['ሀ']);
    }

    #[test]
    fn a_long_name_gets_smaller_and_then_an_ellipsis() {
        let fit =
            |text: &str| fonts().fit(text, 7.0..10.0, Weight::Bold, Direction::LeftToRight, 80.0);
        assert_eq!(fit("Amina Okoye").size, 10.0);
        let smaller = fit("Amina Okoye-Kone");
        assert!(smaller.size < 10.0 && smaller.size >= 7.0 && !smaller.text.ends_with('…'));
        let cut = fit(&"Amina ".repeat(30));
        assert!(cut.text.ends_with('…') && cut.width <= 80.0, "{}", cut.text);
        assert!(fit("").width == 0.0);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_its_place_and_no_letter_is_lost(
            text in "[a-zéŋ \u{627}-\u{64a}-]{0,80}",
            width in 30.0f32..200.0,
        ) {
            let fonts = fonts();
            let lines =
                fonts.paragraph(&text, 9.0, Weight::Regular, Direction::LeftToRight, width);
            let bare = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            let printed: String = lines.iter().map(|line| bare(&line.text)).collect();
            prop_assert_eq!(printed, bare(&text));
            for line in lines {
                prop_assert!(line.width <= width + 0.5, "{} > {}: {}", line.width, width, line.text);
            }
        }

        #[test]
        fn hostile_text_is_shaped_without_a_panic(text in "\\PC{0,60}", width in 1.0f32..300.0) {
            let fonts = fonts();
            fonts.paragraph(&text, 9.0, Weight::Bold, Direction::RightToLeft, width);
            let line =
                fonts.fit(&text, 5.0..9.0, Weight::Bold, Direction::LeftToRight, width.max(20.0));
            prop_assert!(line.width <= width.max(20.0) + 0.1);
        }
    }
}
