//! The fonts that travel inside the crate (DejaVu Sans Condensed), their metrics, and the database
//! that usvg shapes with.

use std::sync::{Arc, LazyLock};

use ttf_parser::Face;
use usvg::fontdb::Database;

pub(crate) const FAMILY: &str = "DejaVu Sans";

/// Which cut of the family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cut {
    pub bold: Weight,
    pub italic: Slant,
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
    LazyLock::new(|| bytes().iter().filter_map(|b| Face::parse(b, 0).ok()).collect());

static DATABASE: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut db = Database::new();
    for b in bytes() {
        db.load_font_data(b.to_vec());
    }
    Arc::new(db)
});

pub(crate) fn database() -> Arc<Database> {
    DATABASE.clone()
}

fn face(cut: Cut) -> Option<&'static Face<'static>> {
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
    let em = f64::from(face.units_per_em());
    text.chars()
        .map(|c| {
            let glyph = face.glyph_index(c).unwrap_or_default();
            f64::from(face.glyph_hor_advance(glyph).unwrap_or(0)) / em
        })
        .sum()
}

/// Whether the font can draw this character.
pub(crate) fn covers(c: char, cut: Cut) -> bool {
    face(cut).is_some_and(|f| f.glyph_index(c).is_some_and(|g| g.0 != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_four_cuts_parse() {
        assert_eq!(FACES.len(), 4);
        assert_eq!(database().len(), 4);
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
}
