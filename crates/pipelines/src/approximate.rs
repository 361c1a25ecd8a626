//! One call for one's own relation: the limit of every rank, a network near it, its error, a
//! figure.

use crate::fitting::{by_rule, count, random_hidden};
use anyhow::Context as _;
use relata_kernels::{Encoders, LimitParams, LimitSource, limits};
use relata_networks::{ReadoutParams, RelationNet, solve_readout};
use relata_plotting::{Axis, Chart, Figure, FigureWidth, Legend, Marker, Series};
use relata_relations::{Factors, HeldOut, Quadrature, Relation, Seed, Space, measure_all};

/// What one rank of an inner product does to a relation.
#[derive(Clone, Debug)]
pub struct AtRank {
    /// The rank `d`.
    pub rank: usize,
    /// Relative `L2` error of the network, on nodes or samples that the fit has not seen.
    pub error: f64,
    /// The smallest relative `L2` error of any inner product of the rank.
    pub limit: f64,
    /// How far the limit may be off.
    pub limit_uncertainty: f64,
    /// The network `<phi(x), psi(y)>`.
    pub net: RelationNet,
}

/// The outcome of [`approximate`].
#[derive(Clone, Debug)]
pub struct Approximated {
    /// The relation's name.
    pub name: String,
    /// One entry per rank.
    pub ranks: Vec<AtRank>,
    /// Where the limits came from.
    pub source: LimitSource,
}

/// Approximates `r` by inner products of two perceptrons, one hidden layer of 128 random tanh
/// features each with heads solved in closed form, at each of the ranks, and measures them against
/// the Eckart-Young limit.
///
/// Meant for a first look: spaces of one or two dimensions are integrated by their rules, larger
/// ones sampled. For everything else there are [`relata_networks::solve_readout`],
/// `relata_training::train` and [`relata_relations::measure`].
///
/// # Errors
/// If a rank is 0 or above 128, or the relation or its spaces cannot be evaluated (NaN is named
/// with its point).
///
/// ```
/// use relata_pipelines::approximate;
/// use relata_relations::{Interval, relation_fn};
///
/// let unit = Interval::new(0.0, 1.0)?;
/// let r = relation_fn(unit.clone(), unit, |x, y| (3.0 * x[0] - y[0] * y[0]).sin());
/// let result = approximate(&r, &[1, 2, 4])?;
/// for at in &result.ranks {
///     println!("rank {}: error {:.2e}, no inner product below {:.2e}", at.rank, at.error, at.limit);
///     assert!(at.error >= 0.999 * at.limit && at.error < 1.01 * at.limit + 1e-9);
/// }
/// let figure = result.figure()?.render()?;
/// assert!(figure.svg.starts_with("<svg"));
/// # Ok::<(), anyhow::Error>(())
/// ```
pub fn approximate(r: &dyn Relation, ranks: &[usize]) -> anyhow::Result<Approximated> {
    const WIDTH: usize = 128;
    let most = ranks.iter().copied().max().context("no rank was given")?;
    let all = limits(r, Encoders::Separate, most, &LimitParams::default())?;
    let (x, y) = r.spaces();
    let seed = Seed(0);
    let hidden = random_hidden(r, Encoders::Separate, WIDTH, seed)?;
    let fit = [rule(x, 0, seed)?, rule(y, 1, seed)?];
    let solved = solve_readout(&hidden, r, [&fit[0], &fit[1]], ReadoutParams::default())?;
    let nets = ranks.iter().map(|d| Ok(solved.at_rank(*d)?)).collect::<anyhow::Result<Vec<_>>>()?;
    let factors: Vec<&dyn Factors> = nets.iter().map(|n| n as &dyn Factors).collect();
    let at = if by_rule(x) && by_rule(y) {
        HeldOut::Quadrature { x: rule(x, 2, seed)?, y: rule(y, 3, seed)? }
    } else {
        HeldOut::Sample { x: rule(x, 2, seed)?.nodes().clone(), y: rule(y, 3, seed)?.nodes().clone() }
    };
    let reports = measure_all(r, &factors, &at)?;
    let mut out = Vec::with_capacity(ranks.len());
    for ((rank, net), report) in ranks.iter().zip(nets).zip(reports) {
        let limit = all.at(*rank)?;
        out.push(AtRank {
            rank: *rank,
            error: report.relative_l2,
            limit: limit.relative,
            limit_uncertainty: limit.uncertainty,
            net,
        });
    }
    Ok(Approximated { name: r.name(), ranks: out, source: all.source().clone() })
}

impl Approximated {
    /// Error and limit against rank, on logarithmic axes.
    ///
    /// # Errors
    /// If there is nothing positive to draw.
    pub fn figure(&self) -> anyhow::Result<Figure> {
        let series = |name: &str, f: &dyn Fn(&AtRank) -> f64| {
            let points = self.ranks.iter().map(|a| (a.rank as f64, f(a))).filter(|p| p.1 > 0.0);
            let (x, y): (Vec<f64>, Vec<f64>) = points.unzip();
            (!x.is_empty()).then(|| Series::new(name, &x, &y))
        };
        let mut panel = Chart::new().title(self.name.clone());
        panel = panel.x(Axis::log2("rank d")).y(Axis::log("relative L_{2} error"));
        if let Some(s) = series("Eckart–Young limit", &|a| a.limit) {
            panel = panel.line(s.reference());
        }
        let found = series("network", &|a| a.error)
            .context("every error is 0: nothing to draw on a logarithmic axis")?;
        panel = panel.scatter(found.marker(Marker::Circle));
        Ok(Figure::new(FigureWidth::Single).name("approximation").legend(Legend::Above).panel(panel))
    }
}

/// Rules 0 and 1 are for the fit, 2 and 3 for the measurement; no two share their nodes.
fn rule(space: &dyn Space, which: usize, seed: Seed) -> anyhow::Result<Quadrature> {
    if !by_rule(space) {
        let points = space.sample(count(4000)?, &mut seed.stream(&format!("approximate/{which}")));
        return Ok(Quadrature::equal_weights(points, space.mass())?);
    }
    let n = match (space.axes(), which) {
        (2, 0 | 1) => 20 + which,
        (2, _) => 40 + which,
        (_, 0 | 1) => 400 + which,
        _ => 1600 + which,
    };
    Ok(space.quadrature(count(n)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use relata_relations::{Interval, relation_fn};

    fn unit() -> Interval {
        Interval::new(0.0, 1.0).unwrap()
    }

    fn refusal(r: &dyn Relation, ranks: &[usize]) -> String {
        format!("{:#}", approximate(r, ranks).unwrap_err())
    }

    #[test]
    fn ranks_that_cannot_be_are_named() {
        let r = relation_fn(unit(), unit(), |x, y| (x[0] - y[0]).exp());
        assert!(refusal(&r, &[]).contains("no rank"));
        let zero = refusal(&r, &[0]);
        assert!(zero.contains("rank") && zero.contains('0'), "{zero}");
        let above = refusal(&r, &[1, 200]);
        assert!(above.contains("rank 200") && above.contains("128"), "{above}");
    }

    #[test]
    fn a_relation_that_is_not_a_number_is_named_with_its_point() {
        let r = relation_fn(unit(), unit(), |x, y| if x[0] > 0.9 { f64::NAN } else { x[0] * y[0] });
        let text = refusal(&r, &[1]);
        assert!(text.contains("NaN") && text.contains("0.9"), "{text}");
    }
}
