//! One field of a table.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// One field of a table. In CSV a text is quoted, a number is bare, and a missing value is an empty
/// bare field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A label.
    Text(String),
    /// A whole number; truth values are 0 and 1.
    Int(i64),
    /// A real number. Non-finite ones are accepted here and become [`Value::Missing`] with a reason
    /// in a table.
    Float(f64),
    /// Not applicable, or not measured.
    Missing,
}

impl Value {
    /// The number as a float, for [`Value::Int`] and [`Value::Float`].
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(i) => Some(*i as f64),
            Self::Float(f) => Some(*f),
            Self::Text(_) | Self::Missing => None,
        }
    }

    /// What kind of value this is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Int(_) => "a whole number",
            Self::Float(_) => "a float",
            Self::Missing => "missing",
        }
    }

    /// Equality under which a whole number equals the float of the same size.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        match (self.as_f64(), other.as_f64()) {
            (Some(a), Some(b)) => (a + 0.0).to_bits() == (b + 0.0).to_bits(),
            _ => self == other,
        }
    }
}

/// As in a label: texts bare, numbers in their shortest form, nothing for a missing value.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(t) => f.write_str(t),
            Self::Int(i) => write!(f, "{i}"),
            Self::Float(x) => write!(f, "{x}"),
            Self::Missing => Ok(()),
        }
    }
}

impl From<&str> for Value {
    fn from(v: &str) -> Self {
        Self::Text(v.to_owned())
    }
}

impl From<&String> for Value {
    fn from(v: &String) -> Self {
        Self::Text(v.clone())
    }
}

impl From<String> for Value {
    fn from(v: String) -> Self {
        Self::Text(v)
    }
}

impl From<i64> for Value {
    fn from(v: i64) -> Self {
        Self::Int(v)
    }
}

impl From<i32> for Value {
    fn from(v: i32) -> Self {
        Self::Int(v.into())
    }
}

impl From<u32> for Value {
    fn from(v: u32) -> Self {
        Self::Int(v.into())
    }
}

/// Numbers beyond the range of `i64` keep all their digits, as a text.
impl From<u64> for Value {
    fn from(v: u64) -> Self {
        i64::try_from(v).map_or_else(|_| Self::Text(v.to_string()), Self::Int)
    }
}

/// Numbers beyond the range of `i64` keep all their digits, as a text.
impl From<usize> for Value {
    fn from(v: usize) -> Self {
        Self::from(v as u64)
    }
}

impl From<f64> for Value {
    fn from(v: f64) -> Self {
        Self::Float(v)
    }
}

/// 0 or 1.
impl From<bool> for Value {
    fn from(v: bool) -> Self {
        Self::Int(v.into())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Self::Missing, Into::into)
    }
}

/// JSON has no non-finite numbers, and a finished cell must read back exactly, so those get a form
/// of their own.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Json {
    Text(String),
    Int(i64),
    Float(f64),
    NonFinite { non_finite: NonFinite },
    Missing(()),
}

#[derive(Serialize, Deserialize)]
enum NonFinite {
    #[serde(rename = "nan")]
    Nan,
    #[serde(rename = "inf")]
    Inf,
    #[serde(rename = "-inf")]
    NegInf,
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(t) => serializer.serialize_str(t),
            Self::Int(i) => serializer.serialize_i64(*i),
            Self::Float(f) if f.is_finite() => serializer.serialize_f64(*f),
            Self::Float(f) => {
                let non_finite = match *f {
                    f if f.is_nan() => NonFinite::Nan,
                    f if f > 0.0 => NonFinite::Inf,
                    _ => NonFinite::NegInf,
                };
                Json::NonFinite { non_finite }.serialize(serializer)
            }
            Self::Missing => serializer.serialize_unit(),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Json::deserialize(deserializer)? {
            Json::Text(t) => Self::Text(t),
            Json::Int(i) => Self::Int(i),
            Json::Float(f) => Self::Float(f),
            Json::NonFinite { non_finite: NonFinite::Nan } => Self::Float(f64::NAN),
            Json::NonFinite { non_finite: NonFinite::Inf } => Self::Float(f64::INFINITY),
            Json::NonFinite { non_finite: NonFinite::NegInf } => Self::Float(f64::NEG_INFINITY),
            Json::Missing(()) => Self::Missing,
        })
    }
}
