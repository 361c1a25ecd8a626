//! Bars and box plots over categories.

use crate::describe::color::Color;

/// How bars of one category stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrangement {
    Grouped,
    Stacked,
}

/// The bars of one name, one for each category.
#[derive(Clone, Debug)]
pub(crate) struct BarSeries {
    pub name: String,
    pub values: Vec<f64>,
    /// Half lengths of the error bars.
    pub errors: Option<Vec<f64>>,
    pub color: Option<Color>,
}

/// Bars over categories, side by side or stacked. The x axis becomes that of the categories and
/// keeps its title.
#[derive(Clone, Debug)]
pub struct Bars {
    pub(crate) categories: Vec<String>,
    pub(crate) arrangement: Arrangement,
    pub(crate) series: Vec<BarSeries>,
}

impl Bars {
    /// Bars side by side within each category.
    pub fn grouped<S: Into<String>>(categories: impl IntoIterator<Item = S>) -> Self {
        Self::new(categories, Arrangement::Grouped)
    }

    /// Bars on top of each other; negative values pile up below zero.
    pub fn stacked<S: Into<String>>(categories: impl IntoIterator<Item = S>) -> Self {
        Self::new(categories, Arrangement::Stacked)
    }

    fn new<S: Into<String>>(categories: impl IntoIterator<Item = S>, arrangement: Arrangement) -> Self {
        Self { categories: categories.into_iter().map(Into::into).collect(), arrangement, series: Vec::new() }
    }

    /// Adds the bars of one name, a value for each category.
    pub fn series(mut self, name: impl Into<String>, values: &[f64]) -> Self {
        self.series.push(BarSeries { name: name.into(), values: values.to_vec(), errors: None, color: None });
        self
    }

    /// Adds bars with error bars of these half lengths (standard errors, say).
    pub fn series_with_errors(mut self, name: impl Into<String>, values: &[f64], errors: &[f64]) -> Self {
        self.series.push(BarSeries {
            name: name.into(),
            values: values.to_vec(),
            errors: Some(errors.to_vec()),
            color: None,
        });
        self
    }

    /// A colour for the bars added last, instead of the next of the cycle.
    pub fn color(mut self, color: Color) -> Self {
        if let Some(last) = self.series.last_mut() {
            last.color = Some(color);
        }
        self
    }

    /// Lower and upper end of each bar of series `s` before error bars: cumulated where stacked.
    pub(crate) fn span(&self, s: usize, category: usize) -> (f64, f64) {
        let value = |k: usize| self.series[k].values.get(category).copied().unwrap_or(0.0);
        let base = match self.arrangement {
            Arrangement::Grouped => 0.0,
            Arrangement::Stacked => (0..s).map(value).filter(|v| (*v < 0.0) == (value(s) < 0.0)).sum::<f64>(),
        };
        (base, base + value(s))
    }
}

/// The samples of one name, one set for each category.
#[derive(Clone, Debug)]
pub(crate) struct BoxSeries {
    pub name: String,
    pub samples: Vec<Vec<f64>>,
    pub color: Option<Color>,
}

/// Box plots over categories: box from the first to the third quartile, line at the median,
/// whiskers to the last sample within 1.5 interquartile ranges of the box, samples beyond as points
/// (Tukey, *Exploratory Data Analysis*, 1977).
#[derive(Clone, Debug)]
pub struct BoxPlot {
    pub(crate) categories: Vec<String>,
    pub(crate) series: Vec<BoxSeries>,
}

impl BoxPlot {
    /// Box plots over these categories; several series stand side by side.
    pub fn new<S: Into<String>>(categories: impl IntoIterator<Item = S>) -> Self {
        Self { categories: categories.into_iter().map(Into::into).collect(), series: Vec::new() }
    }

    /// Adds the samples of one name, a non-empty set for each category.
    pub fn series(mut self, name: impl Into<String>, samples: &[Vec<f64>]) -> Self {
        self.series.push(BoxSeries { name: name.into(), samples: samples.to_vec(), color: None });
        self
    }

    /// A colour for the boxes added last.
    pub fn color(mut self, color: Color) -> Self {
        if let Some(last) = self.series.last_mut() {
            last.color = Some(color);
        }
        self
    }
}

/// What a box shows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Five {
    pub whiskers: (f64, f64),
    pub quartiles: [f64; 3],
    pub outliers: Vec<f64>,
}

/// Summary of a non-empty sample; quartiles interpolate linearly between order statistics (Hyndman
/// and Fan's type 7).
pub(crate) fn five(sample: &[f64]) -> Five {
    let mut s = sample.to_vec();
    s.sort_by(f64::total_cmp);
    let quantile = |p: f64| {
        let at = p * (s.len().max(1) - 1) as f64;
        let i = at.floor() as usize;
        let lower = s.get(i).copied().unwrap_or(0.0);
        let upper = s.get(i + 1).copied().unwrap_or(lower);
        // Convex combination: the difference of the two may overflow.
        let t = at - i as f64;
        lower * (1.0 - t) + upper * t
    };
    let quartiles = [quantile(0.25), quantile(0.5), quantile(0.75)];
    let reach = 1.5 * (quartiles[2] - quartiles[0]);
    let (low, high) = (quartiles[0] - reach, quartiles[2] + reach);
    let inner = |v: &&f64| **v >= low && **v <= high;
    let whiskers = (
        s.iter().find(inner).copied().unwrap_or(quartiles[0]).min(quartiles[0]),
        s.iter().rev().find(inner).copied().unwrap_or(quartiles[2]).max(quartiles[2]),
    );
    let outliers = s.iter().copied().filter(|v| *v < low || *v > high).collect();
    Five { whiskers, quartiles, outliers }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_numbers_of_a_known_sample() {
        let f = five(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 100.0]);
        assert_eq!(f.quartiles.to_vec(), vec![3.0, 5.0, 7.0]);
        assert_eq!(f.whiskers, (1.0, 8.0));
        assert_eq!(f.outliers, [100.0]);
        assert_eq!(five(&[2.5]), Five { whiskers: (2.5, 2.5), quartiles: [2.5; 3], outliers: vec![] });
    }

    #[test]
    fn stacks_cumulate_by_sign() {
        let b = Bars::stacked(["a"]).series("p", &[2.0]).series("q", &[-1.0]).series("r", &[3.0]);
        assert_eq!([b.span(0, 0), b.span(1, 0), b.span(2, 0)], [(0.0, 2.0), (0.0, -1.0), (2.0, 5.0)]);
    }
}
