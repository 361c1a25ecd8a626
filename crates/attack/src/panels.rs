//! Revealed preference on small panels, against all cycles and all subsets.

use crate::{Draw, Ledger};
use relata_debreu::revealed::{Panel, Supremum};

/// Ratios `p_t . x_s / p_t . x_t` of exact decimals.
struct Table {
    own: Vec<f64>,
    ratio: Vec<Vec<f64>>,
}

impl Table {
    fn new(prices: &[Vec<f64>], bundles: &[Vec<f64>]) -> Self {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let own: Vec<f64> = prices.iter().zip(bundles).map(|(p, x)| dot(p, x)).collect();
        let ratio =
            prices.iter().zip(&own).map(|(p, w)| bundles.iter().map(|x| dot(p, x) / w).collect()).collect();
        Self { own, ratio }
    }

    /// Whether GARP holds at an efficiency on these observations, by closure.
    fn garp(&self, e: f64, kept: &[usize]) -> bool {
        let n = self.own.len();
        let mut reach = vec![vec![false; n]; n];
        for &t in kept {
            for &s in kept {
                reach[t][s] = self.ratio[t][s] <= e;
            }
        }
        for &k in kept {
            for &i in kept {
                for &j in kept {
                    reach[i][j] |= reach[i][k] && reach[k][j];
                }
            }
        }
        kept.iter().all(|&t| kept.iter().all(|&s| t == s || !(reach[t][s] && self.ratio[s][t] < e)))
    }

    /// The largest money pump over all simple cycles.
    fn pump(&self) -> f64 {
        fn extend(table: &Table, cycle: &mut Vec<usize>, best: &mut f64) {
            let n = table.own.len();
            if cycle.len() > 1 && table.ratio[cycle[cycle.len() - 1]][cycle[0]] <= 1.0 {
                let (mut gain, mut spent) = (0.0, 0.0);
                for (k, &t) in cycle.iter().enumerate() {
                    let next = cycle[(k + 1) % cycle.len()];
                    gain += table.own[t] * (1.0 - table.ratio[t][next]);
                    spent += table.own[t];
                }
                *best = best.max(gain / spent);
            }
            for s in 0..n {
                if !cycle.contains(&s) && s > cycle[0] && table.ratio[cycle[cycle.len() - 1]][s] <= 1.0 {
                    cycle.push(s);
                    extend(table, cycle, best);
                    cycle.pop();
                }
            }
        }
        let mut best = 0.0;
        (0..self.own.len()).for_each(|t| extend(self, &mut vec![t], &mut best));
        best
    }
}

/// Panels of small decimals, with one observation beside them that has nothing to do with the rest.
pub(crate) fn small(draw: &mut Draw, ledger: &mut Ledger) {
    const GARP: &str = "relata_debreu::revealed::Panel::garp";
    const CCEI: &str = "relata_debreu::revealed::Panel::ccei";
    const PUMP: &str = "relata_debreu::revealed::Panel::money_pump";
    const DROPPED: &str = "relata_debreu::revealed::Panel::houtman_maks";
    const AFRIAT: &str = "relata_debreu::revealed::Panel::afriat";
    let (n, goods) = (draw.whole(2, 5), draw.whole(2, 3));
    // Odd numbers of eighths: sums of products are exact, so that ties are ties.
    let mut rows = |n: usize| -> Vec<Vec<f64>> {
        (0..n).map(|_| (0..goods).map(|_| draw.whole(1, 24) as f64 / 8.0).collect()).collect()
    };
    let (mut prices, mut bundles) = (rows(n), rows(n));
    let everyone: Vec<usize> = (0..n).collect();
    // A power of two for each consumer's money keeps every product exact.
    for p in &mut prices {
        let factor = 2f64.powi(draw.whole(0, 80) as i32 - 40);
        p.iter_mut().for_each(|v| *v *= factor);
    }
    let table = Table::new(&prices, &bundles);
    if draw.chance(0.5) {
        // One observation more that nobody else can afford: no cycle goes through it.
        for (p, x) in prices.iter_mut().zip(&mut bundles) {
            p.push(1.0);
            x.push(0.0);
        }
        prices.push(vec![1.0; goods + 1]);
        bundles.push([vec![0.0; goods], vec![draw.choose(&[1e15, 1e30])]].concat());
    }
    let Some(panel) = ledger.accept(GARP, Panel::from_rows(&prices, &bundles)) else { return };
    let holds = table.garp(1.0, &everyone);
    ledger.check(GARP, panel.garp().is_ok() == holds, || format!("{prices:?} {bundles:?}: GARP is {holds}"));
    let mut candidates: Vec<f64> =
        table.ratio.iter().flatten().copied().filter(|r| *r <= 1.0).chain([1.0]).collect();
    candidates.sort_by(f64::total_cmp);
    // The supremum: GARP holds just below it.
    let index =
        candidates.iter().copied().filter(|e| table.garp(e * (1.0 - 1e-12), &everyone)).fold(0.0, f64::max);
    let found = panel.ccei();
    ledger.check(CCEI, (found.index - index).abs() <= 1e-12, || {
        format!("{prices:?} {bundles:?}: CCEI {} by all cycles {index}", found.index)
    });
    let attained = table.garp(index, &everyone);
    ledger.check(CCEI, (found.attained == Supremum::Attained) == attained, || {
        format!("{prices:?} {bundles:?}: at {index} {:?}", found.attained)
    });
    let (pump, largest) = (panel.money_pump().map_or(0.0, |m| m.index), table.pump());
    ledger.check(PUMP, (pump - largest).abs() <= 1e-9 * largest.max(1e-3), || {
        format!("{prices:?} {bundles:?}: pump {pump}, by all cycles {largest}")
    });
    let fewest = (0..1usize << n)
        .map(|set| everyone.iter().copied().filter(|t| set >> t & 1 == 1).collect::<Vec<_>>())
        .filter(|kept| table.garp(1.0, kept))
        .map(|kept| n - kept.len())
        .min()
        .unwrap_or(n);
    let dropped = panel.houtman_maks(1_000_000);
    let right = dropped.lower_bound <= fewest && fewest <= dropped.dropped.len();
    ledger.check(DROPPED, right, || format!("{prices:?} {bundles:?}: {dropped:?}, by all subsets {fewest}"));
    match panel.afriat() {
        Ok(utility) => {
            let worst = utility.worst_violation();
            ledger.check(AFRIAT, holds && worst <= 1e-9, || {
                format!("{prices:?} {bundles:?}: violated by {worst}")
            });
        }
        Err(_) => ledger.check(AFRIAT, !holds, || format!("{prices:?} {bundles:?} has a utility")),
    }
}
