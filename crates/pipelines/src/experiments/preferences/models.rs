//! The models of comparisons and rankings, fitted and asked in one way.

use relata_debreu::estimation::{
    EstimationError, LuceFit, LuceParams, PairFit, PairModel, PairOutcomes, PairParams, TiedFit, TiedParams,
    fit_luce, fit_pairs, fit_tied,
};
use relata_debreu::readers::{CollectedPreferences, ComparisonOutcome, ComparisonTable, OrderTable};
use serde::{Deserialize, Serialize};

/// A model of comparisons or rankings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Model {
    /// Logistic differences; ties count as half a win for each.
    BradleyTerry,
    /// Normal differences; ties count as half a win for each.
    Thurstone,
    /// Logistic, ties in proportion to the geometric mean.
    Davidson,
    /// Logistic, ties below a threshold.
    RaoKupper,
    /// Choices without replacement.
    PlackettLuce,
    /// The same with ties.
    Tied,
}

impl Model {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::BradleyTerry => "bradley-terry",
            Self::Thurstone => "thurstone",
            Self::Davidson => "davidson",
            Self::RaoKupper => "rao-kupper",
            Self::PlackettLuce => "plackett-luce",
            Self::Tied => "tied",
        }
    }

    /// As it is called in sentences and figures.
    pub(super) fn title(name: &str) -> &'static str {
        match name {
            "bradley-terry" => "Bradley–Terry",
            "thurstone" => "Thurstone",
            "davidson" => "Davidson",
            "rao-kupper" => "Rao–Kupper",
            "plackett-luce" => "Plackett–Luce",
            "tied" => "Plackett–Luce with ties",
            _ => "equal strengths",
        }
    }
}

/// Whether some comparison is a tie.
pub(super) fn has_ties(t: &ComparisonTable) -> bool {
    t.rows.iter().any(|r| r.outcome == ComparisonOutcome::Tie)
}

/// The models of these data, the one whose strengths are shown first.
pub(super) fn applicable(preferences: &CollectedPreferences) -> Vec<Model> {
    match preferences {
        CollectedPreferences::Comparisons(t) if has_ties(t) => {
            vec![Model::Davidson, Model::RaoKupper, Model::BradleyTerry, Model::Thurstone]
        }
        CollectedPreferences::Comparisons(_) => vec![Model::BradleyTerry, Model::Thurstone],
        CollectedPreferences::Rankings(t) if t.orders.iter().any(|o| o.ties_before_its_end()) => {
            vec![Model::Tied]
        }
        CollectedPreferences::Rankings(_) => vec![Model::PlackettLuce],
        CollectedPreferences::Panels(_) | CollectedPreferences::Choices(_) => Vec::new(),
    }
}

/// A fit of any of them.
pub(super) enum Fit {
    Luce(LuceFit, Option<Vec<f64>>),
    Pairs(PairFit),
    Tied(TiedFit),
}

/// What a model is fitted to.
pub(super) enum Data<'a> {
    Comparisons(&'a ComparisonTable),
    Rankings(&'a OrderTable),
}

impl<'a> Data<'a> {
    pub(super) fn of(preferences: &'a CollectedPreferences) -> Option<Self> {
        match preferences {
            CollectedPreferences::Comparisons(t) => Some(Self::Comparisons(t)),
            CollectedPreferences::Rankings(t) => Some(Self::Rankings(t)),
            CollectedPreferences::Panels(_) | CollectedPreferences::Choices(_) => None,
        }
    }

    pub(super) fn items(&self) -> &'a [String] {
        match self {
            Self::Comparisons(t) => &t.items,
            Self::Rankings(t) => &t.items,
        }
    }
}

/// Wins and ties, or wins and halves of wins.
fn outcomes(t: &ComparisonTable, model: Model) -> Result<PairOutcomes, EstimationError> {
    if model != Model::Thurstone {
        return t.outcomes();
    }
    let mut data = PairOutcomes::new(t.items.len());
    for r in &t.rows {
        match r.outcome {
            ComparisonOutcome::First => data.win(r.first, r.second, r.count)?,
            ComparisonOutcome::Second => data.win(r.second, r.first, r.count)?,
            ComparisonOutcome::Tie => {
                data.win(r.first, r.second, 0.5 * r.count)?;
                data.win(r.second, r.first, 0.5 * r.count)?;
            }
        }
    }
    Ok(data)
}

fn pair_model(model: Model) -> PairModel {
    match model {
        Model::Davidson => PairModel::Davidson,
        Model::RaoKupper => PairModel::RaoKupper,
        Model::BradleyTerry | Model::Thurstone | Model::PlackettLuce | Model::Tied => PairModel::Thurstone,
    }
}

/// Fits a model, with a penalty `l2` on the squares of the strengths.
pub(super) fn fit(data: &Data<'_>, model: Model, l2: f64) -> Result<Fit, EstimationError> {
    match (data, model) {
        (Data::Comparisons(t), Model::BradleyTerry) => luce(&t.rankings()?, l2),
        (Data::Rankings(t), Model::PlackettLuce) => luce(&t.rankings()?, l2),
        (Data::Rankings(t), _) => {
            fit_tied(&t.tied_rankings()?, &TiedParams { l2, ..TiedParams::default() }).map(Fit::Tied)
        }
        (Data::Comparisons(t), _) => {
            let params = PairParams { l2, ..PairParams::default() };
            fit_pairs(&outcomes(t, model)?, pair_model(model), &params).map(Fit::Pairs)
        }
    }
}

fn luce(data: &relata_debreu::estimation::Rankings, l2: f64) -> Result<Fit, EstimationError> {
    let fit = fit_luce(data, &LuceParams { l2, ..LuceParams::default() })?;
    let errors = match fit.standard_errors(data) {
        Ok(errors) => Some(errors),
        Err(EstimationError::TooLarge { .. }) => None,
        Err(e) => return Err(e),
    };
    Ok(Fit::Luce(fit, errors))
}

impl Fit {
    pub(super) fn strengths(&self) -> &[f64] {
        match self {
            Self::Luce(f, _) => &f.strengths,
            Self::Pairs(f) => &f.strengths,
            Self::Tied(f) => &f.strengths,
        }
    }

    /// Standard errors of the strengths, where there are not too many.
    pub(super) fn errors(&self) -> Option<&[f64]> {
        match self {
            Self::Luce(_, errors) => errors.as_deref(),
            Self::Pairs(f) => f.standard_errors.as_deref(),
            Self::Tied(f) => Some(&f.standard_errors),
        }
    }

    pub(super) fn log_likelihood(&self) -> f64 {
        match self {
            Self::Luce(f, _) => f.log_likelihood,
            Self::Pairs(f) => f.log_likelihood,
            Self::Tied(f) => f.log_likelihood,
        }
    }

    /// Tie parameters: what they are called, their values and standard errors.
    pub(super) fn ties(&self) -> Vec<(String, f64, Option<f64>)> {
        let error = |k: usize| self.errors().and_then(|e| e.get(self.strengths().len() + k)).copied();
        match self {
            Self::Luce(..) => Vec::new(),
            Self::Pairs(f) => {
                let name = if f.model == PairModel::Davidson { "ln nu" } else { "ln theta" };
                f.tie.iter().map(|t| (name.to_owned(), *t, error(0))).collect()
            }
            Self::Tied(f) => {
                let named = f.ties.iter().enumerate();
                named.map(|(k, (order, v))| (format!("ln delta of {order}"), *v, error(k))).collect()
            }
        }
    }

    /// The log-likelihood of other data of the same items.
    pub(super) fn log_likelihood_of(&self, data: &Data<'_>) -> Result<f64, EstimationError> {
        match (self, data) {
            (Self::Luce(f, _), Data::Comparisons(t)) => f.log_likelihood_of(&t.rankings()?),
            (Self::Luce(f, _), Data::Rankings(t)) => f.log_likelihood_of(&t.rankings()?),
            (Self::Tied(f), Data::Rankings(t)) => f.log_likelihood_of(&t.tied_rankings()?),
            (Self::Pairs(f), Data::Comparisons(t)) => f.log_likelihood_of(&t.outcomes()?),
            _ => Err(EstimationError::NoData),
        }
    }
}
