//! A text as records of fields, each with its place.

use super::decode::decode;
use super::separator::{Separator, guess};
use super::split::split;
use crate::error::{FileError, FilePlace, FileProblem};

/// Records of fields, without blank lines and comments.
///
/// ```
/// use relata_files::{Separator, Sheet};
/// let sheet = Sheet::read(b"# a note\nwho;whom\nann; \"bob; jr\"\n")?;
/// assert_eq!((sheet.separator, sheet.comments[0].text.as_str()), (Separator::Semicolon, "a note"));
/// let field = sheet.record(1).field(1).ok_or("a field")?;
/// assert_eq!((field.text, field.line, field.column, field.character), ("bob; jr", 3, 2, 6));
/// assert!(field.quoted);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What separates fields; commas where there is one field per line.
    pub separator: Separator,
    /// Lines beginning with `#` or `%`.
    pub comments: Vec<Comment>,
    text: String,
    fields: Vec<Span>,
    /// For each record its line and the number of its first field; one more for the end.
    records: Vec<(usize, usize)>,
}

/// A comment line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The line.
    pub line: usize,
    /// What it says, without its mark.
    pub text: String,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    begin: usize,
    end: usize,
    line: usize,
    column: usize,
    character: usize,
    quoted: bool,
}

/// One record.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The line on which it begins.
    pub line: usize,
    sheet: &'a Sheet,
    begin: usize,
    end: usize,
}

/// One field, without quotes and without blanks around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its text.
    pub text: &'a str,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// Which field of its record, from 1.
    pub column: usize,
    /// At which character of the line it begins, from 1.
    pub character: usize,
    /// Whether it was quoted.
    pub quoted: bool,
}

impl Field<'_> {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.text.is_empty() && !self.quoted
    }

    /// Its place.
    #[must_use]
    pub fn place(&self) -> FilePlace {
        self.named(Vec::new())
    }

    /// Its place, with the names of its row and column.
    #[must_use]
    pub fn named(&self, names: Vec<String>) -> FilePlace {
        FilePlace::Field { line: self.line, column: self.column, character: self.character, names }
    }
}

impl<'a> Record<'a> {
    /// The number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.end - self.begin
    }

    /// Whether there are none; a record of a sheet has at least one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.end == self.begin
    }

    /// A field, counted from 0.
    #[must_use]
    pub fn field(&self, k: usize) -> Option<Field<'a>> {
        (k < self.len()).then(|| self.sheet.at(self.begin + k))
    }

    /// All fields.
    pub fn fields(self) -> impl ExactSizeIterator<Item = Field<'a>> + Clone {
        let sheet = self.sheet;
        (self.begin..self.end).map(move |k| sheet.at(k))
    }
}

impl Sheet {
    /// Reads a text table: [`decode`], then [`Sheet::parse`].
    ///
    /// # Errors
    /// [`FileError`] if the bytes are not text, a quote does not end, or there are no records.
    pub fn read(bytes: &[u8]) -> Result<Self, FileError> {
        Self::parse(&decode(bytes)?.text)
    }

    /// Splits a text into fields. The separator is the one that a first line `sep=;` names, or a
    /// guess: of tabs, semicolons, commas, vertical bars and blanks the one that makes most fields
    /// of the first lines numbers, among those that give every line equally many.
    ///
    /// # Errors
    /// [`FileError`] if a quote does not end, or there are no records.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let (named, body, skipped) = named_separator(text)?;
        let separator = named.or_else(|| guess(body)).unwrap_or(Separator::Comma);
        Self::separated(body, separator, skipped)
    }

    fn separated(text: &str, separator: Separator, skipped: usize) -> Result<Self, FileError> {
        let mut sheet = Self {
            separator,
            comments: Vec::new(),
            text: String::new(),
            fields: Vec::new(),
            records: Vec::new(),
        };
        split(text, separator, |row| {
            let line = row.line + skipped;
            if let Some(comment) = row.comment {
                sheet.comments.push(Comment { line, text: comment.to_owned() });
                return true;
            }
            sheet.records.push((line, sheet.fields.len()));
            for (k, piece) in row.fields.iter().enumerate() {
                let begin = sheet.text.len();
                sheet.text.push_str(row.text(piece));
                let (end, line) = (sheet.text.len(), piece.line + skipped);
                let (character, quoted) = (piece.character, piece.quoted);
                sheet.fields.push(Span { begin, end, line, column: k + 1, character, quoted });
            }
            true
        })
        .map_err(|e| moved(e, skipped))?;
        sheet.records.push((0, sheet.fields.len()));
        sheet.drop_padding();
        if sheet.is_empty() {
            let expected =
                "it should hold a matrix (one line per row), or a list with the header source,target,value";
            return Err(FileError::new(FilePlace::File, FileProblem::Empty { expected }));
        }
        Ok(sheet)
    }

    /// Spreadsheets write lines of separators below the data, and sometimes a separator at the end
    /// of each line.
    fn drop_padding(&mut self) {
        while !self.is_empty() && self.record(self.len() - 1).fields().all(|f| f.is_blank()) {
            let last = self.len() - 1;
            self.fields.truncate(self.records[last].1);
            self.records.truncate(last);
            self.records.push((0, self.fields.len()));
        }
        let padded = |s: &Self| {
            !s.is_empty()
                && s.records().all(|r| r.len() > 1 && r.field(r.len() - 1).is_some_and(|f| f.is_blank()))
        };
        while padded(self) {
            let mut fields = Vec::with_capacity(self.fields.len());
            let mut records = Vec::with_capacity(self.records.len());
            for k in 0..self.len() {
                records.push((self.records[k].0, fields.len()));
                fields.extend_from_slice(&self.fields[self.records[k].1..self.records[k + 1].1 - 1]);
            }
            records.push((0, fields.len()));
            (self.fields, self.records) = (fields, records);
        }
    }

    /// The same with blank fields added to every record from number `from` on that has fewer than
    /// `width`.
    #[must_use]
    pub(crate) fn filled(&self, width: usize, from: usize) -> Self {
        let mut out = Self { fields: Vec::new(), records: Vec::new(), ..self.clone() };
        for (k, record) in self.records().enumerate() {
            out.records.push((record.line, out.fields.len()));
            out.fields.extend_from_slice(&self.fields[record.begin..record.end]);
            let Some(&last) = out.fields.last() else { continue };
            for column in record.len() + 1..=if k < from { 0 } else { width } {
                out.fields.push(Span { begin: last.end, end: last.end, column, quoted: false, ..last });
            }
        }
        out.records.push((0, out.fields.len()));
        out
    }

    /// The number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len().saturating_sub(1)
    }

    /// Whether there are none; a sheet that was read has at least one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A record, counted from 0; beyond the last, one without fields.
    #[must_use]
    pub fn record(&self, k: usize) -> Record<'_> {
        match (self.records.get(k), self.records.get(k + 1)) {
            (Some(&(line, begin)), Some(&(_, end))) => Record { line, sheet: self, begin, end },
            _ => Record { line: 0, sheet: self, begin: 0, end: 0 },
        }
    }

    /// All records.
    pub fn records(&self) -> impl DoubleEndedIterator<Item = Record<'_>> + ExactSizeIterator + Clone {
        (0..self.len()).map(|k| self.record(k))
    }

    /// The last comment before the first record as a record, split like the others: in what
    /// `numpy.savetxt` writes it holds the names of the columns.
    #[must_use]
    pub fn comment_header(&self) -> Option<Self> {
        let first = self.record(0).line;
        let comment = self.comments.iter().rfind(|c| c.line < first)?;
        Self::separated(&comment.text, self.separator, comment.line - 1).ok().filter(|s| s.len() == 1)
    }

    fn at(&self, k: usize) -> Field<'_> {
        let Span { begin, end, line, column, character, quoted } = self.fields[k];
        Field { text: &self.text[begin..end], line, column, character, quoted }
    }
}

/// The separator that a line `sep=;` names, as spreadsheets write and read it; the text below it,
/// and the number of lines above that.
fn named_separator(text: &str) -> Result<(Option<Separator>, &str, usize), FileError> {
    let (first, body) = text.split_once('\n').unwrap_or((text, ""));
    let bare = first.trim_matches([' ', '"']);
    let Some(named) = bare.get(..4).filter(|s| s.eq_ignore_ascii_case("sep=")).map(|_| &bare[4..]) else {
        return Ok((None, text, 0));
    };
    let separator = match named {
        "," => Separator::Comma,
        ";" => Separator::Semicolon,
        "\t" | "\\t" | "tab" => Separator::Tab,
        "|" => Separator::Pipe,
        "" => Separator::Blanks,
        _ => {
            let found = format!("the separator is named as `{named}`");
            let expected = "separate fields by commas, semicolons, tabs, vertical bars or blanks".to_owned();
            return Err(FileError::new(FilePlace::Line(1), FileProblem::Format { found, expected }));
        }
    };
    Ok((Some(separator), body, 1))
}

/// The same error, so many lines further down.
fn moved(mut error: FileError, lines: usize) -> FileError {
    match &mut error.place {
        FilePlace::Line(line) | FilePlace::Field { line, .. } => *line += lines,
        FilePlace::File | FilePlace::Entry { .. } => {}
    }
    error
}
