//! The critical cost efficiency of consumers who maximise, who err, and who buy at random.

use crate::CellContext;
use crate::experiments::debreu::statistics::quantile;
use relata_debreu::revealed::Panel;
use relata_relations::{Points, Stream};
use relata_runs::{Profile, Row};
use serde::{Deserialize, Serialize};

const GOODS: usize = 3;

/// Consumers of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsumersCell {
    kind: Kind,
    observations: usize,
    consumers: usize,
}

/// How a consumer buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// Maximises a Cobb-Douglas utility.
    CobbDouglas,
    /// Maximises a CES utility with elasticity of substitution 3.
    Ces,
    /// Maximises, then errs by 20 % in each quantity.
    Errs20,
    /// By 50 %.
    Errs50,
    /// Splits the budget at random.
    Random,
}

impl Kind {
    const ALL: [Self; 5] = [Self::CobbDouglas, Self::Ces, Self::Errs20, Self::Errs50, Self::Random];

    fn name(self) -> &'static str {
        match self {
            Self::CobbDouglas => "cobb-douglas",
            Self::Ces => "ces",
            Self::Errs20 => "errs-20",
            Self::Errs50 => "errs-50",
            Self::Random => "random",
        }
    }
}

pub(super) fn cells(profile: Profile) -> Vec<ConsumersCell> {
    let consumers = match profile {
        Profile::Smoke => 100,
        Profile::Standard => 500,
        Profile::Paper => 2_000,
    };
    let cell = |kind| [5, 10, 20, 40, 80].map(|observations| ConsumersCell { kind, observations, consumers });
    Kind::ALL.into_iter().flat_map(cell).collect()
}

impl ConsumersCell {
    pub(super) fn label(&self) -> String {
        format!("consumers/{}/observations={}", self.kind.name(), self.observations)
    }

    pub(super) fn run(&self, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let mut s = cx.seed.stream("consumers");
        let mut found = Vec::new();
        for _ in 0..self.consumers {
            let panel = self.panel(&mut s)?;
            let rational = panel.garp().is_ok();
            let pump = panel.money_pump().map_or(0.0, |m| m.index);
            found.push((panel.ccei().index, rational, pump));
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        let maximises = matches!(self.kind, Kind::CobbDouglas | Kind::Ces);
        let mut rows = Vec::new();
        for (k, (ccei, rational, pump)) in found.iter().enumerate() {
            rows.push(
                Row::new("consumers")
                    .with("kind", self.kind.name())
                    .with("maximises", i64::from(maximises))
                    .with("observations", self.observations)
                    .with("consumer", k)
                    .with("ccei", *ccei)
                    .with("share", (k + 1) as f64 / found.len() as f64)
                    .with("garp", i64::from(*rational))
                    .with("money_pump", *pump),
            );
        }
        let sorted: Vec<f64> = found.iter().map(|f| f.0).collect();
        rows.push(
            Row::new("ccei")
                .with("kind", self.kind.name())
                .with("observations", self.observations)
                .with("median", quantile(&sorted, 0.5))
                .with("lower", quantile(&sorted, 0.05))
                .with("upper", quantile(&sorted, 0.95))
                .with("rational", found.iter().filter(|f| f.1).count() as f64 / found.len() as f64),
        );
        Ok(rows)
    }

    fn panel(&self, s: &mut Stream) -> anyhow::Result<Panel> {
        let tastes: Vec<f64> = (0..GOODS).map(|_| 0.2 + s.uniform()).collect();
        let (mut prices, mut quantities) = (Vec::new(), Vec::new());
        for _ in 0..self.observations {
            let budget = s.uniform_in(1.0, 2.0);
            let p: Vec<f64> = (0..GOODS).map(|_| s.uniform_in(0.5, 1.5)).collect();
            let weights: Vec<f64> = match self.kind {
                Kind::CobbDouglas | Kind::Errs20 | Kind::Errs50 => tastes.clone(),
                // Expenditures in proportion to a_i^3 p_i^(1 - 3).
                Kind::Ces => tastes.iter().zip(&p).map(|(a, p)| a.powi(3) * p.powi(-2)).collect(),
                // Uniform on the simplex of expenditures.
                Kind::Random => (0..GOODS).map(|_| -(1.0 - s.uniform()).ln()).collect(),
            };
            let total: f64 = weights.iter().sum();
            let error = match self.kind {
                Kind::Errs20 => 0.2,
                Kind::Errs50 => 0.5,
                Kind::CobbDouglas | Kind::Ces | Kind::Random => 0.0,
            };
            for (w, p) in weights.iter().zip(&p) {
                let slip = if error > 0.0 { (error * s.normal()).exp() } else { 1.0 };
                quantities.push(w / total * budget / p * slip);
            }
            prices.extend(p);
        }
        Ok(Panel::new(Points::new(GOODS, prices)?, Points::new(GOODS, quantities)?)?)
    }
}
