//! From data to scales: limits, categories, and which sides get room.

use crate::describe::axis::Axis;
use crate::describe::axis::{Direction, Kind};
use crate::describe::bars::{Arrangement, five};
use crate::describe::chart::Chart;
use crate::describe::figure::Figure;
use crate::describe::heatmap::HeatMap;
use crate::describe::marks::{Across, Mark, Series};
use crate::error::{Place, PlotError};
use crate::layout::scale::{Pad, Scale};

/// The two scales of a panel.
#[derive(Clone, Debug)]
pub(crate) struct Scales {
    pub x: Scale,
    pub y: Scale,
}

/// What the data of one axis ask for.
#[derive(Clone, Debug, Default)]
struct Reach {
    range: Option<(f64, f64)>,
    edge: Edge,
    names: Option<Vec<String>>,
    /// Matrices are written from the top.
    from_top: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Edge {
    /// Room between data and frame.
    #[default]
    Loose,
    /// Bars stand on the frame if they are on one side of zero.
    Standing,
    /// Cells fill the frame.
    Tight,
}

impl Reach {
    fn add(&mut self, v: f64) {
        let (lo, hi) = self.range.unwrap_or((v, v));
        self.range = Some((lo.min(v), hi.max(v)));
    }

    fn all<'a>(&mut self, values: impl IntoIterator<Item = &'a f64>) {
        values.into_iter().for_each(|v| self.add(*v));
    }

    fn merge(&mut self, other: &Self) {
        if let Some((lo, hi)) = other.range {
            self.add(lo);
            self.add(hi);
        }
        if self.edge == Edge::Loose {
            self.edge = other.edge;
        }
    }
}

/// The scales of all panels, shared where the figure says so.
pub(crate) fn scales(f: &Figure) -> Result<Vec<Scales>, PlotError> {
    let mut reaches = Vec::with_capacity(f.panels.len());
    for (i, p) in f.panels.iter().enumerate() {
        reaches.push(reach(p, &Place::of(f, i))?);
    }
    for (shared, pick) in [(f.share.x(), 0), (f.share.y(), 1)] {
        if shared {
            let mut union = Reach::default();
            same_kind(f, pick)?;
            reaches.iter().for_each(|r| union.merge(&r[pick]));
            if let Some(i) = reaches.iter().position(|r| r[pick].names != reaches[0][pick].names) {
                return Err(PlotError::conflict(&Place::of(f, i), SHARED));
            }
            reaches.iter_mut().for_each(|r| r[pick].merge(&union));
        }
    }
    f.panels
        .iter()
        .zip(&reaches)
        .enumerate()
        .map(|(i, (p, [x, y]))| {
            let place = Place::of(f, i);
            Ok(Scales { x: resolve(&p.x, x, &place, "x axis")?, y: resolve(&p.y, y, &place, "y axis")? })
        })
        .collect()
}

const SHARED: &str =
    "a shared axis must be of one kind, and of one list of categories, in all panels: see `Figure::share`";

/// Limits of a linear and of a logarithmic axis have nothing in common.
fn same_kind(f: &Figure, pick: usize) -> Result<(), PlotError> {
    let kind = |p: &Chart| if pick == 0 { p.x.kind.clone() } else { p.y.kind.clone() };
    let first = f.panels.first().map(kind);
    match f.panels.iter().position(|p| Some(kind(p)) != first) {
        Some(i) => Err(PlotError::conflict(&Place::of(f, i), SHARED)),
        None => Ok(()),
    }
}

fn reach(p: &Chart, place: &Place) -> Result<[Reach; 2], PlotError> {
    let (mut x, mut y) = (Reach::default(), Reach::default());
    for mark in &p.marks {
        match mark {
            Mark::Line(s) | Mark::Scatter(s) | Mark::Step(s, _) => series(s, &mut x, &mut y),
            Mark::Band(b) => {
                x.all(&b.x);
                y.all(b.lo.iter().chain(&b.hi));
            }
            Mark::Bars(b) => {
                name(&mut x, &b.categories, place)?;
                if !p.y.kind.is_log() {
                    y.add(0.0);
                }
                if y.edge == Edge::Loose {
                    y.edge = Edge::Standing;
                }
                for (s, series) in b.series.iter().enumerate() {
                    for (c, v) in series.values.iter().enumerate() {
                        let end = if b.arrangement == Arrangement::Stacked { b.span(s, c).1 } else { *v };
                        y.add(clamp(end));
                        let error = series.errors.as_ref().and_then(|e| e.get(c)).copied().unwrap_or(0.0);
                        y.add(clamp(end + error));
                        if !p.y.kind.is_log() || end > error {
                            y.add(clamp(end - error));
                        }
                    }
                }
            }
            Mark::Boxes(b) => {
                name(&mut x, &b.categories, place)?;
                for sample in b.series.iter().flat_map(|s| &s.samples) {
                    let f = five(sample);
                    y.all(&[f.whiskers.0, f.whiskers.1]);
                    y.all(&f.outliers);
                }
            }
            Mark::HeatMap(h) => {
                for (r, cells, count) in [(&mut x, &h.x, h.columns), (&mut y, &h.y, h.rows)] {
                    r.all(&HeatMap::edges(cells, count));
                    r.edge = Edge::Tight;
                    if let Some(n) = HeatMap::names(cells, count) {
                        name(r, &n, place)?;
                    }
                }
                y.from_top = HeatMap::names(&h.y, h.rows).is_some();
            }
            Mark::Note(n) => {
                x.add(n.x);
                y.add(n.y);
            }
            Mark::Reference(r) => match r.across {
                Across::Horizontal => y.add(r.value),
                Across::Vertical => x.add(r.value),
            },
            Mark::Slope(s) => {
                x.add(s.x);
                y.add(s.y);
            }
        }
    }
    x.all(&p.x.include);
    y.all(&p.y.include);
    Ok([x, y])
}

/// Sums of huge values stay on the page of finite numbers.
fn clamp(v: f64) -> f64 {
    v.clamp(f64::MIN, f64::MAX)
}

fn series(s: &Series, x: &mut Reach, y: &mut Reach) {
    x.all(&s.x);
    y.all(s.y.iter().flatten());
    if let Some((lo, hi)) = &s.bounds {
        y.all(lo.iter().chain(hi));
    }
}

fn name(r: &mut Reach, names: &[String], place: &Place) -> Result<(), PlotError> {
    match &r.names {
        Some(n) if n != names => Err(PlotError::conflict(
            place,
            "marks with different categories in one panel: give all of them the same list, in the same order",
        )),
        _ => {
            r.names = Some(names.to_vec());
            Ok(())
        }
    }
}

fn resolve(axis: &Axis, r: &Reach, place: &Place, which: &'static str) -> Result<Scale, PlotError> {
    let place = place.at(which);
    let kind = match (&axis.kind, &r.names) {
        (Kind::Linear, Some(n)) => Kind::Categories(n.clone()),
        (Kind::Categories(a), Some(n)) if a != n => {
            return Err(PlotError::conflict(
                &place,
                "the axis has other categories than the marks: leave them to the marks",
            ));
        }
        (Kind::Log10 | Kind::Log2 | Kind::Symlog { .. }, Some(_)) => {
            return Err(PlotError::conflict(
                &place,
                "categories need `Axis::linear` or `Axis::categories`, not a logarithmic axis",
            ));
        }
        (kind, _) => kind.clone(),
    };
    let direction = match (axis.direction, r.from_top) {
        (Direction::Forward, false) | (Direction::Reversed, true) => Direction::Forward,
        _ => Direction::Reversed,
    };
    let categories = if let Kind::Categories(n) = &kind { Some(n.len()) } else { None };
    if let Some(n) = categories {
        let (lo, hi) = (axis.min.unwrap_or(-0.5), axis.max.unwrap_or(n as f64 - 0.5));
        return ordered(kind, lo, hi, Pad::None, direction, place);
    }
    let Some((mut lo, mut hi)) = r.range.or_else(|| axis.min.zip(axis.max)) else {
        return Err(PlotError::EmptyPanel { place: Box::new(place) });
    };
    if r.edge == Edge::Standing && kind.is_log() {
        // Bars on a logarithmic axis have no natural foot: the decade below the smallest one.
        lo = 10f64.powf((lo.log10() - 0.1).floor()).max(f64::MIN_POSITIVE).min(lo);
    }
    let standing = |end: f64| r.edge == Edge::Standing && (kind.is_log() || end == 0.0);
    let fixed_lo = axis.min.is_some() || r.edge == Edge::Tight || standing(lo);
    let fixed_hi = axis.max.is_some() || r.edge == Edge::Tight || (r.edge == Edge::Standing && hi == 0.0);
    // Data wholly beyond one given limit: an empty frame that begins there says so better than an
    // error would.
    let step = |v: f64| {
        if kind.is_log() {
            v * 10.0
        } else if v == 0.0 {
            1.0
        } else {
            v + v.abs()
        }
    };
    match (axis.min, axis.max) {
        (Some(a), Some(b)) => (lo, hi) = (a, b),
        (Some(a), None) => (lo, hi) = (a, if hi > a { hi } else { clamp(step(a)) }),
        (None, Some(b)) if lo >= b => {
            (lo, hi) = (
                if kind.is_log() {
                    b / 10.0
                } else if b == 0.0 {
                    -1.0
                } else {
                    clamp(b - b.abs())
                },
                b,
            );
        }
        (None, Some(b)) => hi = b,
        (None, None) => {}
    }
    let pad = match (fixed_lo, fixed_hi) {
        (false, false) => Pad::Both,
        (true, false) => Pad::Above,
        (false, true) => Pad::Below,
        (true, true) => Pad::None,
    };
    ordered(kind, lo, hi, pad, direction, place)
}

fn ordered(
    kind: Kind,
    lo: f64,
    hi: f64,
    pad: Pad,
    direction: Direction,
    place: Place,
) -> Result<Scale, PlotError> {
    if lo > hi || (kind.is_log() && lo <= 0.0) {
        let why = "the lower limit must be below the upper one, and positive on a logarithmic axis";
        return Err(PlotError::BadLimits { place: Box::new(place), lo, hi, why });
    }
    Ok(Scale::new(kind, lo, hi, pad, direction))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bars, FigureWidth};

    fn scales_of(p: Chart) -> Scales {
        scales(&Figure::new(FigureWidth::Single).panel(p)).unwrap().remove(0)
    }

    #[test]
    fn bars_stand_on_zero_and_lines_have_room() {
        let s = scales_of(Chart::new().bars(Bars::grouped(["a", "b"]).series("s", &[1.0, 2.0])));
        assert!(s.y.limits().0.abs() < 1e-12 && s.y.limits().1 > 2.0);
        assert_eq!(s.x.kind, Kind::Categories(vec!["a".into(), "b".into()]));
        let s = scales_of(Chart::new().line(Series::new("", &[0.0, 1.0], &[3.0, 4.0])));
        assert!(s.y.limits().0 < 3.0 && s.x.limits().1 > 1.0);
    }

    #[test]
    fn given_limits_are_exact() {
        let p =
            Chart::new().y(Axis::log("y").limits(1e-3, 1.0)).line(Series::new("", &[0.0, 1.0], &[0.3, 4.0]));
        let s = scales_of(p);
        assert!((s.y.a + 3.0).abs() < 1e-12 && s.y.b.abs() < 1e-12);
    }

    #[test]
    fn shared_axes_have_one_range() {
        let line = |v: f64| Chart::new().line(Series::new("s", &[0.0, v], &[0.0, v]));
        let f = Figure::new(FigureWidth::Double).share(crate::Share::Y).panel(line(1.0)).panel(line(9.0));
        let s = scales(&f).unwrap();
        assert_eq!(s[0].y, s[1].y);
        assert_ne!(s[0].x, s[1].x);
    }
}
