//! Comparisons of a hidden weak order of which a share is flipped: how many must be dropped,
//! against how many were flipped.

use crate::CellContext;
use crate::experiments::debreu::finite::weak_order;
use relata_debreu::families::kendall;
use relata_debreu::finite::{Comparisons, drop_fewest};
use relata_runs::{Profile, Row};
use serde::{Deserialize, Serialize};

/// Comparisons of which some are flipped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoiseCell {
    items: usize,
    /// Comparisons for each item.
    each: usize,
    /// Comparisons flipped, in percent.
    percent: usize,
    draw: usize,
}

pub(super) fn cells(profile: Profile) -> Vec<NoiseCell> {
    let (items, draws): (&[usize], usize) = match profile {
        Profile::Smoke => (&[16, 100], 3),
        Profile::Standard => (&[16, 100, 1_000], 10),
        Profile::Paper => (&[16, 100, 1_000, 10_000], 20),
    };
    let mut cells = Vec::new();
    for &items in items {
        for percent in [0, 1, 2, 5, 10, 20, 30, 50] {
            cells.extend((0..draws).map(|draw| NoiseCell { items, each: 10, percent, draw }));
        }
    }
    cells
}

impl NoiseCell {
    pub(super) fn label(&self) -> String {
        format!("noise/items={}/flipped={}%/draw={}", self.items, self.percent, self.draw)
    }

    pub(super) fn run(&self, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let mut s = cx.seed.stream("noise");
        let hidden = weak_order(self.items, self.items.div_ceil(2), &mut s);
        let wanted = self.items * self.each;
        let mut c = Comparisons::new(self.items)?;
        let mut flipped = 0;
        // Strict comparisons only: those of indifferent items are drawn again.
        while c.len() < wanted {
            let (a, b) = (s.below(self.items), s.below(self.items));
            if hidden[a] >= hidden[b] {
                continue;
            }
            if s.uniform() * 100.0 < self.percent as f64 {
                c.strict(b, a)?;
                flipped += 1;
            } else {
                c.strict(a, b)?;
            }
        }
        let d = drop_fewest(&c);
        let kept = c.without(&d.places);
        anyhow::ensure!(kept.utility().is_ok(), "what is left after dropping is inconsistent");
        let truth: Vec<f64> = hidden.iter().map(|&h| h as f64).collect();
        let found: Vec<f64> = d.levels.iter().map(|&l| f64::from(l)).collect();
        let tau = kendall(&truth, &found).and_then(|k| k.tau_b());
        Ok(vec![
            Row::new("noise")
                .with("items", self.items)
                .with("comparisons", c.len())
                .with("percent", self.percent)
                .with("draw", self.draw)
                .with("flipped", flipped)
                .with("dropped", d.places.len())
                .with("at_least", d.lower_bound)
                .with("share_flipped", f64::from(flipped) / c.len() as f64)
                .with("share_dropped", d.places.len() as f64 / c.len() as f64)
                .with("share_at_least", d.lower_bound as f64 / c.len() as f64)
                .with("kendall_tau", tau),
        ])
    }
}
