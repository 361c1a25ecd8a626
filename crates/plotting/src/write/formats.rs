//! From SVG with text to the three formats: SVG with outlined text, PDF with embedded subset fonts,
//! PNG at 300 dpi.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use krilla_svg::{SurfaceExt, SvgSettings};
use resvg::tiny_skia::{Pixmap, Transform};
use usvg::fontdb::{Database, ID};

use crate::check;
use crate::describe::figure::Figure;
use crate::draw::canvas::Shape;
use crate::draw::page;
use crate::error::PlotError;
use crate::layout::labels::Turns;
use crate::layout::page::layout;
use crate::text::fonts;
use crate::text::outside::{self, Fonts, Found, Outside, OutsideFont};
use crate::write::vector;

/// Resolution of the PNG.
const DPI: f64 = 300.0;

/// A drawn figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Name of the figure.
    pub name: String,
    /// Vector graphics, with text as [`SvgText`] says.
    pub svg: String,
    /// One page of the figure's size; fonts embedded, text selectable.
    pub pdf: Vec<u8>,
    /// 300 dots per inch on white.
    pub png: Vec<u8>,
    /// Fonts from outside that it was drawn with: its bytes depend on them.
    pub fonts: Vec<OutsideFont>,
    /// Characters that no font has: they are drawn as boxes.
    pub boxes: Vec<char>,
}

/// How text is drawn.
#[derive(Clone, Debug, Default)]
pub struct TextParams {
    /// For what the embedded font lacks.
    pub fonts: Fonts,
    /// How SVG holds text.
    pub svg: SvgText,
}

/// How SVG holds text. In PDF it can always be selected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SvgText {
    /// As outlines, which look the same in every viewer.
    #[default]
    Outlines,
    /// As text, which can be searched and edited, in the fonts that the viewer has.
    Text,
}

impl Rendered {
    /// Writes `name.svg`, `name.pdf` and `name.png` into `directory`, creating it if need be. Each
    /// file appears complete or not at all.
    ///
    /// # Errors
    /// `BadName` if the name is not a file name, `Io` if the file system refuses.
    pub fn write_to(&self, directory: impl AsRef<Path>) -> Result<[PathBuf; 3], PlotError> {
        if !is_file_name(&self.name) {
            return Err(PlotError::BadName { name: self.name.clone() });
        }
        let directory = directory.as_ref();
        std::fs::create_dir_all(directory)
            .map_err(|source| PlotError::Io { path: directory.to_owned(), source })?;
        let write = |ending: &str, bytes: &[u8]| -> Result<PathBuf, PlotError> {
            let path = directory.join(format!("{}.{ending}", self.name));
            relata_runs::write_atomic(&path, bytes)
                .map_err(|e| PlotError::Io { path: e.path, source: e.source })?;
            Ok(path)
        };
        Ok([write("svg", self.svg.as_bytes())?, write("pdf", &self.pdf)?, write("png", &self.png)?])
    }
}

fn is_file_name(name: &str) -> bool {
    name.len() <= 200
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

impl Figure {
    /// Draws the figure in all three formats, with the embedded font alone: characters that it lacks
    /// become boxes.
    ///
    /// # Errors
    /// Any [`PlotError`] but `Io`: the data or the layout are not drawable, as it says.
    pub fn render(&self) -> Result<Rendered, PlotError> {
        self.render_with(&TextParams::default())
    }

    /// Draws the figure in all three formats, with text as the parameters say.
    ///
    /// # Errors
    /// As [`Figure::render`].
    pub fn render_with(&self, text: &TextParams) -> Result<Rendered, PlotError> {
        let (drawn, found) = outside::within(&text.fonts, || self.draw());
        let page = drawn?;
        let failed = |format: &'static str, cause: String| PlotError::Format {
            figure: self.name.clone(),
            format,
            cause,
        };
        let svg = page.document(fonts::FAMILY).map_err(|e| failed("SVG", e))?;
        let tree = parse(&svg, &found).map_err(|e| failed("SVG", e.to_string()))?;
        let used = found.used();
        let svg = match text.svg {
            SvgText::Outlines => outlined(&tree),
            SvgText::Text => {
                let mut families = vec!["DejaVu Sans Condensed", "DejaVu Sans"];
                families.extend(used.iter().map(|o| o.font.family.as_str()));
                let quoted: Vec<String> =
                    families.iter().map(|f| format!("'{}'", vector::quotable(f))).collect();
                page.document(&format!("{}, sans-serif", quoted.join(", "))).map_err(|e| failed("SVG", e))?
            }
        };
        Ok(Rendered {
            name: self.name.clone(),
            svg,
            pdf: pdf(&tree, &self.name).map_err(|e| failed("PDF", e))?,
            png: png(&tree).map_err(|e| failed("PNG", e))?,
            fonts: used.iter().map(|o| o.font.clone()).collect(),
            boxes: found.boxes(),
        })
    }

    /// Draws the figure and writes `name.svg`, `name.pdf` and `name.png` into `directory`, creating
    /// it if need be. Each file appears complete or not at all. Returns the three paths.
    ///
    /// # Errors
    /// As [`Figure::render`], and `Io`, `BadName`.
    pub fn write_to(&self, directory: impl AsRef<Path>) -> Result<[PathBuf; 3], PlotError> {
        self.render()?.write_to(directory)
    }

    /// What the page shows.
    pub(crate) fn draw(&self) -> Result<Drawn, PlotError> {
        check::figure(self)?;
        let page = layout(self, Turns::Any)?;
        Ok(Drawn { shapes: page::draw(self, &page), width: page.width, height: page.height })
    }
}

/// A page of shapes, with its size in points.
pub(crate) struct Drawn {
    shapes: Vec<Shape>,
    width: f64,
    height: f64,
}

impl Drawn {
    /// As SVG whose text is text.
    pub(crate) fn document(&self, families: &str) -> Result<String, String> {
        vector::document(&self.shapes, self.width, self.height, families)
    }
}

/// The drawing that a viewer with the embedded fonts, and those that were found, sees.
pub(crate) fn parse(svg: &str, found: &Found) -> Result<usvg::Tree, usvg::Error> {
    let (fontdb, draws) = fonts::database(found);
    // Text in a font from outside names its family; others may have a font of that name as well.
    let named: Vec<(String, ID)> = found
        .used()
        .iter()
        .filter(|o| o.font.family != fonts::FAMILY)
        .filter_map(|o| Some((vector::quotable(&o.font.family), font_of(&draws, found, o)?)))
        .collect();
    let usual = usvg::FontResolver::default_font_selector();
    let select = move |font: &usvg::Font, all: &mut Arc<Database>| {
        let asked = font.families().first().map(ToString::to_string);
        let outside = asked.and_then(|asked| {
            named.iter().find(|(name, _)| asked.trim_matches(['\'', '"']) == name).map(|(_, id)| *id)
        });
        outside.or_else(|| usual(font, all))
    };
    let fallback = move |c: char, tried: &[ID], _: &mut Arc<Database>| {
        draws.iter().find(|(d, _)| *d == c).map(|(_, id)| *id).filter(|id| !tried.contains(id))
    };
    let font_resolver =
        usvg::FontResolver { select_font: Box::new(select), select_fallback: Box::new(fallback) };
    let font_family = fonts::FAMILY.to_owned();
    let options = usvg::Options { font_family, fontdb, font_resolver, ..usvg::Options::default() };
    usvg::Tree::from_str(svg, &options)
}

/// The number of a font from outside, by a character that it draws.
fn font_of(draws: &[(char, ID)], found: &Found, outside: &Outside) -> Option<ID> {
    let drawn = |c: &char| found.by_character.get(c).copied().flatten() == Some(outside);
    draws.iter().find(|(c, _)| drawn(c)).map(|(_, id)| *id)
}

fn outlined(tree: &usvg::Tree) -> String {
    let options = usvg::WriteOptions {
        preserve_text: false,
        coordinates_precision: 3,
        transforms_precision: 6,
        indent: usvg::Indent::None,
        attributes_indent: usvg::Indent::None,
        ..usvg::WriteOptions::default()
    };
    let svg = tree.to_string(&options);
    // usvg sizes are CSS pixels; a viewBox lets the file scale where it is embedded.
    let (w, h) = (tree.size().width(), tree.size().height());
    svg.replacen("<svg ", &format!("<svg viewBox=\"0 0 {w} {h}\" "), 1)
}

fn pdf(tree: &usvg::Tree, name: &str) -> Result<Vec<u8>, String> {
    // CSS pixels are 1/96 in, PDF units 1/72 in.
    let (w, h) = (tree.size().width() * 0.75, tree.size().height() * 0.75);
    let size = krilla::geom::Size::from_wh(w, h).ok_or("the page has no extent")?;
    let settings = krilla::page::PageSettings::from_wh(w, h).ok_or("the page has no extent")?;
    let mut document = krilla::Document::new();
    document.set_metadata(krilla::metadata::Metadata::new().title(name.to_owned()));
    let mut page = document.start_page_with(settings);
    let mut surface = page.surface();
    surface.draw_svg(tree, size, SvgSettings::default()).ok_or("the drawing was not accepted")?;
    surface.finish();
    page.finish();
    document.finish().map_err(|e| format!("{e:?}"))
}

fn png(tree: &usvg::Tree) -> Result<Vec<u8>, String> {
    let scale = (DPI / 96.0) as f32;
    let pixels = |length: f32| (length * scale).round().max(1.0) as u32;
    let (w, h) = (pixels(tree.size().width()), pixels(tree.size().height()));
    let mut map = Pixmap::new(w, h).ok_or("the image has no extent or is too large")?;
    map.fill(resvg::tiny_skia::Color::WHITE);
    resvg::render(tree, Transform::from_scale(scale, scale), &mut map.as_mut());
    // The background is opaque, so colours are not premultiplied by anything but 1.
    let rgb: Vec<u8> = map.pixels().iter().flat_map(|p| [p.red(), p.green(), p.blue()]).collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, w, h);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let per_meter = (DPI / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: per_meter,
        yppu: per_meter,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header().map_err(|e| e.to_string())?;
    writer.write_image_data(&rgb).map_err(|e| e.to_string())?;
    writer.finish().map_err(|e| e.to_string())?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::is_file_name;

    #[test]
    fn names_that_leave_the_directory_are_refused() {
        assert!(is_file_name("error-against-rank_2.b"));
        for bad in ["", "../x", ".hidden", "a/b", "a b", "ä"] {
            assert!(!is_file_name(bad), "{bad}");
        }
    }
}
