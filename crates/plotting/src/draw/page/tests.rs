//! What readers notice first: text on text, or text cut by the edge of the page. The ink of every
//! label is measured by the library that draws it.

use proptest::prelude::*;

use plotters::style::text_anchor::HPos;

use crate::draw::canvas::Canvas;
use crate::layout::geometry::point;
use crate::layout::theme::TICK_TEXT;
use crate::text::fonts::FAMILY;
use crate::text::markup::CAP;
use crate::text::outside::Found;
use crate::write::formats::parse;
use crate::write::vector::document;

use crate::{
    Axis, Bars, BoxPlot, Chart, ColorScale, Corner, Figure, FigureWidth, HeatMap, Legend, PlotError, Series,
    Share,
};

/// The ink of a text on the page, in points.
#[derive(Debug)]
struct Ink {
    words: String,
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
    slanted: bool,
}

impl Ink {
    fn touches(&self, other: &Self) -> bool {
        let boxes = self.left.max(other.left) < self.right.min(other.right)
            && self.top.max(other.top) < self.bottom.min(other.bottom);
        if self.slanted && other.slanted {
            // Strips at 45 degrees: the distance of their middle lines against the height of the
            // letters.
            let across =
                |i: &Self| (i.left + i.right + i.top + i.bottom) / 2.0 * std::f64::consts::FRAC_1_SQRT_2;
            return boxes && (across(self) - across(other)).abs() < CAP * TICK_TEXT;
        }
        boxes
    }
}

/// All texts, and the size of the page.
fn ink(svg: &str) -> (Vec<Ink>, [f64; 2]) {
    let tree = parse(svg, &Found::default()).unwrap();
    let mut out = Vec::new();
    collect(tree.root(), &mut out);
    (out, [f64::from(tree.size().width()) * 0.75, f64::from(tree.size().height()) * 0.75])
}

fn collect(group: &usvg::Group, out: &mut Vec<Ink>) {
    for node in group.children() {
        match node {
            usvg::Node::Group(g) => collect(g, out),
            usvg::Node::Text(t) => {
                let turn = t.abs_transform();
                // Of the outlines, in the text's own coordinates; its transformation turns and
                // scales it.
                let b = t.flattened().bounding_box().transform(turn).unwrap();
                let side = |v: f32| f64::from(v) * 0.75;
                out.push(Ink {
                    words: t.chunks().iter().map(|c| c.text().to_owned()).collect(),
                    left: side(b.left()),
                    top: side(b.top()),
                    right: side(b.right()),
                    bottom: side(b.bottom()),
                    slanted: turn.kx.abs() > 1e-3 && turn.sx.abs() > 1e-3,
                });
            }
            _ => {}
        }
    }
}

/// Complaints about texts that touch or leave the page.
fn flaws(f: &Figure) -> Result<Vec<String>, PlotError> {
    let (texts, [w, h]) = ink(&f.draw()?.document(FAMILY).unwrap());
    assert!(!texts.is_empty());
    let mut out = Vec::new();
    for (i, a) in texts.iter().enumerate() {
        if a.left < -0.01 || a.top < -0.01 || a.right > w + 0.01 || a.bottom > h + 0.01 {
            out.push(format!("`{}` leaves the page of {w} x {h}: {a:?}", a.words));
        }
        for b in texts[i + 1..].iter().filter(|b| a.touches(b)) {
            out.push(format!("`{}` touches `{}`: {a:?} {b:?}", a.words, b.words));
        }
    }
    Ok(out)
}

#[test]
fn the_check_sees_a_collision() {
    let mut c = Canvas::default();
    c.text(point(20.0, 20.0), "one", 8.0, HPos::Left, crate::Palette::BLACK);
    c.text(point(22.0, 20.0), "two", 8.0, HPos::Left, crate::Palette::BLACK);
    let (t, _) = ink(&document(&c.shapes, 50.0, 50.0, FAMILY).unwrap());
    assert!(t.len() == 2 && t[0].touches(&t[1]));
}

fn words(n: usize) -> String {
    ["error", "of the", "relation", "at rank", "L^{2}_{F}", "under", "training", "(seconds)"][..n.min(8)]
        .join(" ")
}

fn kind(which: usize, title: String) -> Axis {
    match which {
        0 => Axis::linear(title),
        1 => Axis::log(title),
        _ => Axis::log2(title),
    }
}

fn panel(mark: usize, (x, y): (Axis, Axis), (m, e, w): (f64, i32, f64), n: usize) -> Chart {
    let lo = m * 10f64.powi(e);
    let xs: Vec<f64> = (0..n).map(|i| lo * (1.0 + w * i as f64)).collect();
    let ys: Vec<f64> = xs.iter().rev().copied().collect();
    let names: Vec<String> = (0..n).map(|i| format!("{i}{}", "n".repeat(i % 4))).collect();
    let base = Chart::new().x(x.clone()).y(y);
    match mark {
        0 | 1 => {
            base.line(Series::new("first", &xs, &ys)).scatter(Series::new("the second of them", &xs, &xs))
        }
        2 => base.x(Axis::linear(x.title)).bars(Bars::grouped(names).series("third", &xs)),
        3 => base.x(Axis::linear(x.title)).boxplot(BoxPlot::new(["a", "b"]).series("fourth", &[xs, ys])),
        _ => Chart::new()
            .x(Axis::linear(x.title.clone()))
            .y(Axis::linear("row"))
            .aspect(1.0)
            .heatmap(HeatMap::new(&xs, 1, n).scale(ColorScale::Log).bar(x.title)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn labels_keep_clear_of_each_other_and_of_the_edge(
        panels in prop::collection::vec(
            (0usize..5, (0usize..3, 0usize..3), (0.1f64..9.9, -12i32..12, 0.001f64..50.0), 1usize..14, 0usize..8, 0usize..6),
            1..7,
        ),
        width in prop_oneof![Just(234.0), Just(360.0), Just(486.0), 60.0f64..700.0],
        height in prop::option::weighted(0.4, 40.0f64..500.0),
        legend in 0usize..5,
        titles in (0usize..9, 0usize..9),
        share in 0usize..4,
        common in 0usize..2,
    ) {
        let legend = [Legend::Above, Legend::Below, Legend::Right, Legend::Inside(Corner::Best), Legend::None][legend];
        let share = [Share::None, Share::X, Share::Y, Share::Both][share];
        let panels = panels.into_iter().map(|(mark, (kx, ky), range, n, xt, yt)| {
            // What is shared must be of one kind.
            let (mark, kx, ky) = if share == Share::None { (mark, kx, ky) } else { (mark % 2, common, common) };
            let p = panel(mark, (kind(kx, words(xt)), kind(ky, words(yt))), range, n);
            p.title(words(xt + yt / 2))
        });
        let mut f = Figure::new(FigureWidth::Points(width)).legend(legend).share(share).panels(panels);
        if let Some(height) = height {
            f = f.height(height);
        }
        if common == 1 {
            f = f.x_title(words(titles.0)).y_title(words(titles.1));
        }
        match flaws(&f) {
            Ok(flaws) => prop_assert!(flaws.is_empty(), "{flaws:#?}"),
            // Three panels abreast in a narrow figure: refused, by name.
            Err(e) => prop_assert!(
                matches!(e, PlotError::TooSmall { .. }), "{e}"
            ),
        }
    }
}
