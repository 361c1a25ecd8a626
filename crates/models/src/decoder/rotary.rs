//! Rotary positions (Su et al. 2021): plane `p` of a head turns by the angle `position f_p`.

use super::error::DecoderError;
use serde_json::Value;

/// How the frequencies of the planes follow from config.json.
#[derive(Clone, Debug, PartialEq)]
pub struct Rotary {
    /// Dimensions of a head that turn, in planes of the coordinates `p` and `p + turning / 2`; the
    /// others do not.
    pub turning: usize,
    /// `base` in `f_p = base^{-2 p / turning}`.
    pub base: f64,
    /// What is done to these frequencies.
    pub scaling: RotaryScaling,
}

/// What is done to the frequencies so that a model reads longer texts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RotaryScaling {
    /// Nothing.
    Default,
    /// All are divided by the factor (Chen et al. 2023).
    Linear(f64),
    /// Slow planes are divided by the factor, fast ones stay, those between are interpolated
    /// (Llama 3.1).
    Llama3 {
        /// The factor.
        factor: f64,
        /// Planes that turn less often than this over the old context are slow.
        low: f64,
        /// Planes that turn more often than this over the old context are fast.
        high: f64,
        /// The context before the change.
        old_context: f64,
    },
}

impl Rotary {
    /// The frequency of every plane, in radians per position.
    #[must_use]
    pub fn frequencies(&self) -> Vec<f64> {
        let plain = |p: usize| self.base.powf(-2.0 * p as f64 / self.turning as f64);
        (0..self.turning / 2).map(|p| self.scaling.apply(plain(p))).collect()
    }
}

impl RotaryScaling {
    fn apply(self, frequency: f64) -> f64 {
        match self {
            Self::Default => frequency,
            Self::Linear(factor) => frequency / factor,
            Self::Llama3 { factor, low, high, old_context } => {
                let turns = old_context * frequency / std::f64::consts::TAU;
                let kept = ((turns - low) / (high - low)).clamp(0.0, 1.0);
                kept * frequency + (1.0 - kept) * frequency / factor
            }
        }
    }

    /// What `rope_scaling` (or the newer `rope_parameters`) says.
    pub(super) fn parse(fields: &Value) -> Result<Self, DecoderError> {
        let kind = ["rope_type", "type"].iter().find_map(|k| fields.get(*k)).and_then(Value::as_str);
        let number = |name: &'static str| {
            let value = fields.get(name).and_then(Value::as_f64).filter(|v| v.is_finite() && *v > 0.0);
            value.ok_or_else(|| DecoderError::Config {
                field: name,
                found: fields.get(name).map_or_else(|| "missing".to_owned(), Value::to_string),
                expected: "this scaling of rotary positions needs a positive number",
            })
        };
        match kind {
            None | Some("default") => Ok(Self::Default),
            Some("linear") => Ok(Self::Linear(number("factor")?)),
            Some("llama3") => {
                let (low, high) = (number("low_freq_factor")?, number("high_freq_factor")?);
                if high <= low {
                    return Err(DecoderError::Config {
                        field: "high_freq_factor",
                        found: high.to_string(),
                        expected: "it must be above low_freq_factor",
                    });
                }
                let old_context = number("original_max_position_embeddings")?;
                Ok(Self::Llama3 { factor: number("factor")?, low, high, old_context })
            }
            Some(found) => Err(DecoderError::Variant {
                field: "rope_scaling",
                found: format!("`{found}`"),
                expected: "rotary positions of the kinds default, linear and llama3 can be computed",
            }),
        }
    }

    pub(super) fn to_json(self) -> Value {
        match self {
            Self::Default => Value::Null,
            Self::Linear(factor) => serde_json::json!({"rope_type": "linear", "factor": factor}),
            Self::Llama3 { factor, low, high, old_context } => serde_json::json!({
                "rope_type": "llama3", "factor": factor, "low_freq_factor": low, "high_freq_factor": high,
                "original_max_position_embeddings": old_context as u64,
            }),
        }
    }
}
