//! Text for backends of plotters: those that draw text themselves are told which, the others get
//! its pixels from the embedded font.

use std::convert::Infallible;

use plotters::style::{Color as _, FontFamily, FontStyle, FontTransform, RGBColor};
use plotters_backend::text_anchor::{HPos, Pos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendTextStyle};
use resvg::tiny_skia::{FillRule, Mask, PathBuilder, Transform};
use rustybuzz::ttf_parser::OutlineBuilder;

use crate::text::fonts::{self, Cut, Weight};

/// plotters' SVG backend divides sizes by this to get those of CSS, and places the baseline
/// this far below the upper end, relative to the size of CSS.
const PLOTTERS_SIZE: f64 = 1.24;
const PLOTTERS_ASCENT: f64 = 0.76;

/// The families of the embedded font, where others show it.
pub(crate) const FAMILIES: &str = "DejaVu Sans Condensed, DejaVu Sans, sans-serif";

/// One run of text in units of its backend. It hangs from its upper end, the only side whose
/// distance from the baseline is known to all backends.
pub(crate) struct Lettering {
    pub cut: Cut,
    /// Units per em.
    pub em: f64,
    pub color: RGBColor,
    pub align: HPos,
    pub transform: FontTransform,
}

/// From the upper end of a text to its baseline, for a style of this size.
pub(crate) fn ascent(em: f64) -> i32 {
    (PLOTTERS_ASCENT * em).round() as i32
}

/// Units per em of a style, as CSS counts.
pub(crate) fn em(style: &impl BackendTextStyle) -> f64 {
    style.size() / PLOTTERS_SIZE
}

impl BackendTextStyle for Lettering {
    type FontError = Infallible;

    fn color(&self) -> BackendColor {
        self.color.to_backend_color()
    }

    fn size(&self) -> f64 {
        self.em * PLOTTERS_SIZE
    }

    fn transform(&self) -> FontTransform {
        self.transform.clone()
    }

    fn style(&self) -> FontStyle {
        match (self.cut.bold, self.cut.italic) {
            (Weight::Bold, _) => FontStyle::Bold,
            (_, fonts::Slant::Oblique) => FontStyle::Oblique,
            _ => FontStyle::Normal,
        }
    }

    fn anchor(&self) -> Pos {
        Pos::new(self.align, VPos::Top)
    }

    fn family(&self) -> FontFamily<'_> {
        match self.cut.outside {
            Some(outside) => FontFamily::Name(&outside.font.family),
            None => FontFamily::Name(FAMILIES),
        }
    }

    fn layout_box(&self, text: &str) -> Result<((i32, i32), (i32, i32)), Infallible> {
        let width = fonts::shape(text, self.cut).last().map_or(0.0, |g| g.x + g.advance);
        // Room below for descenders and above for accents, of any letter of the font.
        Ok(((0, 0), ((width * self.em).ceil() as i32, (1.25 * self.em).ceil() as i32)))
    }

    fn draw<E, F: FnMut(i32, i32, BackendColor) -> Result<(), E>>(
        &self,
        text: &str,
        (x, y): BackendCoord,
        mut pixel: F,
    ) -> Result<Result<(), E>, Infallible> {
        let scale = self.em / fonts::units_per_em(self.cut);
        let mut outline = Outline { path: PathBuilder::new(), x: 0.0, scale, baseline: ascent(self.em) };
        for glyph in fonts::shape(text, self.cut) {
            outline.x = glyph.x * self.em;
            fonts::outline(glyph.id, self.cut, &mut outline);
        }
        let (_, (w, h)) = self.layout_box(text)?;
        // A little wider: slanted letters lean out of their box.
        let w = w + self.em.ceil() as i32;
        let (Some(path), Some(mut mask)) =
            (outline.path.finish(), Mask::new(w.max(1) as u32, h.max(1) as u32))
        else {
            return Ok(Ok(()));
        };
        mask.fill_path(&path, FillRule::Winding, true, Transform::identity());
        for (i, alpha) in mask.data().iter().enumerate().filter(|(_, alpha)| **alpha > 0) {
            let (dx, dy) = (i as i32 % w, i as i32 / w);
            let drawn = pixel(x + dx, y + dy, self.color().mix(f64::from(*alpha) / 255.0));
            if drawn.is_err() {
                return Ok(drawn);
            }
        }
        Ok(Ok(()))
    }
}

/// Glyphs, in units of the font with y pointing up, as a path of pixels.
struct Outline {
    path: PathBuilder,
    x: f64,
    scale: f64,
    baseline: i32,
}

impl Outline {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        let (x, y) = (f64::from(x) * self.scale, f64::from(y) * self.scale);
        ((self.x + x) as f32, (f64::from(self.baseline) - y) as f32)
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
