//! Dashes, which backends of plotters do not know: lengths, and a path cut into them.

use crate::describe::marks::Dash;
use crate::layout::geometry::{Point, point};

/// Lengths of dashes and gaps in turn for a stroke of this width; dots are round caps on segments
/// of no length.
pub(crate) fn pattern(dash: Dash, width: f64) -> Vec<f64> {
    // Patterns of hairlines would be too fine to tell apart.
    let w = width.max(0.6);
    let lengths: &[f64] = match dash {
        Dash::Solid => &[],
        Dash::Dashed => &[3.6, 1.9],
        Dash::Dotted => &[DOT, 2.0],
        Dash::DashDot => &[4.0, 2.0, DOT, 2.0],
        Dash::LongDash => &[6.5, 2.0],
    };
    lengths.iter().map(|l| l * w).collect()
}

/// Length of a dot relative to the width: long enough that no renderer drops it.
const DOT: f64 = 0.01;

/// Whether the pattern has dots, whose caps are round.
pub(crate) fn dotted(dash: Dash) -> bool {
    matches!(dash, Dash::Dotted | Dash::DashDot)
}

/// The dashes of a path; those of one point are dots.
pub(super) fn cut(path: &[Point], dash: Dash, width: f64) -> Vec<Vec<Point>> {
    let lengths = pattern(dash, width);
    let mut turn = 0;
    let mut left = lengths.first().copied().unwrap_or(f64::INFINITY);
    let mut out: Vec<Vec<Point>> = path.first().map(|p| vec![*p]).into_iter().collect();
    for w in path.windows(2) {
        let whole = (w[1].x - w[0].x).hypot(w[1].y - w[0].y);
        let at = |t: f64| point(w[0].x + (w[1].x - w[0].x) * t, w[0].y + (w[1].y - w[0].y) * t);
        let mut gone = 0.0;
        while whole - gone > left {
            gone += left;
            let here = at(gone / whole);
            if turn % 2 == 1 {
                out.push(vec![here]);
            } else if let Some(dash) = out.last_mut()
                && lengths[turn] > DOT * width.max(0.6)
            {
                dash.push(here);
            }
            turn = (turn + 1) % lengths.len();
            left = lengths[turn];
        }
        left -= whole - gone;
        if turn % 2 == 0
            && let Some(dash) = out.last_mut()
        {
            dash.push(w[1]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(path: &[Point]) -> f64 {
        path.windows(2).map(|w| (w[1].x - w[0].x).hypot(w[1].y - w[0].y)).sum()
    }

    #[test]
    fn dashes_have_their_lengths_around_corners() {
        let corner = [point(0.0, 0.0), point(10.0, 0.0), point(10.0, 9.8)];
        // 3.6 on, 1.9 off: 19.8 is three periods and nine tenths of a dash.
        let pieces = cut(&corner, Dash::Dashed, 1.0);
        let found: Vec<f64> = pieces.iter().map(|p| length(p)).collect();
        assert_eq!(found.len(), 4);
        for (l, want) in found.iter().zip([3.6, 3.6, 3.6, 3.3]) {
            assert!((l - want).abs() < 1e-12, "{found:?}");
        }
        assert!(pieces[1].len() == 2 && pieces[1].iter().all(|p| p.y == 0.0), "{pieces:?}");
    }

    #[test]
    fn dots_are_single_points_a_period_apart() {
        let dots = cut(&[point(0.0, 0.0), point(7.0, 0.0)], Dash::Dotted, 1.0);
        assert!(dots.iter().all(|d| d.len() == 1), "{dots:?}");
        let at: Vec<f64> = dots.iter().map(|d| d[0].x).collect();
        assert!(at.windows(2).all(|w| (w[1] - w[0] - 2.01).abs() < 1e-12), "{at:?}");
    }
}
