//! Axes as the caller describes them.

/// One axis of a panel: its title, kind, limits and ticks. Limits that are not given come from the
/// data, with a little room.
#[derive(Clone, Debug)]
pub struct Axis {
    pub(crate) title: String,
    pub(crate) kind: Kind,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) include: Vec<f64>,
    pub(crate) ticks: Option<Vec<(f64, Option<String>)>>,
    pub(crate) direction: Direction,
    pub(crate) labels: Labels,
}

/// How values are spread along an axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Linear,
    Log10,
    Log2,
    /// Linear within `threshold` of zero, logarithmic beyond.
    Symlog {
        threshold: f64,
    },
    /// Positions 0, 1, ... with these names.
    Categories(Vec<String>),
}

impl Kind {
    pub(crate) fn is_log(&self) -> bool {
        matches!(self, Self::Log10 | Self::Log2)
    }
}

/// Which way values grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Direction {
    #[default]
    Forward,
    Reversed,
}

/// Whether an axis shows its tick labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Labels {
    #[default]
    Shown,
    Hidden,
}

impl Default for Axis {
    fn default() -> Self {
        Self::linear("")
    }
}

impl Axis {
    fn new(title: impl Into<String>, kind: Kind) -> Self {
        Self {
            title: title.into(),
            kind,
            min: None,
            max: None,
            include: Vec::new(),
            ticks: None,
            direction: Direction::Forward,
            labels: Labels::Shown,
        }
    }

    /// Evenly spaced numbers.
    pub fn linear(title: impl Into<String>) -> Self {
        Self::new(title, Kind::Linear)
    }

    /// Logarithmic, ticks at powers of ten; every value must be positive.
    pub fn log(title: impl Into<String>) -> Self {
        Self::new(title, Kind::Log10)
    }

    /// Logarithmic, ticks at powers of two (ranks, widths); every value must be positive.
    pub fn log2(title: impl Into<String>) -> Self {
        Self::new(title, Kind::Log2)
    }

    /// sign(v) log10(1 + |v| / threshold): linear near zero, logarithmic beyond `threshold`, both
    /// signs on one axis.
    pub fn symlog(title: impl Into<String>, threshold: f64) -> Self {
        Self::new(title, Kind::Symlog { threshold })
    }

    /// Names at the positions 0, 1, 2, ...
    pub fn categories<S: Into<String>>(title: impl Into<String>, names: impl IntoIterator<Item = S>) -> Self {
        Self::new(title, Kind::Categories(names.into_iter().map(Into::into).collect()))
    }

    /// Exact limits; what lies outside is clipped.
    pub fn limits(self, min: f64, max: f64) -> Self {
        self.min(min).max(max)
    }

    /// Exact lower limit.
    pub fn min(mut self, min: f64) -> Self {
        self.min = Some(min);
        self
    }

    /// Exact upper limit.
    pub fn max(mut self, max: f64) -> Self {
        self.max = Some(max);
        self
    }

    /// Widens automatic limits so that `value` is visible.
    pub fn include(mut self, value: f64) -> Self {
        self.include.push(value);
        self
    }

    /// Ticks at these values instead of automatic ones.
    pub fn ticks(mut self, at: &[f64]) -> Self {
        self.ticks = Some(at.iter().map(|v| (*v, None)).collect());
        self
    }

    /// Ticks at these values with these labels.
    pub fn labeled_ticks<S: Into<String>>(mut self, at: impl IntoIterator<Item = (f64, S)>) -> Self {
        self.ticks = Some(at.into_iter().map(|(v, l)| (v, Some(l.into()))).collect());
        self
    }

    /// Values grow to the left, or downwards.
    pub fn reversed(mut self) -> Self {
        self.direction = Direction::Reversed;
        self
    }

    /// Ticks without labels.
    pub fn without_labels(mut self) -> Self {
        self.labels = Labels::Hidden;
        self
    }
}
