//! Which relations, errors and widths.

use super::{Cell, Training, Widths, Work};
use relata_relations::Regularity;
use relata_relations::catalogue::relation;
use relata_runs::Profile;

/// Kinks, then finitely often differentiable, then analytic, in one dimension; then in two, four
/// and eight.
const RELATIONS: [(&str, usize); 18] = [
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
    ("kl-divergence", 2),
    ("zonal-exp", 2),
    ("gaussian-4d", 4),
    ("exp-bilinear-4d", 4),
    ("gaussian-8d", 8),
    ("exp-bilinear-8d", 8),
];

/// The other relations on curves, of which only what is proved is counted; those that jump in the
/// mean square.
const CURVES: [&str; 16] = [
    "poisson",
    "periodic-sobolev",
    "bridge",
    "matern-52",
    "polynomial",
    "sinc",
    "arc-cosine-0",
    "arc-cosine-1",
    "negative-squared-distance",
    "tanh",
    "difference",
    "shifted-sine",
    "gaussian-shifted",
    "volterra",
    "sign",
    "directed-distance",
];

pub(super) fn cells(profile: Profile) -> Vec<Cell> {
    let mut cells = Vec::new();
    if profile != Profile::Smoke {
        for name in CURVES {
            let cell = |work: Work| Cell { relation: name.into(), eps: eps_of_proofs(profile, &work), work };
            let most = most_fitted(profile, name);
            cells.extend([Work::Theorem, Work::Construction, Work::Fitted { most }].map(cell));
        }
    }
    for (name, dimension) in RELATIONS {
        let smoke = profile == Profile::Smoke;
        if smoke && !["brownian", "gaussian", "exp-bilinear", "gaussian-8d"].contains(&name) {
            continue;
        }
        let cell = |work: Work| Cell { relation: name.into(), eps: eps(profile, dimension), work };
        let proof = |work: Work| {
            let curve = !smoke && dimension == 1;
            let eps = if curve { eps_of_proofs(profile, &work) } else { eps(profile, dimension) };
            Cell { relation: name.into(), eps, work }
        };
        cells.push(proof(Work::Theorem));
        cells.push(proof(Work::Construction));
        if dimension == 1 {
            cells.push(proof(Work::Fitted { most: most_fitted(profile, name) }));
        }
        let restarts = match profile {
            Profile::Smoke => 1,
            Profile::Standard => 3,
            Profile::Paper => 10,
        };
        let most = match (profile, dimension) {
            (Profile::Smoke, _) => 64,
            (Profile::Standard | Profile::Paper, 1 | 2) => 256,
            (Profile::Standard | Profile::Paper, _) => 512,
        };
        cells.push(cell(Work::Readout(Widths { least: 2, most, restarts })));
        // Training is expensive; layers are counted against each other where few suffice.
        let restarts = if profile == Profile::Paper { 3 } else { 1 };
        let deep = ["brownian", "gaussian", "exp-bilinear", "gaussian-2d"].contains(&name);
        let depths = match profile {
            Profile::Smoke => usize::from(name == "gaussian"),
            Profile::Standard | Profile::Paper if deep => 3,
            Profile::Standard | Profile::Paper => 1,
        };
        for depth in 1..=depths {
            let (most, steps) = if smoke { (8, 60) } else { (48, 300) };
            let widths = Widths { least: 3, most, restarts };
            cells.push(cell(Work::Training { widths, how: Training { depth, steps } }));
        }
    }
    cells
}

/// Units per encoder of fitted networks, at most: kinks take as many as splines do, and a fit costs
/// at least the cube of them.
fn most_fitted(profile: Profile, name: &str) -> usize {
    let smooth = relation(name).is_ok_and(|r| r.regularity() == Regularity::Smooth);
    match profile {
        Profile::Smoke => 10,
        Profile::Standard => {
            if smooth {
                48
            } else {
                24
            }
        }
        Profile::Paper => 96,
    }
}

/// Constructions at kinks take neurons like `1/eps`, and their certificates the square of them: the
/// smallest errors are for `paper`.
fn eps_of_proofs(profile: Profile, work: &Work) -> Vec<f64> {
    let least = if profile == Profile::Standard && *work == Work::Construction { 1e-3 } else { 0.0 };
    EPS_OF_PROOFS.into_iter().filter(|e| *e >= least).collect()
}

/// Errors of what is proved on curves: those of the searches, and one or two beyond on both sides.
const EPS_OF_PROOFS: [f64; 12] =
    [0.3, 0.1, 0.056, 0.032, 0.018, 0.01, 0.0056, 0.0032, 0.0018, 0.001, 0.00032, 0.0001];

/// Errors from 0.1 down, four per decade.
fn eps(profile: Profile, dimension: usize) -> Vec<f64> {
    const ALL: [f64; 9] = [0.1, 0.056, 0.032, 0.018, 0.01, 0.0056, 0.0032, 0.0018, 0.001];
    match (profile, dimension) {
        (Profile::Smoke, _) => vec![ALL[0], ALL[2], ALL[4]],
        (Profile::Standard | Profile::Paper, 2..) => ALL[..5].to_vec(),
        (Profile::Standard | Profile::Paper, _) => ALL.to_vec(),
    }
}
