//! Looks: one colour, dash and marker for each name, the same in all panels, and what the legend
//! says about it.

use crate::describe::chart::Chart;
use crate::describe::color::{Color, Palette};
use crate::describe::figure::Figure;
use crate::describe::marks::Dash;
use crate::describe::marks::{Mark, Marker, Series};
use crate::error::PlotError;
use crate::layout::theme;

/// The look of a name, and how it is used (for its sample in the legend).
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub name: String,
    pub color: Color,
    pub dash: Dash,
    pub marker: Marker,
    /// How far fills of bars are lightened: neighbours in the cycle differ in grey, too.
    pub tint: f64,
    pub width: f64,
    pub line: bool,
    pub points: bool,
    pub band: bool,
    pub bar: bool,
}

/// Looks in order of first appearance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Looks(Vec<Look>);

/// What the marks of one name say about it before the cycle is consulted.
#[derive(Default)]
struct Wish {
    name: String,
    color: Option<Color>,
    dash: Option<Dash>,
    marker: Option<Marker>,
    width: Option<f64>,
    dense: bool,
    line: bool,
    step: bool,
    points: bool,
    band: bool,
    bar: bool,
    /// What marks of this name disagree on.
    two: Option<&'static str>,
}

impl Looks {
    /// # Errors
    /// [`PlotError::TwoLooks`] if marks of one name ask for different colours, dashes or markers.
    pub(crate) fn of(f: &Figure) -> Result<Self, PlotError> {
        let wishes = wishes(f.panels.iter());
        let two = |w: &Wish| w.two.filter(|_| !w.name.is_empty()).map(|what| (w.name.clone(), what));
        if let Some((name, what)) = wishes.iter().find_map(two) {
            return Err(PlotError::TwoLooks { figure: f.name.clone(), name, what });
        }
        Ok(Self::decided(wishes))
    }

    fn decided(wishes: Vec<Wish>) -> Self {
        let mut next = 0;
        Self(wishes.into_iter().map(|w| decide(w, &mut next)).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Look {
        self.0.iter().find(|l| l.name == name).cloned().unwrap_or_else(|| decide(Wish::default(), &mut 0))
    }

    /// Looks with a name, in order of appearance: the entries of a legend.
    pub(crate) fn entries(&self) -> Vec<Look> {
        self.0.iter().filter(|l| !l.name.is_empty()).cloned().collect()
    }

    /// Those entries that one panel uses.
    pub(crate) fn entries_of(&self, panel: &Chart) -> Vec<Look> {
        let used = wishes(std::iter::once(panel));
        self.entries().into_iter().filter(|l| used.iter().any(|u| u.name == l.name)).collect()
    }
}

/// What all marks of these panels say, in order of first appearance.
fn wishes<'a>(panels: impl Iterator<Item = &'a Chart>) -> Vec<Wish> {
    let mut wishes = Vec::new();
    for mark in panels.flat_map(|p| &p.marks) {
        collect(mark, &mut wishes);
    }
    wishes
}

fn collect(mark: &Mark, wishes: &mut Vec<Wish>) {
    match mark {
        Mark::Line(s) => {
            let w = series(s, wishes);
            w.line = true;
            w.dense |= s.x.len() > theme::MARKED_POINTS;
        }
        Mark::Step(s, _) => {
            series(s, wishes).step = true;
        }
        Mark::Scatter(s) => series(s, wishes).points = true,
        Mark::Band(b) => wish(&b.name, wishes).band = true,
        Mark::Bars(b) => {
            for s in &b.series {
                let w = wish(&s.name, wishes);
                w.bar = true;
                agree(&mut w.color, s.color, "colours", &mut w.two);
            }
        }
        Mark::Boxes(b) => {
            for s in &b.series {
                let w = wish(&s.name, wishes);
                w.bar = true;
                agree(&mut w.color, s.color, "colours", &mut w.two);
            }
        }
        Mark::HeatMap(_) | Mark::Note(_) | Mark::Reference(_) | Mark::Slope(_) => {}
    }
}

/// Keeps what was asked for first, and notes that something else was.
fn agree<T: PartialEq>(
    old: &mut Option<T>,
    new: Option<T>,
    what: &'static str,
    two: &mut Option<&'static str>,
) {
    match (&old, new) {
        (Some(a), Some(b)) if *a != b => *two = two.or(Some(what)),
        (None, new) => *old = new,
        _ => {}
    }
}

fn wish<'a>(name: &str, wishes: &'a mut Vec<Wish>) -> &'a mut Wish {
    let i = wishes.iter().position(|w| w.name == name).unwrap_or_else(|| {
        wishes.push(Wish { name: name.to_owned(), ..Wish::default() });
        wishes.len() - 1
    });
    &mut wishes[i]
}

fn series<'a>(s: &Series, wishes: &'a mut Vec<Wish>) -> &'a mut Wish {
    let w = wish(&s.name, wishes);
    agree(&mut w.color, s.color, "colours", &mut w.two);
    agree(&mut w.dash, s.dash, "dashes", &mut w.two);
    agree(&mut w.marker, s.marker, "markers", &mut w.two);
    w.width = w.width.or(s.width);
    w
}

const TINTS: [f64; 6] = [0.1, 0.55, 0.25, 0.65, 0.15, 0.5];

/// Names without a colour take the next of the cycle. Lines are told apart in grey by markers, or,
/// where points are too many for those, by dashes.
fn decide(w: Wish, next: &mut usize) -> Look {
    let turn = *next;
    if w.color.is_none() {
        *next += 1;
    }
    let color = w.color.unwrap_or(Palette::CYCLE[turn % Palette::CYCLE.len()]);
    let marked = w.points || (w.line && !w.dense);
    let plain = (w.line && w.dense) || (w.step && !w.line);
    let marker =
        w.marker.unwrap_or(if marked { Marker::CYCLE[turn % Marker::CYCLE.len()] } else { Marker::None });
    let dash = w.dash.unwrap_or(if plain { Dash::CYCLE[turn % Dash::CYCLE.len()] } else { Dash::Solid });
    let tint = TINTS[turn % TINTS.len()];
    let width = w.width.filter(|v| (0.05..=20.0).contains(v)).unwrap_or(theme::LINE);
    Look {
        name: w.name,
        color,
        dash,
        marker,
        tint,
        width,
        line: w.line || w.step,
        points: w.points,
        band: w.band,
        bar: w.bar,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::FigureWidth;

    #[test]
    fn a_name_looks_the_same_everywhere_and_given_colours_do_not_use_up_the_cycle() {
        let s = |n: &str| Series::new(n, &[0.0, 1.0], &[0.0, 1.0]);
        let f = Figure::new(FigureWidth::Single)
            .panel(Chart::new().line(s("limit").reference()).line(s("p")))
            .panel(Chart::new().line(s("q")).line(s("p")).band("q", &[0.0], &[0.0], &[1.0]));
        let looks = Looks::of(&f).unwrap();
        assert_eq!(looks.entries().iter().map(|l| l.name.as_str()).collect::<Vec<_>>(), ["limit", "p", "q"]);
        assert_eq!(looks.get("limit").color, Palette::BLACK);
        assert_eq!(looks.get("p").color, Palette::BLUE);
        assert_eq!(looks.get("q").color, Palette::VERMILION);
        assert!(looks.get("q").band && looks.get("q").line);
        assert_eq!(looks.entries_of(&f.panels[0]).len(), 2);
    }

    #[test]
    fn one_name_cannot_have_two_colours() {
        let s = |n: &str, c| Series::new(n, &[0.0, 1.0], &[0.0, 1.0]).color(c);
        let with = |c| {
            let (a, b) = (Chart::new().line(s("p", Palette::BLUE)), Chart::new().line(s("p", c)));
            Looks::of(&Figure::new(FigureWidth::Single).name("f").panel(a).panel(b))
        };
        assert!(with(Palette::BLUE).is_ok());
        let e = with(Palette::GREEN).unwrap_err().to_string();
        assert!(e.contains("`p`") && e.contains("colours"), "{e}");
    }

    #[test]
    fn dense_lines_differ_by_dash_and_sparse_ones_by_marker() {
        let x: Vec<f64> = (0..100).map(f64::from).collect();
        let f = Figure::new(FigureWidth::Single).panel(
            Chart::new().line(Series::new("a", &x, &x)).line(Series::new("b", &x, &x)).line(Series::new(
                "c",
                &x[..3],
                &x[..3],
            )),
        );
        let l = Looks::of(&f).unwrap();
        assert_ne!(l.get("a").dash, l.get("b").dash);
        assert_eq!((l.get("a").marker, l.get("c").dash), (Marker::None, Dash::Solid));
        assert_ne!(l.get("c").marker, Marker::None);
    }
}
