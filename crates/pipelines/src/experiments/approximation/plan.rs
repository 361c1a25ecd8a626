//! Which cells each profile has.

use super::cell::{Cell, Work};
use super::chosen::Chosen;
use super::fitted::{Fit, Width};
use super::measured::Setting;
use super::trained::Training;
use relata_kernels::Encoders;
use relata_networks::Activation::{self, Gelu, Relu, Sine, Tanh};
use relata_relations::catalogue::catalogue;
use relata_relations::{Regularity, Relation, Symmetry};
use relata_runs::Profile;

/// Sizes of a profile.
struct Sizes {
    widths: &'static [usize],
    draws: usize,
    /// Relations with trained networks; `None` for all.
    trained: Option<&'static [&'static str]>,
    trained_draws: usize,
    gradient_ranks: &'static [usize],
    /// Units per rank of fitted networks in one dimension, and their activations.
    fitted: &'static [(usize, Activation)],
    /// Whether relations in many dimensions are included.
    many_dimensions: ManyDimensions,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ManyDimensions {
    Leave,
    Include,
}

const RANKS: [usize; 6] = [1, 2, 4, 8, 16, 32];

fn sizes(profile: Profile) -> Sizes {
    match profile {
        Profile::Smoke => Sizes {
            widths: &[32, 128],
            draws: 1,
            trained: Some(&["gaussian", "brownian", "volterra", "smooth-order"]),
            trained_draws: 1,
            gradient_ranks: &[2, 8],
            fitted: &[(2, Sine)],
            many_dimensions: ManyDimensions::Leave,
        },
        Profile::Standard => Sizes {
            widths: &[16, 32, 64, 128, 256],
            draws: 3,
            trained: None,
            trained_draws: 1,
            gradient_ranks: &[1, 2, 4, 8, 16],
            fitted: &[(1, Sine), (2, Sine), (4, Sine), (1, Tanh), (2, Tanh), (4, Tanh), (2, Gelu), (4, Relu)],
            many_dimensions: ManyDimensions::Include,
        },
        Profile::Paper => Sizes {
            widths: &[16, 32, 64, 128, 256, 512],
            draws: 10,
            trained: None,
            trained_draws: 5,
            gradient_ranks: &RANKS,
            fitted: &[(1, Sine), (2, Sine), (4, Sine), (1, Tanh), (2, Tanh), (4, Tanh), (2, Gelu), (4, Relu)],
            many_dimensions: ManyDimensions::Include,
        },
    }
}

/// The cells of a profile: long ones first within a relation.
pub(super) fn cells(encoders: Encoders, profile: Profile, chosen: &Chosen) -> Vec<Cell> {
    let sizes = sizes(profile);
    let mut cells = Vec::new();
    for entry in catalogue() {
        // A name in the catalogue is a relation; a test of that crate says so.
        let Ok(r) = entry.build() else { continue };
        let dimension = r.spaces().0.axes().max(r.spaces().1.axes());
        // In many dimensions separate encoders face the symmetric relations too: there they are the
        // ones with exact limits.
        let of_class = (r.symmetry() == Symmetry::Symmetric) == (encoders == Encoders::Shared);
        let unasked = (!of_class && (encoders == Encoders::Shared || dimension <= 2))
            || (dimension > 2 && sizes.many_dimensions == ManyDimensions::Leave);
        // What is asked for by name is done whatever the profile has.
        let left_out =
            if chosen.relations.is_empty() { unasked } else { !chosen.relations.contains(&r.name()) };
        if !left_out {
            cells.extend(cells_of(r.as_ref(), dimension, profile, &sizes, chosen));
        }
    }
    cells
}

fn cells_of(
    r: &dyn Relation,
    dimension: usize,
    profile: Profile,
    sizes: &Sizes,
    chosen: &Chosen,
) -> Vec<Cell> {
    let mut setting = setting(r, dimension);
    let or =
        |asked: &[usize], usual: &[usize]| if asked.is_empty() { usual.to_vec() } else { asked.to_vec() };
    setting.ranks = or(&chosen.ranks, &setting.ranks);
    let cell = |work: Work, setting: &Setting| Cell { relation: r.name(), work, setting: setting.clone() };
    let nodes = match profile {
        _ if dimension > 1 => 900,
        Profile::Smoke => 400,
        Profile::Standard | Profile::Paper => 800,
    };
    let mut cells = vec![cell(Work::Spectrum { leading: 8, nodes }, &setting)];
    if dimension <= 2 {
        for width in or(&chosen.widths, sizes.widths) {
            for draw in 0..sizes.draws {
                cells.push(cell(Work::RandomReadout { width, draw }, &setting));
            }
        }
    } else {
        for width in or(&chosen.widths, &[512]) {
            cells.push(cell(Work::RandomReadout { width, draw: 0 }, &setting));
        }
    }
    let mut of_fit = fitted(r, dimension, profile, sizes, &setting);
    for cell in &mut of_fit {
        cell.setting.ranks = or(&chosen.ranks, &cell.setting.ranks);
    }
    cells.extend(of_fit);
    let by_name = chosen.relations.contains(&r.name());
    if by_name || sizes.trained.is_none_or(|names| names.contains(&r.name().as_str())) {
        for draw in 0..sizes.trained_draws {
            let training = Training::readout(profile, dimension, draw);
            cells.push(cell(Work::TrainedReadout(training), &setting));
            if dimension == 1 {
                for rank in or(&chosen.ranks, sizes.gradient_ranks) {
                    let training = Training::gradient(profile, draw);
                    let setting = Setting { certificate: 0, ..setting.clone() };
                    cells.push(cell(Work::Gradient { rank, training }, &setting));
                }
            }
        }
    }
    cells
}

/// Fitted networks: on curves over widths from the rank upward, on surfaces with four units per rank,
/// and in eight dimensions two relations with 128 units, on samples.
fn fitted(
    r: &dyn Relation,
    dimension: usize,
    profile: Profile,
    sizes: &Sizes,
    setting: &Setting,
) -> Vec<Cell> {
    const MANY: [&str; 2] = ["gaussian-8d", "smooth-asymmetric-8d"];
    let compact = r.spaces().0.is_compact() && r.spaces().1.is_compact();
    let cell = |width: Width, activation: Activation, setting: Setting| {
        let work = Work::Fitted(Fit { width, activation, draw: 0 });
        Cell { relation: r.name(), work, setting }
    };
    let smoke = profile == Profile::Smoke;
    match dimension {
        // The nodes of unbounded spaces are too many for whole decompositions.
        _ if !compact => vec![],
        0 | 1 => {
            let certificate = if smoke { 0 } else { setting.certificate };
            let ranks = if smoke { FITTED_RANKS_IN_SMOKE.to_vec() } else { FITTED_RANKS.to_vec() };
            let setting = Setting { ranks, certificate, ..setting.clone() };
            let one = |(units, activation): &(usize, Activation)| {
                cell(Width::PerRank(*units), *activation, setting.clone())
            };
            sizes.fitted.iter().map(one).collect()
        }
        2 if !smoke => {
            let setting = Setting { ranks: FITTED_RANKS.to_vec(), certificate: 0, ..setting.clone() };
            [Tanh, Sine].map(|a| cell(Width::PerRank(4), a, setting.clone())).to_vec()
        }
        8 if MANY.contains(&r.name().as_str()) => {
            let setting = Setting { ranks: vec![9, 16], fit: FITTED_SAMPLE, ..setting.clone() };
            vec![cell(Width::Fixed(128), Tanh, setting)]
        }
        _ => vec![],
    }
}

/// Ranks at which networks are fitted; beyond, smooth relations are below rounding.
const FITTED_RANKS: [usize; 5] = [1, 2, 4, 8, 16];
/// Those of the gradient training beside them, and the only one that `abs-difference` allows.
const FITTED_RANKS_IN_SMOKE: [usize; 3] = [1, 2, 8];
/// Points per side of a fit on samples, and as many left out: a step costs this times the square of
/// all hidden weights.
const FITTED_SAMPLE: usize = 3000;

/// Pairs of cells that a certificate may bound, on two curves and on two surfaces: a number of pairs
/// and not a time, so that it is the same on every machine. Most certificates take a tenth of it;
/// those that run out of it (heads of very large weights) would not be tight at ten times as many.
const MAX_PAIRS: usize = 100_000;
const MAX_PAIRS_2D: usize = 10_000;

fn setting(r: &dyn Relation, dimension: usize) -> Setting {
    let ranks = RANKS.to_vec();
    let compact = r.spaces().0.is_compact() && r.spaces().1.is_compact();
    let (fit, test, certificate) = match (dimension, r.regularity()) {
        // Only the nodes within some nine standard deviations, a quarter of them, weigh enough to
        // hold a feature.
        (0 | 1, _) if !compact => (2400, 3201, 0),
        (0 | 1, Regularity::Smooth) => (200, 401, MAX_PAIRS),
        // A jump or a kink is measured with an error of the order of its square over the nodes.
        (0 | 1, _) => (400, 1600, MAX_PAIRS),
        (2, _) if !compact => (40, 51, 0),
        (2, _) => (30, 41, MAX_PAIRS_2D),
        _ => (4096, 5000, 0),
    };
    Setting { ranks, fit, test, certificate }
}
