//! What can be wrong with scores.

use thiserror::Error;

/// Why numbers are not the scores of a context.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ScoreError {
    /// No key.
    #[error("the context is empty; attention needs at least one key")]
    Empty,
    /// No visible key.
    #[error("all {keys} keys are masked; attention needs at least one that is not")]
    AllMasked {
        /// Number of keys.
        keys: usize,
    },
    /// A mask for another number of keys.
    #[error("the mask has {mask} entries for {keys} keys")]
    Mask {
        /// Entries of the mask.
        mask: usize,
        /// Number of keys.
        keys: usize,
    },
    /// A position outside of the context.
    #[error("position {position} is outside of a context of {keys} keys, whose positions start at 0")]
    Position {
        /// The position.
        position: usize,
        /// Number of keys.
        keys: usize,
    },
    /// A visible score that is NaN or infinite.
    #[error(
        "the score of key {key} is {value}; scores must be finite (mask a key instead of giving it -inf)"
    )]
    NonFinite {
        /// The key.
        key: usize,
        /// Its score.
        value: f64,
    },
}
