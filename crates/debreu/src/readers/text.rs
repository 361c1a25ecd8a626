//! Text with places: errors that name line and column, and fields of comma-separated values.

use thiserror::Error;

/// What is wrong with a file, and where. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("line {line}, column {column}: {problem}")]
pub struct PreferenceReadError {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What can be wrong with a file.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Problem {
    /// Bytes that are not UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// A quote that is not closed, or text after a closing quote.
    #[error("{0}")]
    Quote(&'static str),
    /// A row of another length than the header.
    #[error("the row has {found} fields, the header has {expected}")]
    Fields {
        /// Fields of the row.
        found: usize,
        /// Fields of the header.
        expected: usize,
    },
    /// A header that is not one of those that are read.
    #[error("the header is `{found}`; {expected}")]
    Header {
        /// What was found.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// Something other than what must stand here.
    #[error("found `{found}`, expected {expected}")]
    Expected {
        /// What was found.
        found: String,
        /// What would be right.
        expected: String,
    },
    /// An item that appears twice where it may appear once.
    #[error("`{item}` appears twice")]
    Repeated {
        /// The item.
        item: String,
    },
    /// A count in the header that the data contradict.
    #[error("the header says {what}: {said}, the data have {found}")]
    Contradiction {
        /// What was counted.
        what: &'static str,
        /// What the header says.
        said: u64,
        /// What the data have.
        found: u64,
    },
    /// The file ends too early.
    #[error("the file ends before {0}")]
    Ends(&'static str),
    /// The numbers were read but do not form what they should.
    #[error("{0}")]
    Meaning(String),
}

/// A piece of text with the place of its first character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) text: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Field {
    pub(crate) fn error(&self, problem: Problem) -> PreferenceReadError {
        PreferenceReadError { line: self.line, column: self.column, problem }
    }

    pub(crate) fn expected(&self, expected: impl Into<String>) -> PreferenceReadError {
        self.error(Problem::Expected { found: clip(&self.text), expected: expected.into() })
    }

    /// A number that is finite.
    pub(crate) fn number(&self, expected: &str) -> Result<f64, PreferenceReadError> {
        let value: f64 = self.text.trim().parse().map_err(|_| self.expected(expected))?;
        if value.is_finite() { Ok(value) } else { Err(self.expected(expected)) }
    }

    /// A positive whole number.
    pub(crate) fn count(&self) -> Result<u64, PreferenceReadError> {
        let value: u64 = self.text.trim().parse().map_err(|_| self.expected("a positive whole number"))?;
        if value > 0 { Ok(value) } else { Err(self.expected("a positive whole number")) }
    }
}

/// The text, without a byte order mark.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, PreferenceReadError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(e) => {
            let good = String::from_utf8_lossy(&bytes[..e.valid_up_to()]);
            let line = good.matches('\n').count() + 1;
            let column = good.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
            Err(PreferenceReadError { line, column, problem: Problem::NotUtf8 })
        }
    }
}

/// Records of comma-separated values with quotes as in RFC 4180; empty lines are left out.
pub(crate) fn records(text: &str) -> Result<Vec<Vec<Field>>, PreferenceReadError> {
    let mut all = Vec::new();
    let mut record: Vec<Field> = Vec::new();
    let mut chars = text.chars().peekable();
    let (mut line, mut column) = (1, 1);
    'fields: loop {
        let mut field = Field { text: String::new(), line, column };
        let mut quoted = false;
        if chars.peek() == Some(&'"') {
            quoted = true;
            chars.next();
            column += 1;
            loop {
                match chars.next() {
                    Some('"') if chars.peek() == Some(&'"') => {
                        chars.next();
                        column += 2;
                        field.text.push('"');
                    }
                    Some('"') => {
                        column += 1;
                        break;
                    }
                    Some('\n') => {
                        (line, column) = (line + 1, 1);
                        field.text.push('\n');
                    }
                    Some(c) => {
                        column += 1;
                        field.text.push(c);
                    }
                    None => {
                        return Err(field.error(Problem::Quote("the quote that opens here is never closed")));
                    }
                }
            }
        }
        loop {
            match chars.next() {
                Some(',') => {
                    column += 1;
                    record.push(field);
                    continue 'fields;
                }
                Some('\r') if matches!(chars.peek(), Some('\n')) => {}
                end @ (Some('\n') | None) => {
                    if quoted || !field.text.is_empty() || !record.is_empty() {
                        record.push(field);
                        all.push(std::mem::take(&mut record));
                    }
                    if end.is_none() {
                        return Ok(all);
                    }
                    (line, column) = (line + 1, 1);
                    continue 'fields;
                }
                Some(_) if quoted => {
                    let problem =
                        Problem::Quote("text follows a closing quote; a quote inside a field is doubled");
                    return Err(PreferenceReadError { line, column, problem });
                }
                Some(c) => {
                    column += 1;
                    field.text.push(c);
                }
            }
        }
    }
}

pub(crate) fn clip(text: &str) -> String {
    if text.chars().count() <= 40 {
        text.to_owned()
    } else {
        text.chars().take(37).chain("...".chars()).collect()
    }
}
