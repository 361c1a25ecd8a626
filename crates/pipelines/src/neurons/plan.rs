//! Which relations, errors and widths.

use super::{Cell, Work};
use relata_runs::Profile;

/// Kinks, then finitely often differentiable, then analytic, in one dimension; then in two, four and eight.
const RELATIONS: [(&str, usize); 16] = [
    ("brownian", 1),
    ("matern-12", 1),
    ("abs-difference", 1),
    ("positive-part", 1),
    ("matern-32", 1),
    ("periodic-sobolev-2", 1),
    ("gaussian", 1),
    ("von-mises", 1),
    ("exp-bilinear", 1),
    ("smooth-order", 1),
    ("gaussian-2d", 2),
    ("smooth-asymmetric-2d", 2),
    ("gaussian-4d", 4),
    ("exp-bilinear-4d", 4),
    ("gaussian-8d", 8),
    ("exp-bilinear-8d", 8),
];

pub(super) fn cells(profile: Profile) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (name, dimension) in RELATIONS {
        let smoke = profile == Profile::Smoke;
        if smoke && !["brownian", "gaussian", "exp-bilinear", "gaussian-8d"].contains(&name) {
            continue;
        }
        let cell = |work: Work| Cell { relation: name.into(), eps: eps(profile, dimension), work };
        cells.push(cell(Work::Theorem));
        if dimension <= 2 {
            cells.push(cell(Work::Construction));
        }
        let draws = match profile {
            Profile::Smoke => 1,
            Profile::Standard => 3,
            Profile::Paper => 10,
        };
        for draw in 0..draws {
            let most = if smoke {
                64
            } else if dimension <= 2 {
                256
            } else {
                512
            };
            cells.push(cell(Work::Readout { widths: ladder(2, most), draw }));
        }
        // Training is dear; layers are counted against each other where few suffice.
        let trained = match profile {
            Profile::Smoke => usize::from(name == "gaussian"),
            Profile::Standard => 1,
            Profile::Paper => 3,
        };
        let deep = !smoke && ["brownian", "gaussian", "exp-bilinear", "gaussian-2d"].contains(&name);
        for draw in 0..trained {
            for depth in 1..=if deep { 3 } else { 1 } {
                let (most, steps) = if smoke { (8, 60) } else { (48, 300) };
                cells.push(cell(Work::Training { widths: ladder(3, most), depth, steps, draw }));
            }
        }
    }
    cells
}

/// Errors from 0.1 down, four a decade.
fn eps(profile: Profile, dimension: usize) -> Vec<f64> {
    const ALL: [f64; 9] = [0.1, 0.056, 0.032, 0.018, 0.01, 0.0056, 0.0032, 0.0018, 0.001];
    match (profile, dimension) {
        (Profile::Smoke, _) => vec![ALL[0], ALL[2], ALL[4]],
        (_, 2..) => ALL[..5].to_vec(),
        _ => ALL.to_vec(),
    }
}

/// Widths that grow by about a quarter.
fn ladder(least: usize, most: usize) -> Vec<usize> {
    let mut widths = vec![least];
    while let Some(last) = widths.last().copied().filter(|w| *w < most) {
        widths.push((last + 1).max(last * 5 / 4).min(most));
    }
    widths
}
