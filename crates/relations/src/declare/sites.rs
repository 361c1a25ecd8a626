//! Where declarations are tried.

use crate::enclosure::Enclosure;
use crate::points::Points;
use crate::space::Space;
use crate::stream::{Seed, Stream};
use std::num::NonZeroUsize;

/// Points of a space: nodes of its rule, draws, neighbours of draws, and round numbers.
pub(super) struct Sites {
    pub(super) points: Points,
}

/// Draws, and about as many nodes.
const DRAWS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(47);

/// The sites of a space; the same for the same space.
pub(super) fn sites(space: &dyn Space, stream: &str) -> Sites {
    let mut stream = Seed(0).stream(stream);
    let draws = space.sample(DRAWS, &mut stream);
    let mut data = draws.as_slice().to_vec();
    // As many nodes per axis as make about DRAWS nodes; in many dimensions that is none.
    let each = (DRAWS.get() as f64).powf(1.0 / space.axes().max(1) as f64).floor() as usize;
    if let Some(n) = NonZeroUsize::new(each).filter(|n| n.get() > 1)
        && let Ok(rule) = space.quadrature(n)
    {
        data.extend(rule.nodes().rows().take(2 * DRAWS.get()).flatten());
    }
    let chart = Chart::of(space, &draws);
    if !chart.ranges.is_empty() {
        for i in 0..24 {
            // Six places, each with neighbours at a tenth, .. , a ten-thousandth of the space.
            let share = 0.1f64.powi(i % 4 + 1);
            let at = chart.draw(&mut Seed(i as u64 / 4).stream("place"));
            let near = at
                .iter()
                .zip(&chart.ranges)
                .map(|(t, (a, b))| (t + share * (b - a) * (stream.uniform() - 0.5)).clamp(*a, *b));
            data.extend(chart.point(&near.collect::<Vec<_>>()));
        }
        for _ in 0..32 {
            let round = chart.ranges.iter().map(|r| pick(&round_numbers(*r), &mut stream));
            data.extend(chart.point(&round.collect::<Vec<_>>()));
        }
    }
    Sites { points: Points::from_finite(space.dim(), data) }
}

fn pick(from: &[f64], stream: &mut Stream) -> f64 {
    from[((stream.uniform() * from.len() as f64) as usize).min(from.len() - 1)]
}

/// Numbers of a range at which formulas break if they break at one point: its fractions with
/// denominators to 12, and the multiples of 1/100 in it, if these are few.
pub(super) fn round_numbers((a, b): (f64, f64)) -> Vec<f64> {
    let fractions = (1..=12u32).flat_map(|n| (0..=n).map(move |k| f64::from(k) / f64::from(n)));
    let mut all: Vec<f64> = fractions.map(|f| if f < 1.0 { a + f * (b - a) } else { b }).collect();
    if b - a <= 4.0 && a.abs() <= 100.0 {
        let (first, last) = ((100.0 * a).ceil() as i64, (100.0 * b).floor() as i64);
        all.extend((first..=last).map(|k| k as f64 / 100.0));
    }
    all.sort_by(f64::total_cmp);
    all.dedup_by(|p, q| p.to_bits() == q.to_bits());
    all
}

/// A space by its parameters; by its coordinates within the reach of some draws where it is
/// unbounded; without parameters where it is finite.
pub(super) struct Chart<'a> {
    space: &'a dyn Space,
    pub(super) ranges: Vec<(f64, f64)>,
    draws: Points,
}

impl<'a> Chart<'a> {
    pub(super) fn of(space: &'a dyn Space, draws: &Points) -> Self {
        let reach = |i: usize| {
            let column = || draws.rows().map(|p| p[i]);
            (column().fold(f64::INFINITY, f64::min), column().fold(f64::NEG_INFINITY, f64::max))
        };
        let finite = |r: &Vec<(f64, f64)>| r.iter().all(|(a, b)| a.is_finite() && b.is_finite());
        let ranges = match space.parameters().filter(finite) {
            Some(ranges) => ranges,
            None if space.axes() == space.dim() => (0..space.dim()).map(reach).collect(),
            None => Vec::new(),
        };
        Self { space, ranges, draws: draws.clone() }
    }

    /// The chart of a space, with draws of its own.
    pub(super) fn new(space: &'a dyn Space) -> Self {
        Self::of(space, &space.sample(DRAWS, &mut Seed(0).stream("declare/chart")))
    }

    pub(super) fn axes(&self) -> usize {
        self.ranges.len()
    }

    /// Uniform parameters.
    pub(super) fn draw(&self, stream: &mut Stream) -> Vec<f64> {
        self.ranges.iter().map(|(a, b)| a + (b - a) * stream.uniform()).collect()
    }

    /// The coordinates for some parameters; a draw where the space has none.
    pub(super) fn point(&self, parameters: &[f64]) -> Vec<f64> {
        if self.ranges.is_empty() {
            return self.draws.row(0).to_vec();
        }
        let constants: Vec<Enclosure> = parameters.iter().map(|t| Enclosure::constant(*t)).collect();
        self.space.place(&constants).iter().map(|c| c.value().middle().unwrap_or(f64::NAN)).collect()
    }

    /// The coordinates on a box of parameters: variables numbered from `first` on where the box is
    /// wide.
    pub(super) fn place(&self, ranges: &[(f64, f64)], first: &mut usize) -> Vec<Enclosure> {
        if self.ranges.is_empty() {
            return self.draws.row(0).iter().map(|v| Enclosure::constant(*v)).collect();
        }
        let parameters: Vec<Enclosure> = ranges
            .iter()
            .map(|(a, b)| {
                if a < b {
                    *first += 1;
                    Enclosure::variable(*first - 1, *a, *b)
                } else {
                    Enclosure::constant(*a)
                }
            })
            .collect();
        self.space.place(&parameters)
    }
}
