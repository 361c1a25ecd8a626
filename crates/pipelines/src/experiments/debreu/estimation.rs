//! Every estimator on the same noisy comparisons: Kendall's tau with the true utility against the
//! number of comparisons.
//!
//! An item has two features in the unit square and the utility `3 sin(3 x_1) + x_2 + 0.3 e`, `e`
//! normal and unseen. A comparison sees the difference of two utilities with logistic noise, and is
//! a tie where that is below 0.4 (Rao and Kupper's model is then true, Bradley and Terry's nearly).
//! Models without ties take a tie as half a win each. Rankings are of four items by Gumbel noise,
//! and choices are their first places; a ranking counts as three comparisons and a choice as one.

use crate::CellContext;
use crate::experiments::debreu::statistics::Mean;
use relata_debreu::estimation::{
    ChoiceData, KernelUtility, LuceMethod, LuceParams, PairModel, PairOutcomes, PairParams, Rankings,
    fit_linear_utility, fit_logit, fit_luce, fit_pairs, isotonic,
};
use relata_debreu::families::kendall;
use relata_debreu::finite::{Comparisons, drop_fewest};
use relata_relations::{Cube, Points, Stream, relation_fn};
use relata_runs::{Profile, Row};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const TIE: f64 = 0.4;
const MENU: usize = 4;
/// Penalty of the fits that have one, on the squared norm of the utilities.
const L2: f64 = 0.05;

/// All estimators on as many comparisons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EstimationCell {
    items: usize,
    comparisons: usize,
    draws: usize,
}

/// One way to a utility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Estimator {
    Newton,
    Mm,
    Ilsr,
    Penalised,
    Thurstone,
    Davidson,
    RaoKupper,
    Shares,
    FewestDropped,
    Isotonic,
    PlackettLuce,
    Logit,
    Linear,
    Kernel,
}

impl Estimator {
    const ALL: [Self; 14] = [
        Self::Newton,
        Self::Mm,
        Self::Ilsr,
        Self::Penalised,
        Self::Thurstone,
        Self::Davidson,
        Self::RaoKupper,
        Self::Shares,
        Self::FewestDropped,
        Self::Isotonic,
        Self::PlackettLuce,
        Self::Logit,
        Self::Linear,
        Self::Kernel,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Newton => "bradley-terry-newton",
            Self::Mm => "bradley-terry-mm",
            Self::Ilsr => "bradley-terry-ilsr",
            Self::Penalised => "bradley-terry-l2",
            Self::Thurstone => "thurstone",
            Self::Davidson => "davidson",
            Self::RaoKupper => "rao-kupper",
            Self::Shares => "shares",
            Self::FewestDropped => "fewest-dropped",
            Self::Isotonic => "isotonic",
            Self::PlackettLuce => "plackett-luce",
            Self::Logit => "conditional-logit",
            Self::Linear => "linear",
            Self::Kernel => "kernel",
        }
    }
}

pub(super) fn cells(profile: Profile) -> Vec<EstimationCell> {
    let (items, draws, sizes): (usize, usize, &[usize]) = match profile {
        Profile::Smoke => (30, 6, &[60, 120, 240, 480, 960, 1920]),
        Profile::Standard => (50, 20, &[100, 200, 400, 800, 1600, 3200, 6400]),
        Profile::Paper => (100, 100, &[200, 400, 800, 1600, 3200, 6400, 12_800, 25_600]),
    };
    sizes.iter().map(|&comparisons| EstimationCell { items, comparisons, draws }).collect()
}

impl EstimationCell {
    pub(super) fn label(&self) -> String {
        format!("estimation/items={}/comparisons={}", self.items, self.comparisons)
    }

    pub(super) fn run(&self, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let mut taus: Vec<Vec<Option<f64>>> = vec![Vec::new(); Estimator::ALL.len()];
        let mut rows = Vec::new();
        for draw in 0..self.draws {
            let data = Data::draw(self, &mut cx.seed.stream(&format!("draw-{draw}")))?;
            for (e, taus) in Estimator::ALL.iter().zip(&mut taus) {
                let row = Row::new("kendall")
                    .with("estimator", e.name())
                    .with("items", self.items)
                    .with("comparisons", self.comparisons)
                    .with("draw", draw);
                let (tau, why) = match data.estimate(*e) {
                    Ok(u) => (kendall(&data.truth, &u).and_then(|k| k.tau_b()), None),
                    Err(why) => (None, Some(why.to_string())),
                };
                taus.push(tau);
                rows.push(row.with("tau", tau).with("no_estimate", why));
            }
        }
        for (e, taus) in Estimator::ALL.iter().zip(&taus) {
            let fitted: Vec<f64> = taus.iter().copied().flatten().collect();
            // A mean over the lucky draws alone would flatter.
            let mean = if fitted.len() == taus.len() { Mean::of(&fitted) } else { None };
            rows.push(
                Row::new("kendall-mean")
                    .with("estimator", e.name())
                    .with("items", self.items)
                    .with("comparisons", self.comparisons)
                    .with("draws", self.draws)
                    .with("fitted", fitted.len())
                    .with("mean", mean.as_ref().map(|m| m.value))
                    .with("lower", mean.as_ref().map(|m| m.lower))
                    .with("upper", mean.as_ref().map(|m| m.upper)),
            );
        }
        Ok(rows)
    }
}

/// What the estimators see, and the truth.
struct Data {
    features: Points,
    truth: Vec<f64>,
    /// Winner, loser, whether they tied.
    pairs: Vec<(usize, usize, bool)>,
    /// Rankings of menus, best first.
    menus: Vec<Vec<usize>>,
}

impl Data {
    fn draw(cell: &EstimationCell, s: &mut Stream) -> anyhow::Result<Self> {
        let n = cell.items;
        let features = Points::new(2, (0..2 * n).map(|_| s.uniform()).collect())?;
        let truth: Vec<f64> =
            features.rows().map(|x| 3.0 * (3.0 * x[0]).sin() + x[1] + 0.3 * s.normal()).collect();
        let mut pairs = Vec::with_capacity(cell.comparisons);
        for _ in 0..cell.comparisons {
            let a = s.below(n);
            let b = (a + 1 + s.below(n - 1)) % n;
            let u = 1e-300 + s.uniform();
            let seen = truth[a] - truth[b] + (u / (1.0 - u).max(1e-300)).ln();
            let (winner, loser) = if seen >= 0.0 { (a, b) } else { (b, a) };
            pairs.push((winner, loser, seen.abs() < TIE));
        }
        let menus = (0..cell.comparisons)
            .map(|_| {
                let mut menu = s.permutation(n);
                menu.truncate(MENU);
                let mut seen: Vec<(f64, usize)> =
                    menu.iter().map(|&i| (truth[i] - (-(1e-300 + s.uniform()).ln()).ln(), i)).collect();
                seen.sort_by(|x, y| y.0.total_cmp(&x.0));
                seen.into_iter().map(|p| p.1).collect()
            })
            .collect();
        Ok(Self { features, truth, pairs, menus })
    }

    fn estimate(&self, e: Estimator) -> anyhow::Result<Vec<f64>> {
        let luce = |method| LuceParams { method, tolerance: 1e-8, ..LuceParams::default() };
        Ok(match e {
            Estimator::Newton => fit_luce(&self.wins()?, &luce(LuceMethod::Newton))?.strengths,
            Estimator::Mm => fit_luce(&self.wins()?, &luce(LuceMethod::Mm))?.strengths,
            Estimator::Ilsr => fit_luce(&self.wins()?, &luce(LuceMethod::Ilsr))?.strengths,
            Estimator::Penalised => {
                fit_luce(&self.wins()?, &LuceParams { l2: L2, ..luce(LuceMethod::Newton) })?.strengths
            }
            Estimator::Thurstone => self.pairs(PairModel::Thurstone)?,
            Estimator::Davidson => self.pairs(PairModel::Davidson)?,
            Estimator::RaoKupper => self.pairs(PairModel::RaoKupper)?,
            Estimator::Shares => self.shares(),
            Estimator::FewestDropped => self.fewest_dropped()?,
            Estimator::Isotonic => self.isotonic()?,
            Estimator::PlackettLuce => {
                let mut rankings = Rankings::new(self.truth.len());
                for menu in &self.menus[..self.menus.len().div_ceil(MENU - 1)] {
                    rankings.ranking(menu)?;
                }
                fit_luce(&rankings, &LuceParams { l2: L2, ..luce(LuceMethod::Newton) })?.strengths
            }
            Estimator::Logit => self.logit()?,
            Estimator::Linear => {
                let fit = fit_linear_utility(&self.features, &self.decided(), L2, 1e-8)?;
                self.linear(&fit.coefficients)
            }
            Estimator::Kernel => {
                let square = || Cube::new(2, 0.0, 1.0);
                let gaussian =
                    |x: &[f64], y: &[f64]| (-4.0 * ((x[0] - y[0]).powi(2) + (x[1] - y[1]).powi(2))).exp();
                let kernel = relation_fn(square()?, square()?, gaussian).positive_semidefinite()?;
                KernelUtility::fit(Arc::new(kernel), &self.features, &self.decided(), L2, 1e-8)?
                    .values()
                    .to_vec()
            }
        })
    }

    /// Wins, with ties as half a win each.
    fn wins(&self) -> anyhow::Result<Rankings> {
        let mut r = Rankings::new(self.truth.len());
        for &(w, l, tie) in &self.pairs {
            if tie {
                r.weighted(&[w, l], 1, 0.5)?;
                r.weighted(&[l, w], 1, 0.5)?;
            } else {
                r.win(w, l)?;
            }
        }
        Ok(r)
    }

    fn decided(&self) -> Vec<(usize, usize)> {
        self.pairs.iter().filter(|p| !p.2).map(|p| (p.0, p.1)).collect()
    }

    fn pairs(&self, model: PairModel) -> anyhow::Result<Vec<f64>> {
        let mut data = PairOutcomes::new(self.truth.len());
        for &(w, l, tie) in &self.pairs {
            match (tie, model) {
                (false, _) => data.win(w, l, 1.0)?,
                (true, PairModel::Thurstone) => {
                    data.win(w, l, 0.5)?;
                    data.win(l, w, 0.5)?;
                }
                (true, _) => data.tie(w, l, 1.0)?,
            }
        }
        Ok(fit_pairs(&data, model, &PairParams { l2: L2, tolerance: 1e-8, ..PairParams::default() })?
            .strengths)
    }

    /// The share of an item's comparisons that it won; one half where there are none.
    fn shares(&self) -> Vec<f64> {
        let n = self.truth.len();
        let (mut won, mut all) = (vec![0.0; n], vec![0.0; n]);
        for &(w, l, tie) in &self.pairs {
            won[w] += if tie { 0.5 } else { 1.0 };
            won[l] += if tie { 0.5 } else { 0.0 };
            all[w] += 1.0;
            all[l] += 1.0;
        }
        won.iter().zip(&all).map(|(w, a)| if *a > 0.0 { w / a } else { 0.5 }).collect()
    }

    fn fewest_dropped(&self) -> anyhow::Result<Vec<f64>> {
        let mut c = Comparisons::new(self.truth.len())?;
        for (w, l) in self.decided() {
            c.strict(l, w)?;
        }
        Ok(drop_fewest(&c).levels.into_iter().map(f64::from).collect())
    }

    /// The shares, made monotone along the order that drops the fewest comparisons.
    fn isotonic(&self) -> anyhow::Result<Vec<f64>> {
        let order = {
            let known = self.fewest_dropped()?;
            let mut order: Vec<usize> = (0..known.len()).collect();
            order.sort_by(|&a, &b| known[a].total_cmp(&known[b]).then(a.cmp(&b)));
            order
        };
        let shares = self.shares();
        let along: Vec<f64> = order.iter().map(|&i| shares[i]).collect();
        let pooled = isotonic(&along, &vec![1.0; along.len()])?;
        let mut u = vec![0.0; along.len()];
        order.iter().zip(pooled).for_each(|(&i, v)| u[i] = v);
        Ok(u)
    }

    fn logit(&self) -> anyhow::Result<Vec<f64>> {
        let rows: Vec<usize> = self.menus.iter().flatten().copied().collect();
        let sets = self.menus.len();
        let Some(alternatives) = self.features.select(&rows) else { anyhow::bail!("no choice was drawn") };
        let data = ChoiceData::new(alternatives, &vec![MENU; sets], &vec![0; sets])?;
        Ok(self.linear(&fit_logit(&data, L2, 1e-8)?.coefficients))
    }

    fn linear(&self, coefficients: &[f64]) -> Vec<f64> {
        self.features.rows().map(|x| x.iter().zip(coefficients).map(|(x, c)| x * c).sum()).collect()
    }
}
