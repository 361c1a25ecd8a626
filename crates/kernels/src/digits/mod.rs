//! Handwritten digits: the matrix on which low-rank methods are measured.
//!
//! 1797 images of 8 x 8 pixels, the test part of *Optical Recognition of Handwritten Digits*
//! (Alpaydin and Kaynak 1998, UCI Machine Learning Repository, doi:10.24432/C50P49, CC BY 4.0), the
//! data set that scikit-learn calls `digits`. With `exp(-gamma |x - y|^2)`, `gamma =`
//! [`DIGITS_GAMMA`] (one over twice the square of the median distance, up to rounding), its Gram
//! matrix has a leading eigenvalue of 62 % of the trace and a slow tail.

use relata_relations::{Points, PointsError};
use thiserror::Error;

/// The `gamma` of the published comparison of low-rank methods.
pub const DIGITS_GAMMA: f64 = 0.053_112;

/// Pixels of an image.
const PIXELS: usize = 64;

/// Images with their digits.
#[derive(Clone, Debug, PartialEq)]
pub struct Digits {
    /// The images, one a row, pixels divided by 16: `1797 x 64` for the data set that comes with
    /// the crate, values in `[0, 1]`.
    pub images: Points,
    /// What was to be written, 0 to 9.
    pub labels: Vec<u8>,
}

/// Why a text holds no digits.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum DigitsError {
    /// No line beside the header.
    #[error("there is no image")]
    Empty,
    /// A line that is not `digit,pixels`.
    #[error(
        "line {line}: an image is a digit, a comma and 64 pixels from `0` to `9` and `a` to `g`; {problem}"
    )]
    Line {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// The pixels are no points.
    #[error(transparent)]
    Points(#[from] PointsError),
}

/// The data set that comes with the crate.
///
/// ```
/// let d = relata_kernels::digits()?;
/// assert_eq!((d.images.len(), d.images.dim(), d.labels.len()), (1797, 64, 1797));
/// assert_eq!(&d.labels[..5], [0, 1, 2, 3, 4]);
/// // The first image begins with the pixels 0, 0, 5, 13 of 16.
/// assert_eq!(&d.images.row(0)[..4], [0.0, 0.0, 0.3125, 0.8125]);
/// # Ok::<(), relata_kernels::DigitsError>(())
/// ```
///
/// # Errors
/// None but those of [`Digits::parse`], which the file does not meet.
pub fn digits() -> Result<Digits, DigitsError> {
    Digits::parse(include_str!("digits.csv"))
}

impl Digits {
    /// Reads lines `digit,pixels` after a header, pixels in base 17.
    ///
    /// ```
    /// use relata_kernels::Digits;
    /// let blank = format!("digit,pixels\n7,{}\n", "g".repeat(64));
    /// assert!(Digits::parse(&blank)?.images.row(0).iter().all(|v| *v == 1.0));
    /// assert!(Digits::parse("digit,pixels\n7,0123\n").unwrap_err().to_string().contains("line 2"));
    /// # Ok::<(), relata_kernels::DigitsError>(())
    /// ```
    ///
    /// # Errors
    /// [`DigitsError`] naming the line.
    pub fn parse(text: &str) -> Result<Self, DigitsError> {
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        for (k, line) in text.lines().enumerate().skip(1) {
            let wrong = |problem: String| DigitsError::Line { line: k + 1, problem };
            let (label, image) = line.split_once(',').ok_or_else(|| wrong("there is no comma".to_owned()))?;
            let label = label.parse::<u8>().ok().filter(|d| *d < 10);
            labels.push(label.ok_or_else(|| wrong("the digit is not 0 to 9".to_owned()))?);
            let before = pixels.len();
            for c in image.chars() {
                let value = c.to_digit(17).ok_or_else(|| wrong(format!("`{c}` is no pixel")))?;
                pixels.push(f64::from(value) / 16.0);
            }
            let found = pixels.len() - before;
            if found != PIXELS {
                return Err(wrong(format!("there are {found} pixels")));
            }
        }
        if labels.is_empty() {
            return Err(DigitsError::Empty);
        }
        Ok(Self { images: Points::new(PIXELS, pixels)?, labels })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_the_published_ones() {
        let d = digits().unwrap();
        let mut counts = [0usize; 10];
        d.labels.iter().for_each(|l| counts[usize::from(*l)] += 1);
        // The class sizes that the documentation of the data set lists for its test part.
        assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        assert!(d.images.as_slice().iter().all(|v| (0.0..=1.0).contains(v) && (v * 16.0).fract() == 0.0));
    }

    #[test]
    fn bad_lines_are_named() {
        let image = "0".repeat(64);
        for (text, problem) in [
            (format!("digit,pixels\n0,{image}\n1{image}"), "line 3"),
            (format!("digit,pixels\n10,{image}"), "not 0 to 9"),
            (format!("digit,pixels\n1,{}h", "0".repeat(63)), "`h` is no pixel"),
            (format!("digit,pixels\n1,{image}0"), "65 pixels"),
        ] {
            assert!(Digits::parse(&text).unwrap_err().to_string().contains(problem), "{problem}");
        }
        assert_eq!(Digits::parse("digit,pixels\n"), Err(DigitsError::Empty));
    }
}
