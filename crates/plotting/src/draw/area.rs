//! Figures on drawing areas of plotters.

use std::iter::{Once, once};

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Drawable, PointCollection};
use plotters_backend::{BackendCoord, DrawingBackend, DrawingErrorKind};

use crate::check;
use crate::describe::color::Palette;
use crate::describe::figure::{Figure, SIDES};
use crate::draw::canvas::Shape;
use crate::draw::page;
use crate::draw::sheet::Sheet;
use crate::error::PlotError;
use crate::layout::labels::Turns;
use crate::layout::page::layout;

impl Figure {
    /// Draws the figure on a drawing area of plotters: a bitmap or SVG of your own, a window, the
    /// canvas of a web page, or a part of one. The figure fills the area, whatever its own width and
    /// height; text and lines keep their sizes in points, of which each is so many units (pixels) of
    /// the area: dots per inch / 72.
    ///
    /// ```
    /// use plotters_svg::SVGBackend;
    /// use relata_plotting::plotters::drawing::IntoDrawingArea;
    /// use relata_plotting::{Chart, Figure, FigureWidth, Series};
    ///
    /// let chart = Chart::new().line(Series::new("squares", &[1.0, 2.0, 3.0], &[1.0, 4.0, 9.0]));
    /// let figure = Figure::new(FigureWidth::Single).panel(chart);
    /// let mut svg = String::new();
    /// let area = SVGBackend::with_string(&mut svg, (4000, 3000)).into_drawing_area();
    /// figure.draw_on(&area, 20.0)?;
    /// area.present()?;
    /// # drop(area);
    /// assert!(svg.contains("squares"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Coordinates of plotters are whole units: on a vector backend take 20 per point or more, and
    /// let the document be scaled. Nothing is presented: call [`DrawingArea::present`] when all is
    /// drawn. Backends that leave text to plotters (bitmaps) get it from the embedded font; those
    /// that draw text themselves (SVG, web) need DejaVu Sans Condensed where they are shown. Text
    /// has the sizes that plotters' SVG backend expects; plotters-canvas 0.3 takes them for pixels,
    /// which makes text 24 % larger, and draws all lines equally wide.
    ///
    /// # Errors
    /// Any [`PlotError`] but `Io`, `BadName` and `Format`: [`PlotError::AreaTooSmall`] says which
    /// area would do, `Backend` what the backend said.
    pub fn draw_on<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        units_per_point: f64,
    ) -> Result<(), PlotError> {
        if !(0.1..=1e5).contains(&units_per_point) {
            let (what, expected) = ("the number of units per point", "0.1 to 100000");
            return Err(PlotError::BadSize {
                figure: self.name.clone(),
                what,
                value: units_per_point,
                expected,
            });
        }
        let found = area.dim_in_pixel();
        let points = |units: u32| (f64::from(units) / units_per_point).max(*SIDES.start());
        let figure = self.sized(points(found.0), Some(points(found.1)));
        check::figure(&figure)?;
        let laid_out = layout(&figure, Turns::Right).map_err(|e| match e {
            PlotError::TooSmall { size: Some((w, h)), .. } => {
                let units = |points: f64| (points * units_per_point).ceil() as u32;
                PlotError::AreaTooSmall { found, needed: (units(w), units(h)), cause: Box::new(e) }
            }
            e => e,
        })?;
        let page = Page { shapes: page::draw(&figure, &laid_out), units_per_point };
        area.fill(&Palette::WHITE)
            .and_then(|()| area.draw(&page))
            .map_err(|e| PlotError::Backend { figure: self.name.clone(), cause: e.to_string() })
    }
}

/// The whole figure as one element of plotters.
struct Page {
    shapes: Vec<Shape>,
    units_per_point: f64,
}

impl<'a> PointCollection<'a, BackendCoord> for &'a Page {
    type Point = BackendCoord;
    type IntoIter = Once<BackendCoord>;

    fn point_iter(self) -> Self::IntoIter {
        once((0, 0))
    }
}

impl<DB: DrawingBackend> Drawable<DB> for Page {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        mut origin: I,
        backend: &mut DB,
        _size: (u32, u32),
    ) -> Result<(), DrawingErrorKind<DB::ErrorType>> {
        let origin = origin.next().unwrap_or_default();
        Sheet { backend, origin, units_per_point: self.units_per_point, hint: None }.draw(&self.shapes)
    }
}
