//! How well entries that the fit has not seen are predicted.
//!
//! Two settings, each in `k` folds so that everything is held out once: single *entries* (on one
//! space a pair and its mirror together, lest one tell the other), and whole rows and columns
//! (*lines*: new objects, on one space the same for both sides). The error is relative: the root of
//! the summed squares of the errors over that of the entries, so that predicting 0 has error 1.
//!
//! Networks need features of the objects; the mean, the means of rows and columns, and completion
//! by a matrix of low rank do not. Every choice (the step at which to stop, the ridge) is made on
//! entries held out of the training entries in the same manner, and the fit is then repeated with
//! them. Where entries have weights, fits, choices and errors are weighted by them.

mod completion;
mod means;
mod networks;
mod splits;

use super::measured::Measured;
use super::structure::scaled;
use crate::pipeline::CellContext;
use faer::Mat;
use relata_runs::{Row, Value};
use serde::{Deserialize, Serialize};
use splits::{Split, splits};

pub(super) use splits::Mask;

/// The least number of rows and of columns.
pub(super) const LEAST: usize = 4;
/// The most entries for completion.
const MAX_FOR_COMPLETION: usize = 250_000;
/// The most entries for any prediction: some bytes are held for each and each fold.
pub(super) const MAX_FOR_PREDICTION: usize = 25_000_000;

/// One method in one setting on one division into folds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeldOut {
    /// What is held out.
    pub setting: Setting,
    /// What predicts.
    pub method: Method,
    /// Which division into folds.
    pub repeat: usize,
    /// The number of folds.
    pub folds: usize,
    /// How networks are fitted.
    pub fit: Option<Fit>,
}

/// How a network is fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fit {
    /// The most steps of gradient descent.
    pub steps: usize,
    /// Steps between two looks at the validation entries.
    pub every: usize,
    /// Hidden units of each layer.
    pub width: usize,
    /// Hidden layers.
    pub depth: usize,
    /// Rank of the inner product.
    pub rank: usize,
}

/// What is held out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Setting {
    /// Single entries.
    Entries,
    /// Whole rows and columns.
    Lines,
}

/// What predicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Method {
    /// The mean of the training entries.
    Mean,
    /// A constant, an effect of the row and an effect of the column.
    Means,
    /// A matrix of low rank fitted to the training entries, without features.
    Completion,
    /// `<phi(x), phi(y)>`.
    Symmetric,
    /// `<phi(x), psi(y)>`.
    Asymmetric,
    /// `<phi(x), J phi(y)>`.
    Indefinite,
    /// `f(x, y)`: one perceptron on both feature vectors together.
    Pairs,
}

impl Setting {
    pub(super) const ALL: [Self; 2] = [Self::Entries, Self::Lines];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Entries => "entries",
            Self::Lines => "lines",
        }
    }
}

impl Method {
    pub(super) const ALL: [Self; 7] = [
        Self::Mean,
        Self::Means,
        Self::Completion,
        Self::Symmetric,
        Self::Asymmetric,
        Self::Indefinite,
        Self::Pairs,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Means => "means",
            Self::Completion => "completion",
            Self::Symmetric => "symmetric",
            Self::Asymmetric => "asymmetric",
            Self::Indefinite => "indefinite",
            Self::Pairs => "pairs",
        }
    }

    pub(super) fn is_network(self) -> bool {
        matches!(self, Self::Symmetric | Self::Asymmetric | Self::Indefinite | Self::Pairs)
    }
}

/// Why nothing is held out of a relation of this size, or nothing completed.
pub(super) fn size_excludes(n: usize, m: usize, method: Method) -> Option<String> {
    if n < LEAST || m < LEAST {
        return Some(format!("R is {n} x {m}; holding out takes at least {LEAST} rows and columns"));
    }
    if n * m > MAX_FOR_PREDICTION {
        return Some(format!("R is {n} x {m}; entries are held out of up to {MAX_FOR_PREDICTION}"));
    }
    (method == Method::Completion && n * m > MAX_FOR_COMPLETION)
        .then(|| format!("R is {n} x {m}; completion is computed up to {MAX_FOR_COMPLETION} entries"))
}

/// Why nothing is held out of so few entries, and what to do.
pub(super) fn too_few(known: usize) -> String {
    let least = LEAST * LEAST;
    format!("{known} entries are known; holding out takes at least {least}: measure {} more", least - known)
}

/// Whether a method can predict in a setting, or why not.
pub(super) fn applicable(measured: &Measured, setting: Setting, method: Method) -> Result<(), String> {
    let (n, m) = (measured.rows.len(), measured.columns.len());
    if let Some(why) = size_excludes(n, m, method) {
        return Err(why);
    }
    let known = (0..n * m).filter(|k| measured.counts(k / m, k % m)).count();
    if known < LEAST * LEAST {
        return Err(too_few(known));
    }
    if method == Method::Completion && setting == Setting::Lines {
        return Err("completion knows nothing of a new row or column".to_owned());
    }
    let features = measured.x_features.as_ref().zip(measured.y_features.as_ref());
    let Some((x, y)) = features else {
        let without = setting == Setting::Entries && !method.is_network();
        return if without { Ok(()) } else { Err("no features were given".to_owned()) };
    };
    if matches!(method, Method::Symmetric | Method::Indefinite) {
        if let Some(why) = measured.two_spaces() {
            return Err(why.to_owned());
        }
        let (p, q) = (x.values.dim(), y.values.dim());
        if p != q {
            return Err(format!(
                "rows have {p} features and columns {q}; one encoder takes the same of both"
            ));
        }
    }
    Ok(())
}

/// A prediction for every entry, with the rank where one was chosen or tried.
struct Prediction {
    values: Mat<f64>,
    rank: Option<usize>,
    /// The step or ridge that validation chose.
    chosen: Option<f64>,
}

/// All rows of one method in one setting on one division into folds.
pub(super) fn held_out(
    measured: &Measured,
    cell: &HeldOut,
    cx: &CellContext<'_>,
) -> anyhow::Result<Vec<Row>> {
    // Divided by the largest entry, so that tables of 0 and 1 are the same numbers in every unit:
    // where singular values coincide, rounding decides between their vectors.
    let (a, _) = scaled(measured.matrix.as_ref());
    let largest = a.norm_max();
    let a = Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[(i, j)] / largest);
    let stream = format!("analyse/split/{}/{}", cell.setting.name(), cell.repeat);
    let one_space = measured.two_spaces().is_none();
    let known = Mask::new(a.nrows(), a.ncols(), |i, j| measured.counts(i, j));
    let weights = measured.balanced_weights();
    let weights = weights.as_ref();
    let mut rows = Vec::new();
    for (fold, split) in splits(cell.setting, &known, one_space, cell.folds, &mut cx.run_seed.stream(&stream))
        .iter()
        .enumerate()
    {
        cx.stages.at(&format!("fold {} of {}", fold + 1, cell.folds));
        for prediction in predict(measured, (&a, weights), cell, split, cx, fold)? {
            for (block, mask) in &split.test {
                rows.push(error((&a, weights), &prediction, cell, fold, block, mask));
            }
        }
    }
    Ok(rows)
}

fn predict(
    measured: &Measured,
    (a, weights): (&Mat<f64>, Option<&Mat<f64>>),
    cell: &HeldOut,
    split: &Split,
    cx: &CellContext<'_>,
    fold: usize,
) -> anyhow::Result<Vec<Prediction>> {
    let plain = |values| Prediction { values, rank: None, chosen: None };
    Ok(match (cell.method, &cell.fit) {
        (Method::Mean, _) => vec![plain(means::mean(a, &split.train, weights))],
        (Method::Means, _) => vec![plain(means::means(a, &split.train, weights))],
        (Method::Completion, _) => completion::completions(a, split, weights)?,
        (method, Some(fit)) => {
            let seed =
                cx.run_seed.child(&format!("analyse/fit/{}/{}/{fold}", cell.setting.name(), cell.repeat));
            vec![networks::network(measured, (a, weights), method, split, fit, seed, &cx.device.device)?]
        }
        (_, None) => anyhow::bail!("a network needs a fit"),
    })
}

/// The error on the entries that were held out, each as much as its weight says.
fn error(
    (a, weights): (&Mat<f64>, Option<&Mat<f64>>),
    p: &Prediction,
    cell: &HeldOut,
    fold: usize,
    block: &str,
    mask: &Mask,
) -> Row {
    let weight = |i: usize, j: usize| weights.map_or(1.0, |w| w[(i, j)]);
    let (mut squared_error, mut squared_norm) = (0.0, 0.0);
    for (i, j) in mask.entries() {
        squared_error += weight(i, j) * (p.values[(i, j)] - a[(i, j)]).powi(2);
        squared_norm += weight(i, j) * a[(i, j)].powi(2);
    }
    // In units of the whole relation, so that sums over folds and repeats are comparable.
    let unit = a.squared_norm_l2();
    Row::new("held_out")
        .with("setting", cell.setting.name())
        .with("block", block)
        .with("method", cell.method.name())
        .with("rank", p.rank.map_or(Value::Missing, Value::from))
        .with("repeat", cell.repeat)
        .with("fold", fold)
        .with("entries", mask.count())
        .with("squared_error", squared_error / unit)
        .with("squared_norm", squared_norm / unit)
        .with("chosen", p.chosen)
}
