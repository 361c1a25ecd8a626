//! The width at which an inner product represents every order of a random family: bounds, and what
//! was found.

use crate::CellContext;
use relata_debreu::families::{OrderFamily, WidthLower, WidthParams};
use relata_runs::{Profile, Row};
use serde::{Deserialize, Serialize};

/// Random families of one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WidthCell {
    items: usize,
    orders: usize,
    draw: usize,
    sweeps: usize,
    restarts: usize,
}

pub(super) fn cells(profile: Profile) -> Vec<WidthCell> {
    let (items, draws, sweeps, restarts): (&[usize], usize, usize, usize) = match profile {
        Profile::Smoke => (&[4, 6, 8], 2, 60, 1),
        Profile::Standard => (&[4, 6, 8, 12], 5, 300, 3),
        Profile::Paper => (&[4, 6, 8, 12], 20, 600, 5),
    };
    let mut cells = Vec::new();
    for &items in items {
        for orders in [1, 2, 3, 4, 6, 8, 12, 16, 24, 32] {
            cells.extend((0..draws).map(|draw| WidthCell { items, orders, draw, sweeps, restarts }));
        }
    }
    cells
}

impl WidthCell {
    pub(super) fn label(&self) -> String {
        format!("width/items={}/orders={}/draw={}", self.items, self.orders, self.draw)
    }

    pub(super) fn run(&self, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let mut s = cx.seed.stream("orders");
        let rankings: Vec<Vec<usize>> = (0..self.orders).map(|_| s.permutation(self.items)).collect();
        let family = OrderFamily::from_rankings(self.items, &rankings)?;
        let params =
            WidthParams { sweeps: self.sweeps, restarts: self.restarts, seed: cx.seed.child("starts") };
        let w = family.width(&params);
        anyhow::ensure!(
            family.represented_by(&w.queries, &w.items),
            "the factors do not give the orders back"
        );
        let common = family.common_order()?;
        Ok(vec![
            Row::new("width")
                .with("items", self.items)
                .with("orders", self.orders)
                .with("draw", self.draw)
                .with("distinct", family.distinct_orders().len())
                .with("lower", w.bracket.lower)
                .with("upper", w.bracket.upper)
                .with("lower_by", reason(w.lower_by))
                .with("common_agreement", common.agreement)
                .with("common_tau", common.mean_tau),
        ])
    }
}

fn reason(by: WidthLower) -> String {
    match by {
        WidthLower::Trivial => "trivial".to_owned(),
        WidthLower::TwoOrders => "two orders".to_owned(),
        WidthLower::Counting { items } => format!("counting on {items} items"),
        WidthLower::NoSequence => "no sequence of the plane".to_owned(),
        WidthLower::SignRank => "sign rank".to_owned(),
    }
}
