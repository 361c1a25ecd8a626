//! Wold's utility against closed forms, its indifference curves, and the jump of lexicographic
//! preferences.

use crate::CellContext;
use relata_debreu::continuous::{Wold, WoldError, WoldParams};
use relata_runs::{Profile, Row};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

const LOW: f64 = 0.1;
const HIGH: f64 = 4.0;
/// Bundles on the diagonal through which curves are drawn.
const LEVELS: [f64; 6] = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0];

/// Wold's utility of one preference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WoldCell {
    preference: Preference,
    /// Points of the grid in each direction.
    grid: usize,
    /// Exponents of ten of the tolerances.
    digits: Vec<i32>,
}

/// A preference with a known equal-equivalent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Preference {
    CobbDouglas,
    Ces,
    Leontief,
}

impl Preference {
    const ALL: [Self; 3] = [Self::CobbDouglas, Self::Ces, Self::Leontief];

    fn name(self) -> &'static str {
        match self {
            Self::CobbDouglas => "cobb-douglas",
            Self::Ces => "ces",
            Self::Leontief => "leontief",
        }
    }

    /// The amount of both goods that is just as good: mean with weights 0.3 and 0.7 of order 0, -2
    /// and minus infinity.
    fn equal_equivalent(self, x: &[f64]) -> f64 {
        match self {
            Self::CobbDouglas => x[0].powf(0.3) * x[1].powf(0.7),
            Self::Ces => (0.3 * x[0].powi(-2) + 0.7 * x[1].powi(-2)).powf(-0.5),
            Self::Leontief => x[0].min(x[1]),
        }
    }

    /// The comparison, by a utility that is not the equal-equivalent.
    fn compare(self, a: &[f64], b: &[f64]) -> Ordering {
        let u = |x: &[f64]| match self {
            Self::CobbDouglas => 0.3 * x[0].ln() + 0.7 * x[1].ln(),
            Self::Ces => -(0.3 * x[0].powi(-2) + 0.7 * x[1].powi(-2)),
            Self::Leontief => x[0].min(x[1]),
        };
        u(a).total_cmp(&u(b))
    }
}

/// The squeeze of two bundles on the diagonal, at one resolution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JumpCell {
    /// Exponent of ten of the resolution.
    digits: i32,
    /// `c x_1 + x_2` with `c` this power of ten; lexicographic where there is none.
    steepness: Option<i32>,
}

pub(super) fn wold_cells(profile: Profile) -> Vec<WoldCell> {
    let grid = match profile {
        Profile::Smoke => 40,
        Profile::Standard => 80,
        Profile::Paper => 200,
    };
    let digits = vec![-2, -4, -6, -8, -10, -12];
    Preference::ALL
        .into_iter()
        .map(|preference| WoldCell { preference, grid, digits: digits.clone() })
        .collect()
}

pub(super) fn jump_cells() -> Vec<JumpCell> {
    let preferences = [None, Some(1), Some(3), Some(5)];
    let all = preferences.into_iter().flat_map(|steepness| (2..=9).map(move |d| (steepness, -d)));
    all.map(|(steepness, digits)| JumpCell { digits, steepness }).collect()
}

impl WoldCell {
    pub(super) fn label(&self) -> String {
        format!("wold/{}", self.preference.name())
    }

    pub(super) fn run(&self, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let preference = self.preference;
        let compare = |a: &[f64], b: &[f64]| preference.compare(a, b);
        let at = |i: usize| LOW + (HIGH - LOW) * i as f64 / (self.grid - 1) as f64;
        let finest = self.digits.iter().min().copied().unwrap_or(-2);
        let mut rows = Vec::new();
        for &digits in &self.digits {
            let precision = WoldParams { tolerance: 10f64.powi(digits), resolution: 1e-9 };
            let wold = Wold::new(2, LOW, HIGH, precision, compare, &mut cx.seed.stream("probes"))?;
            let (mut worst, mut bound, mut ratio) = (0.0f64, 0.0f64, 0.0f64);
            for (i, j) in super::finite::pairs(self.grid) {
                let x = [at(i).min(HIGH), at(j).min(HIGH)];
                let bracket = wold.value(&x)?;
                let error = (bracket.value() - preference.equal_equivalent(&x)).abs();
                worst = worst.max(error);
                bound = bound.max(bracket.bound());
                ratio = ratio.max(error / bracket.bound());
                if digits == finest {
                    rows.push(
                        Row::new("wold")
                            .with("preference", preference.name())
                            .with("x1", x[0])
                            .with("x2", x[1])
                            .with("utility", bracket.value())
                            .with("error", error)
                            .with("bound", bracket.bound()),
                    );
                }
            }
            rows.push(
                Row::new("wold-error")
                    .with("preference", preference.name())
                    .with("tolerance", precision.tolerance)
                    .with("worst_error", worst)
                    .with("largest_bound", bound)
                    .with("worst_over_bound", ratio),
            );
        }
        for level in LEVELS {
            rows.extend(curve(level, compare).into_iter().map(|[x1, x2]| {
                Row::new("indifference")
                    .with("preference", preference.name())
                    .with("level", level)
                    .with("x1", x1)
                    .with("x2", x2)
            }));
        }
        Ok(rows)
    }
}

/// The indifference curve through `(level, level)` inside the square, found on rays from the origin
/// by comparisons alone.
fn curve(level: f64, compare: impl Fn(&[f64], &[f64]) -> Ordering) -> Vec<[f64; 2]> {
    const RAYS: usize = 120;
    let through = [level, level];
    let mut points = Vec::new();
    for k in 1..RAYS {
        let (sin, cos) = (std::f64::consts::FRAC_PI_2 * k as f64 / RAYS as f64).sin_cos();
        let on = |r: f64| [r * cos, r * sin];
        let (mut near, mut far) = (1e-6, HIGH / cos.max(sin));
        if compare(&on(far), &through).is_lt() {
            continue;
        }
        for _ in 0..60 {
            let middle = 0.5 * (near + far);
            if compare(&on(middle), &through).is_lt() { near = middle } else { far = middle }
        }
        if on(far).iter().all(|v| *v >= LOW) {
            points.push(on(far));
        }
    }
    points
}

impl JumpCell {
    pub(super) fn label(&self) -> String {
        format!("jump/{}/resolution=1e{}", self.preference(), self.digits)
    }

    fn preference(&self) -> String {
        self.steepness.map_or_else(|| "lexicographic".to_owned(), |c| format!("steep-{c}"))
    }

    fn compare(&self, a: &[f64], b: &[f64]) -> Ordering {
        match self.steepness {
            None => a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])),
            Some(c) => {
                let u = |x: &[f64]| 10f64.powi(c) * x[0] + x[1];
                u(a).total_cmp(&u(b))
            }
        }
    }

    pub(super) fn run(&self, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let resolution = 10f64.powi(self.digits);
        let precision = WoldParams { tolerance: resolution, resolution };
        let compare = |a: &[f64], b: &[f64]| self.compare(a, b);
        let row = Row::new("jump").with("preference", self.preference()).with("resolution", resolution);
        let row = match Wold::new(2, 0.0, 1.0, precision, compare, &mut cx.run_seed.stream("jump/probes")) {
            Err(WoldError::Jump(j)) => row
                .with("refused", 1i64)
                .with("squeeze", j.upper - j.lower)
                .with("slope", j.distance / (j.upper - j.lower))
                .with("lower", j.lower)
                .with("upper", j.upper)
                .with("worse_x1", j.worse[0])
                .with("worse_x2", j.worse[1])
                .with("better_x1", j.better[0])
                .with("better_x2", j.better[1]),
            Ok(wold) => {
                // A step of the same length as a probe's, in the direction that matters least.
                let (worse, better) = ([0.5, 0.25], [0.5, 0.5]);
                let (low, high) = (wold.value(&worse)?, wold.value(&better)?);
                let squeeze = high.upper - low.lower;
                row.with("refused", 0i64).with("squeeze", squeeze).with("slope", 0.25 / squeeze)
            }
            Err(e) => return Err(e.into()),
        };
        Ok(vec![row])
    }
}
