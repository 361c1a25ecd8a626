//! Interval arithmetic and Lipschitz constants: boxes against points inside them.

use crate::formula::Formula;
use crate::{Draw, Ledger};
use relata_relations::catalogue::{catalogue, relation};
use relata_relations::{Enclosure, Points, Relation, Space, evaluate};
use std::num::NonZeroUsize;

/// Values, changes and curvatures of random formulas on random boxes.
pub(crate) fn formulas(draw: &mut Draw, ledger: &mut Ledger) {
    const NAME: &str = "relata_relations::Enclosure";
    let axes = draw.whole(1, 4);
    let depth = draw.whole(1, 4);
    let formula = Formula::draw(draw, axes, depth);
    let mut ends = vec![];
    for _ in 0..axes {
        let (middle, width) = (draw.between(-3.0, 3.0), draw.magnitude(1e-6, 4.0));
        ends.push((middle - 0.5 * width, middle + 0.5 * width));
    }
    let variables: Vec<Enclosure> =
        ends.iter().enumerate().map(|(i, (a, b))| Enclosure::variable(i, *a, *b)).collect();
    let all = formula.enclose(&variables);
    for _ in 0..30 {
        let at: Vec<f64> =
            ends.iter().map(|(a, b)| (a + (b - a) * draw.between(0.0, 1.0)).clamp(*a, *b)).collect();
        let (v, e) = formula.value(&at);
        let inside = v >= all.value().low() - e && v <= all.value().high() + e;
        ledger.check(NAME, inside, || format!("{formula:?} at {at:?} is {v}, not in {:?}", all.value()));
        // Along one axis: the change across the box, and the bend of a chord.
        let axis = draw.whole(0, axes - 1);
        let s = draw.between(0.0, 1.0);
        let (a, b) = ends[axis];
        let on = |t: f64| {
            let mut p = at.clone();
            p[axis] = t;
            formula.value(&p)
        };
        let ((f0, e0), (f1, e1)) = (on(a), on(b));
        let point = (a + (b - a) * s).clamp(a, b);
        // The parameter that the rounded point really has.
        let s = (point - a) / (b - a);
        let (fs, es) = on(point);
        let change = all.change(axis);
        let holds = f1 - f0 >= change.low() - e0 - e1 && f1 - f0 <= change.high() + e0 + e1;
        ledger.check(NAME, holds, || format!("{formula:?} changes by {} on {axis}, not {change:?}", f1 - f0));
        let bend = 0.5 * s * (1.0 - s);
        if bend > 1e-3 {
            // The chord is computed from three values, and the point is rounded.
            let size = f0.abs().max(f1.abs()).max(fs.abs());
            let moved = 4.0 * f64::EPSILON * size + change.magnitude() * 1e-9;
            let slack = (e0 + e1 + es + moved) / bend;
            let k = ((1.0 - s) * f0 + s * f1 - fs) / bend;
            let curvature = all.curvature(axis);
            let holds = k >= curvature.low() - slack && k <= curvature.high() + slack;
            ledger.check(NAME, holds, || format!("{formula:?} bends by {k} on {axis}, not {curvature:?}"));
        }
    }
}

/// Enclosures and Lipschitz constants of the catalogue.
pub(crate) fn named(draw: &mut Draw, ledger: &mut Ledger) {
    const BOXES: &str = "relata_relations::Relation::enclose";
    const SLOPES: &str = "relata_relations::Relation::lipschitz";
    const N: NonZeroUsize = NonZeroUsize::new(12).unwrap();
    let entries = catalogue();
    let entry = &entries[draw.whole(0, entries.len() - 1)];
    let Some(r) = ledger.accept(BOXES, relation(entry.name)) else { return };
    let (sx, sy) = r.spaces();
    let (x, y) = (sx.sample(N, draw.stream()), sy.sample(N, draw.stream()));
    let Some(values) = ledger.accept(BOXES, evaluate(&r, &x, &y)) else { return };
    if let Some(constant) = r.lipschitz() {
        for i in 0..x.len() {
            let j = (i + 1) % x.len();
            let step = distance(x.row(i), x.row(j)).hypot(distance(y.row(i), y.row(j)));
            let rise = (values[(i, i)] - values[(j, j)]).abs();
            let slack = 1e-13 * (values[(i, i)].abs() + values[(j, j)].abs());
            ledger.check(SLOPES, rise <= constant * step * (1.0 + 1e-12) + slack, || {
                format!("{} rises by {rise} over {step}, constant {constant}", entry.name)
            });
        }
    }
    boxes(draw, ledger, BOXES, &r);
}

/// Values at random points of random boxes of parameters.
fn boxes(draw: &mut Draw, ledger: &mut Ledger, name: &'static str, r: &dyn Relation) {
    let (sx, sy) = r.spaces();
    let (Some(px), Some(py)) = (sx.parameters(), sy.parameters()) else { return };
    if px.len() + py.len() > 4 {
        return;
    }
    let width = draw.magnitude(1e-4, 1.0);
    let mut axis = 0;
    let mut part = |draw: &mut Draw, ranges: &[(f64, f64)]| {
        let mut enclosed = vec![];
        let mut inner = vec![];
        for (a, b) in ranges {
            let low = draw.between(*a, b - width * (b - a));
            let high = (low + width * (b - a)).min(*b);
            enclosed.push(Enclosure::variable(axis, low, high));
            inner.push((low, high));
            axis += 1;
        }
        (enclosed, inner)
    };
    let ((ex, ix), (ey, iy)) = (part(draw, &px), part(draw, &py));
    let Some(all) = r.enclose(&sx.place(&ex), &sy.place(&ey)) else { return };
    let inside = |draw: &mut Draw, space: &dyn Space, ranges: &[(f64, f64)]| {
        let at: Vec<Enclosure> =
            ranges.iter().map(|(a, b)| Enclosure::constant(draw.between(*a, *b).clamp(*a, *b))).collect();
        let row: Vec<f64> =
            space.place(&at).iter().map(|e| 0.5 * (e.value().low() + e.value().high())).collect();
        Points::from_rows(&[row]).ok()
    };
    for _ in 0..10 {
        let (Some(x), Some(y)) = (inside(draw, sx, &ix), inside(draw, sy, &iy)) else { continue };
        let Ok(v) = evaluate(r, &x, &y) else { continue };
        let v = v[(0, 0)];
        let slack = 1e-11 * v.abs().max(all.value().magnitude());
        let holds = v >= all.value().low() - slack && v <= all.value().high() + slack;
        ledger.check(name, holds, || format!("{r:?} at {x:?}, {y:?} is {v}, not in {:?}", all.value()));
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}
