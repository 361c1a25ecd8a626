//! Random preorders, their representations, and the pairs on which these err; one of each kind to
//! be drawn.

use crate::CellContext;
use relata_debreu::continuous::{Dyadic, two_sided_sum};
use relata_debreu::finite::{
    BinaryRelation, Comparisons, Preorder, greedy_multi_utility, interval_utility, multi_utility,
    richter_peleg_utility, semiorder_utility, width,
};
use relata_relations::Stream;
use relata_runs::{Profile, Row};
use serde::{Deserialize, Serialize};

/// One order to be drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PictureCell {
    kind: Kind,
    items: usize,
    /// Levels of the weak order; pairs from which the partial order is generated.
    size: usize,
}

/// What kind of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Weak,
    Partial,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Weak => "weak",
            Self::Partial => "partial",
        }
    }
}

/// Random orders of up to so many items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderCell {
    items: usize,
    draws: usize,
}

pub(super) fn pictures() -> Vec<PictureCell> {
    vec![
        PictureCell { kind: Kind::Weak, items: 14, size: 6 },
        PictureCell { kind: Kind::Partial, items: 14, size: 17 },
    ]
}

pub(super) fn cells(profile: Profile) -> Vec<OrderCell> {
    let draws = match profile {
        Profile::Smoke => 20,
        Profile::Standard => 200,
        Profile::Paper => 1_000,
    };
    [5, 7, 15, 30, 60].into_iter().map(|items| OrderCell { items, draws }).collect()
}

impl PictureCell {
    pub(super) fn label(&self) -> String {
        format!("picture/{}", self.kind.name())
    }

    /// Places for a drawing: across, spread within a level; up, the utility.
    pub(super) fn run(&self, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let mut s = cx.seed.stream("order");
        let p = match self.kind {
            Kind::Weak => total(&weak_order(self.items, self.size, &mut s))?,
            Kind::Partial => partial_order(self.items, self.size, &mut s)?,
        };
        let utility = match self.kind {
            Kind::Weak => comparisons_of(&p)?.utility()?.ranks().to_vec(),
            Kind::Partial => richter_peleg_utility(&p),
        };
        let (dimension, widest) = (multi_utility(&p, 1_000_000)?.len(), width(&p).antichain.len());
        let mut filled = vec![0usize; self.items + 1];
        let across: Vec<usize> = utility
            .iter()
            .map(|&u| {
                filled[u as usize] += 1;
                filled[u as usize] - 1
            })
            .collect();
        let at = |i: usize| across[i] as f64 - 0.5 * (filled[utility[i] as usize] - 1) as f64;
        let mut rows = Vec::new();
        for i in 0..self.items {
            rows.push(
                Row::new("hasse-items")
                    .with("kind", self.kind.name())
                    .with("item", i)
                    .with("across", at(i))
                    .with("utility", utility[i])
                    .with("width", widest)
                    .with("dimension", dimension),
            );
        }
        let members = p.classes();
        for (low, high) in p.covers() {
            for &a in &members.members()[low] {
                for &b in &members.members()[high] {
                    rows.push(
                        Row::new("hasse-covers")
                            .with("kind", self.kind.name())
                            .with("lower", a)
                            .with("upper", b)
                            .with("lower_across", at(a))
                            .with("lower_utility", utility[a])
                            .with("upper_across", at(b))
                            .with("upper_utility", utility[b]),
                    );
                }
            }
        }
        Ok(rows)
    }
}

impl OrderCell {
    pub(super) fn label(&self) -> String {
        format!("orders/items={}", self.items)
    }

    pub(super) fn run(&self, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let mut s = cx.seed.stream("orders");
        let n = self.items;
        // Representation, pairs compared, pairs on which order and representation differ.
        let mut tally: Vec<(&str, usize, usize)> = Vec::new();
        let mut count = |name: &'static str, differ: &dyn Fn(usize, usize) -> bool| {
            let wrong = pairs(n).filter(|&(i, j)| differ(i, j)).count();
            match tally.iter_mut().find(|t| t.0 == name) {
                Some(t) => (t.1, t.2) = (t.1 + n * n, t.2 + wrong),
                None => tally.push((name, n * n, wrong)),
            }
        };
        for _ in 0..self.draws {
            let hidden = weak_order(n, 1 + s.below(n), &mut s);
            let weak = total(&hidden)?;
            let u = comparisons_of(&weak)?.utility()?;
            count("rank utility", &|i, j| (hidden[i] <= hidden[j]) != (u.ranks()[i] <= u.ranks()[j]));
            let sums: Vec<Dyadic> =
                (0..n).map(|x| two_sided_sum(n, |k| hidden[k - 1].cmp(&hidden[x]))).collect();
            count("two-sided sum", &|i, j| (hidden[i] <= hidden[j]) != (sums[i] <= sums[j]));

            let edges = s.below(2 * n + 1);
            let p = partial_order(n, edges, &mut s)?;
            let peleg = richter_peleg_utility(&p);
            count("Richter-Peleg", &|i, j| {
                (p.less(i, j) && peleg[i] >= peleg[j]) || (p.indifferent(i, j) && peleg[i] != peleg[j])
            });
            let represented = |us: &[Vec<u32>], i: usize, j: usize| us.iter().all(|u| u[i] <= u[j]);
            let greedy = greedy_multi_utility(&p);
            count("multi-utility", &|i, j| p.at_most(i, j) != represented(&greedy, i, j));
            if n <= 15 {
                let fewest = multi_utility(&p, 1_000_000)?;
                count("fewest utilities", &|i, j| p.at_most(i, j) != represented(&fewest, i, j));
            }

            let ends: Vec<(f64, f64)> = (0..n)
                .map(|_| {
                    let low = s.uniform();
                    (low, low + 0.5 * s.uniform())
                })
                .collect();
            let before = BinaryRelation::from_fn(n, |i, j| ends[i].1 < ends[j].0)?;
            let v = interval_utility(&before)?;
            count("interval order", &|i, j| before.contains(i, j) != (v.upper[i] < v.lower[j]));
            let reach = 0.5 * s.uniform();
            let noticed = BinaryRelation::from_fn(n, |i, j| ends[j].0 > ends[i].0 + reach)?;
            let v = semiorder_utility(&noticed)?;
            count("semiorder", &|i, j| noticed.contains(i, j) != (v.utility[j] > v.utility[i] + v.threshold));
        }
        let row = |(representation, compared, violations): (&str, usize, usize)| {
            Row::new("orders")
                .with("representation", representation)
                .with("items", n)
                .with("draws", self.draws)
                .with("pairs", compared)
                .with("violations", violations)
        };
        Ok(tally.into_iter().map(row).collect())
    }
}

pub(super) fn pairs(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).flat_map(move |i| (0..n).map(move |j| (i, j)))
}

/// Levels of the items, each of the `levels` levels taken at least once where there are enough
/// items.
pub(super) fn weak_order(items: usize, levels: usize, s: &mut Stream) -> Vec<usize> {
    let first = s.permutation(items);
    first.into_iter().map(|k| if k < levels { k } else { s.below(levels) }).collect()
}

fn total(levels: &[usize]) -> anyhow::Result<Preorder> {
    Ok(Preorder::from_utilities(levels.len(), &[levels])?)
}

/// Generated by random pairs that go up along a random order, with one pair in ten going both ways.
fn partial_order(items: usize, edges: usize, s: &mut Stream) -> anyhow::Result<Preorder> {
    let place = s.permutation(items);
    let mut drawn = Vec::new();
    for _ in 0..edges {
        let (a, b) = (s.below(items), s.below(items));
        let (a, b) = if place[a] < place[b] { (a, b) } else { (b, a) };
        drawn.push((a, b));
        if s.below(10) == 0 {
            drawn.push((b, a));
        }
    }
    Ok(Preorder::closure_of(&BinaryRelation::from_pairs(items, drawn)?))
}

/// Every pair of a total preorder as a comparison.
fn comparisons_of(p: &Preorder) -> anyhow::Result<Comparisons> {
    let mut c = Comparisons::new(p.len())?;
    for (i, j) in pairs(p.len()) {
        if p.less(i, j) {
            c.strict(i, j)?;
        } else if p.indifferent(i, j) {
            c.weak(i, j)?;
        }
    }
    Ok(c)
}
