//! The fonts that travel inside the crate (DejaVu Sans Condensed), their metrics, and the database
//! that usvg shapes with.

use std::sync::{Arc, LazyLock};

use rustybuzz::ttf_parser::{GlyphId, OutlineBuilder};
use rustybuzz::{Face, UnicodeBuffer};
use usvg::fontdb::{Database, ID, Source};

use crate::text::outside::{self, Found, Outside};

pub(crate) const FAMILY: &str = "DejaVu Sans";

/// Which cut of the family, or which font from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cut {
    pub bold: Weight,
    pub italic: Slant,
    pub outside: Option<&'static Outside>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Weight {
    #[default]
    Regular,
    Bold,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Slant {
    #[default]
    Upright,
    Oblique,
}

fn bytes() -> [&'static [u8]; 4] {
    use dejavu::sans_condensed as cut;
    [cut::regular(), cut::bold(), cut::oblique(), cut::bold_oblique()]
}

/// The faces, in the order of [`bytes`]. A face that does not parse would be missing here, and
/// every width zero.
static FACES: LazyLock<Vec<Face<'static>>> =
    LazyLock::new(|| bytes().iter().filter_map(|b| Face::from_slice(b, 0)).collect());

static DATABASE: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut db = Database::new();
    for b in bytes() {
        db.load_font_data(b.to_vec());
    }
    Arc::new(db)
});

/// The embedded fonts and those from outside, and which of the latter draws which character.
pub(crate) fn database(found: &Found) -> (Arc<Database>, Vec<(char, ID)>) {
    let mut all = DATABASE.clone();
    let mut draws = Vec::new();
    for outside in found.used() {
        // Its bytes live as long as the process: nothing is copied.
        let ids = Arc::make_mut(&mut all).load_font_source(Source::Binary(Arc::new(outside.bytes)));
        if let Some(id) = ids.get(outside.index as usize) {
            let characters = found.by_character.iter().filter(|(_, o)| **o == Some(outside));
            draws.extend(characters.map(|(c, _)| (*c, *id)));
        }
    }
    (all, draws)
}

fn face(cut: Cut) -> Option<&'static Face<'static>> {
    if let Some(outside) = cut.outside {
        return Some(&outside.face);
    }
    let index = match (cut.bold, cut.italic) {
        (Weight::Regular, Slant::Upright) => 0,
        (Weight::Bold, Slant::Upright) => 1,
        (Weight::Regular, Slant::Oblique) => 2,
        (Weight::Bold, Slant::Oblique) => 3,
    };
    FACES.get(index)
}

/// Advance of `text` at size 1. Kerning, which only tightens, is left out.
pub(crate) fn advance(text: &str, cut: Cut) -> f64 {
    let Some(face) = face(cut) else { return 0.0 };
    let advance = |c| face.glyph_hor_advance(face.glyph_index(c).unwrap_or_default()).unwrap_or(0);
    text.chars().filter(|c| !is_unseen(*c)).map(|c| f64::from(advance(c)) / units_per_em(cut)).sum()
}

/// A glyph of a shaped text: where in the text it comes from, where it begins and how far it
/// advances at size 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glyph {
    pub id: GlyphId,
    pub byte: usize,
    pub x: f64,
    pub advance: f64,
}

/// The glyphs of a text, kerned and with ligatures, as usvg sets them.
pub(crate) fn shape(text: &str, cut: Cut) -> Vec<Glyph> {
    let Some(face) = face(cut) else { return Vec::new() };
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    let shaped = rustybuzz::shape(face, &[], buffer);
    let mut x = 0.0;
    let glyphs = shaped.glyph_infos().iter().zip(shaped.glyph_positions()).map(|(info, position)| {
        let advance = f64::from(position.x_advance) / units_per_em(cut);
        x += advance;
        Glyph { id: GlyphId(info.glyph_id as u16), byte: info.cluster as usize, x: x - advance, advance }
    });
    glyphs.collect()
}

/// Draws a glyph in units of the font.
pub(crate) fn outline(glyph: GlyphId, cut: Cut, builder: &mut impl OutlineBuilder) {
    if let Some(face) = face(cut) {
        face.outline_glyph(glyph, builder);
    }
}

/// Units of the font per em.
pub(crate) fn units_per_em(cut: Cut) -> f64 {
    face(cut).map_or(1.0, |f| f64::from(f.units_per_em()))
}

/// Whether the embedded font can draw this character.
fn covers(c: char, cut: Cut) -> bool {
    face(cut).is_some_and(|f| f.glyph_index(c).is_some_and(|g| g.0 != 0))
}

/// Joiners, marks of direction and selectors of variants, which are part of the character before.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Splits a text where the font changes. Characters that no drawing may contain become what stands
/// for them.
pub(crate) fn pieces(text: &str, cut: Cut) -> Vec<(Cut, String)> {
    let embedded = Cut { outside: None, ..cut };
    let mut pieces: Vec<(Cut, String)> = Vec::new();
    for c in text.chars().map(drawable) {
        let last = pieces.last_mut();
        let cut = match &last {
            Some((cut, _)) if is_unseen(c) => *cut,
            _ if is_unseen(c) || covers(c, embedded) => embedded,
            _ => Cut { outside: outside::font_for(c), ..cut },
        };
        match last {
            Some((same, piece)) if *same == cut => piece.push(c),
            _ => pieces.push((cut, c.to_string())),
        }
    }
    pieces
}

/// Line ends and tabs are blanks in a label; XML, of which drawings are made, has no other control
/// characters.
fn drawable(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' => ' ',
        '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_four_cuts_parse() {
        assert_eq!(FACES.len(), 4);
        assert_eq!(database(&Found::default()).0.len(), 4);
    }

    #[test]
    fn bold_is_wider_and_digits_have_one_width() {
        let bold = Cut { bold: Weight::Bold, ..Cut::default() };
        assert!(advance("relation", bold) > advance("relation", Cut::default()));
        let one = advance("1", Cut::default());
        assert!((advance("8", Cut::default()) - one).abs() < 1e-12 && one > 0.4 && one < 0.7);
    }

    #[test]
    fn the_mathematics_we_need_is_covered() {
        for c in "λφψμν∈≤≥∞×−±√‖⟨⟩·∂∇∑∫≈≠→ε₁²".chars() {
            assert!(covers(c, Cut::default()), "{c}");
        }
        assert!(!covers('漢', Cut::default()));
    }

    #[test]
    fn what_no_font_has_stays_a_box_and_what_xml_has_not_is_replaced() {
        let texts = |text| pieces(text, Cut::default()).into_iter().map(|p| p.1).collect::<Vec<_>>();
        assert_eq!(texts("a漢b"), ["a漢b"]);
        assert_eq!(texts("a\u{1}\tb\u{ffff}"), ["a\u{fffd} b\u{fffd}"]);
        assert!(covers(char::REPLACEMENT_CHARACTER, Cut::default()));
        assert!((advance("e\u{fe0f}", Cut::default()) - advance("e", Cut::default())).abs() < 1e-12);
        let (_, found) = outside::within(&outside::Fonts::embedded(), || texts("a漢b字漢"));
        assert_eq!(found.boxes(), ['字', '漢']);
    }
}
