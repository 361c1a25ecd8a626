//! Geometric clipping to a rectangle: nothing outside the axes reaches the page, and segments end
//! on the border.

use crate::layout::geometry::{Point, Rect, point};

/// The parts of a polyline that lie in the rectangle (Liang and Barsky, ACM Trans. Graph. 3 (1984)
/// 1-22, per segment).
pub(crate) fn polyline(points: &[Point], r: Rect) -> Vec<Vec<Point>> {
    let mut out: Vec<Vec<Point>> = Vec::new();
    let mut open = false;
    for pair in points.windows(2) {
        let Some((t0, t1)) = interval(pair[0], pair[1], r) else {
            open = false;
            continue;
        };
        let (a, b) = (along(pair[0], pair[1], t0), along(pair[0], pair[1], t1));
        match out.last_mut() {
            Some(part) if open && t0 == 0.0 => part.push(b),
            _ => out.push(vec![a, b]),
        }
        open = t1 >= 1.0;
    }
    out
}

fn along(a: Point, b: Point, t: f64) -> Point {
    if t <= 0.0 {
        a
    } else if t >= 1.0 {
        b
    } else {
        point(a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t)
    }
}

/// The parameters between which the segment is inside.
fn interval(a: Point, b: Point, r: Rect) -> Option<(f64, f64)> {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let mut t = (0.0_f64, 1.0_f64);
    for (p, q) in [(-dx, a.x - r.x), (dx, r.right() - a.x), (-dy, a.y - r.y), (dy, r.bottom() - a.y)] {
        if p == 0.0 {
            if q < 0.0 {
                return None;
            }
        } else if p < 0.0 {
            t.0 = t.0.max(q / p);
        } else {
            t.1 = t.1.min(q / p);
        }
    }
    (t.0 <= t.1).then_some(t)
}

/// The part of a polygon that lies in the rectangle (Sutherland and Hodgman, Commun. ACM 17 (1974)
/// 32-42).
pub(crate) fn polygon(points: &[Point], r: Rect) -> Vec<Point> {
    type Inside = fn(Point, Rect) -> f64;
    // Signed distances to the four borders, positive inside.
    let borders: [Inside; 4] =
        [|p, r| p.x - r.x, |p, r| r.right() - p.x, |p, r| p.y - r.y, |p, r| r.bottom() - p.y];
    borders.iter().fold(points.to_vec(), |poly, distance| {
        let mut out = Vec::with_capacity(poly.len() + 4);
        for (i, &b) in poly.iter().enumerate() {
            let a = poly[(i + poly.len() - 1) % poly.len()];
            let (da, db) = (distance(a, r), distance(b, r));
            if (da < 0.0) != (db < 0.0) {
                out.push(along(a, b, da / (da - db)));
            }
            if db >= 0.0 {
                out.push(b);
            }
        }
        out
    })
}

/// The common part of two rectangles, if it has any extent.
pub(crate) fn rect(a: Rect, r: Rect) -> Option<Rect> {
    let (x0, y0) = (a.x.max(r.x), a.y.max(r.y));
    let (x1, y1) = (a.right().min(r.right()), a.bottom().min(r.bottom()));
    (x1 > x0 && y1 > y0).then_some(Rect { x: x0, y: y0, w: x1 - x0, h: y1 - y0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const UNIT: Rect = Rect { x: 0.0, y: 0.0, w: 1.0, h: 1.0 };

    #[test]
    fn a_segment_through_the_box_is_cut_where_it_crosses() {
        let parts = polyline(&[point(-1.0, 0.0), point(2.0, 1.5)], UNIT);
        assert_eq!(parts.len(), 1);
        let (a, b) = (parts[0][0], parts[0][1]);
        assert!((a.x - 0.0).abs() < 1e-12 && (a.y - 0.5).abs() < 1e-12, "{a:?}");
        assert!((b.x - 1.0).abs() < 1e-12 && (b.y - 1.0).abs() < 1e-12, "{b:?}");
    }

    #[test]
    fn a_line_that_leaves_and_returns_becomes_two_parts() {
        let parts = polyline(&[point(0.2, 0.5), point(0.4, 3.0), point(0.6, 0.5), point(0.8, 0.5)], UNIT);
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn a_segment_beside_the_box_vanishes() {
        assert!(polyline(&[point(2.0, -1.0), point(2.0, 5.0)], UNIT).is_empty());
        assert!(polyline(&[point(-0.5, 0.8), point(0.2, 1.6)], UNIT).is_empty());
    }

    fn area(p: &[Point]) -> f64 {
        (0..p.len()).map(|i| (p[i], p[(i + 1) % p.len()])).map(|(a, b)| a.x * b.y - b.x * a.y).sum::<f64>()
            / 2.0
    }

    #[test]
    fn a_diamond_around_the_box_keeps_the_right_area() {
        // |x - 1/2| + |y - 1/2| <= 3/4 cuts four corner triangles of legs 1/4 off the unit square.
        let d = [point(0.5, -0.25), point(1.25, 0.5), point(0.5, 1.25), point(-0.25, 0.5)];
        assert!((area(&polygon(&d, UNIT)).abs() - (1.0 - 4.0 / 32.0)).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn nothing_is_left_outside(xs in prop::collection::vec((-1e9f64..1e9, -1e9f64..1e9), 2..30)) {
            let points: Vec<Point> = xs.iter().map(|&(x, y)| point(x, y)).collect();
            for p in polyline(&points, UNIT).into_iter().flatten().chain(polygon(&points, UNIT)) {
                prop_assert!(UNIT.contains(p, 1e-6), "{p:?}");
            }
        }

        #[test]
        fn what_is_inside_stays(xs in prop::collection::vec((0.0f64..1.0, 0.0f64..1.0), 2..30)) {
            let points: Vec<Point> = xs.iter().map(|&(x, y)| point(x, y)).collect();
            prop_assert_eq!(polyline(&points, UNIT), vec![points]);
        }
    }
}
