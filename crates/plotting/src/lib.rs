//! Figures for papers: described by data, drawn as SVG, PDF and PNG, the same bytes every time.
//!
//! A [`Figure`] has a [`FigureWidth`], panels in a grid and one [`Legend`]. Each panel shows a
//! [`Chart`]: two [`Axis`] and marks between them, which are lines, steps and points ([`Series`]),
//! bands, [`Bars`], [`BoxPlot`]s, a [`HeatMap`], reference lines, slope triangles and notes. A name
//! has one colour, dash and marker in all panels. Lengths are points (1/72 in) throughout. Labels
//! know a little markup: `_{..}`, `^{..}`, `\i{..}`, `\b{..}` and names like `\lambda`.
//!
//! ```
//! use relata_plotting::{Axis, Chart, Figure, FigureWidth, Series};
//!
//! let ranks = [1.0, 2.0, 4.0, 8.0, 16.0];
//! let measured = [0.61, 0.24, 6.1e-2, 4.2e-3, 1.3e-5];
//! let limit = [0.60, 0.23, 6.0e-2, 4.1e-3, 1.2e-5];
//! let chart = Chart::new()
//!     .x(Axis::log2("rank \\i{d}"))
//!     .y(Axis::log("relative L^{2} error"))
//!     .line(Series::new("spectral readout", &ranks, &measured))
//!     .line(Series::new("Eckart–Young limit", &ranks, &limit).reference());
//! let figure = Figure::new(FigureWidth::Single).name("error-against-rank").panel(chart).render()?;
//! assert!(figure.pdf.starts_with(b"%PDF") && figure.svg.starts_with("<svg"));
//! # Ok::<(), relata_plotting::PlotError>(())
//! ```
//!
//! What is wrong with the data is a [`PlotError`] that names figure, panel, series and index;
//! nothing is dropped or clamped silently. Data beyond limits that were given are clipped at the
//! frame.
//!
//! # On plotters
//!
//! [`Figure::draw_on`] draws on any drawing area of [`plotters`]: bitmaps, SVG, windows, web
//! canvases. [`Figure::render`] and [`Figure::write_to`] go the same way, onto a backend of our own
//! that writes SVG on a grid of 1000 units per point; usvg, krilla and resvg make outlines, PDF and
//! PNG of it. Of plotters we use the drawing layer: primitives, colours, text styles, areas. Its
//! charts clamp what lies outside the axes and have no dashes, no legends outside the plot, no text
//! of mixed styles and no ticks that a journal would print, so layout, axes, marks and checks are
//! ours. The font (DejaVu Sans Condensed) is embedded. What it lacks is drawn with a font that the
//! caller gives or lets look for on the machine ([`Fonts`]), else as a box; the result names both.

mod check;
mod describe;
mod draw;
mod error;
mod layout;
mod text;
mod write;

pub use describe::axis::Axis;
pub use describe::bars::{Bars, BoxPlot};
pub use describe::chart::{Chart, Corner};
pub use describe::color::{ColorMap, Palette};
pub use describe::figure::{Figure, FigureWidth, Legend, Letters, Share};
pub use describe::heatmap::{ColorScale, HeatMap};
pub use describe::marks::{Dash, Marker, Series, StepAt};
pub use describe::tables::Lines;
pub use error::{Place, PlotError};
pub use plotters::{self, style::RGBColor};
pub use text::outside::{FontError, Fonts, OutsideFont};
pub use write::formats::{Rendered, SvgText, TextParams};
