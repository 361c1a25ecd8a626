//! Splitting into records and fields, by the parser of the csv crate.
//!
//! The parser unquotes; what is added here is where each field begins and whether it was quoted,
//! blanks beside fields and runs of blanks as separators, comment lines, and quotes that do not
//! end.

use super::separator::Separator;
use crate::error::{FileError, FilePlace, FileProblem};
use csv_core::{ReadFieldResult, Reader, ReaderBuilder};
use std::ops::Range;

/// One record or comment, on its way to whoever asked.
pub(super) struct Row<'a> {
    /// The line on which it begins.
    pub(super) line: usize,
    pub(super) fields: Vec<Piece>,
    /// The unquoted text of all fields.
    pub(super) buffer: &'a str,
    /// The text of a comment line, which has no fields.
    pub(super) comment: Option<&'a str>,
}

/// A field in the buffer of its row.
pub(super) struct Piece {
    pub(super) at: Range<usize>,
    pub(super) line: usize,
    pub(super) character: usize,
    pub(super) quoted: bool,
}

impl Row<'_> {
    pub(super) fn text(&self, piece: &Piece) -> &str {
        self.buffer[piece.at.clone()].trim()
    }
}

/// Gives every record and comment of a text, in order, to `take`, until it says no.
pub(super) fn split(
    text: &str,
    separator: Separator,
    mut take: impl FnMut(&Row<'_>) -> bool,
) -> Result<(), FileError> {
    let mapped = (separator == Separator::Blanks && text.contains('\t')).then(|| text.replace('\t', " "));
    let text = mapped.as_deref().unwrap_or(text);
    let mut reader = ReaderBuilder::new().delimiter(separator.byte()).build();
    let mut cursor = Cursor { text, separator, at: 0, line: 1, characters: (0, 1) };
    let mut width = None;
    let mut buffer = String::new();
    while cursor.skip_blank_lines() {
        let line = cursor.line;
        if let Some(comment) = cursor.comment(width) {
            if !take(&Row { line, fields: Vec::new(), buffer: "", comment: Some(comment) }) {
                return Ok(());
            }
            continue;
        }
        buffer.clear();
        reader.reset();
        let fields = cursor.record(&mut reader, &mut buffer)?;
        width = width.or(Some(fields.len()));
        if !take(&Row { line, fields, buffer: &buffer, comment: None }) {
            return Ok(());
        }
    }
    Ok(())
}

struct Cursor<'a> {
    text: &'a str,
    separator: Separator,
    at: usize,
    line: usize,
    /// A place in the text that is on the current line, and which character of the line it is.
    characters: (usize, usize),
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Goes on by so many bytes.
    fn advance(&mut self, bytes: usize) {
        let passed = &self.text[self.at..self.at + bytes];
        if let Some(end) = passed.rfind('\n') {
            self.line += passed.matches('\n').count();
            self.characters = (self.at + end + 1, 1);
        }
        self.at += bytes;
    }

    /// Which character of its line the current place is.
    fn character(&mut self) -> usize {
        let (from, count) = self.characters;
        self.characters = (self.at, count + self.text[from..self.at].chars().count());
        self.characters.1
    }

    /// Goes to the next line that is not blank; whether there is one.
    fn skip_blank_lines(&mut self) -> bool {
        let of_tabs = self.separator == Separator::Tab;
        let fills = |c: char| c.is_whitespace() && (!of_tabs || c != '\t');
        loop {
            let rest = self.rest();
            let end = rest.find('\n').map_or(rest.len(), |e| e + 1);
            if end == 0 || !rest[..end].chars().all(fills) {
                return end > 0;
            }
            self.advance(end);
        }
    }

    /// The text of the line, if it is a comment, leaving the place behind it. A line that begins
    /// with a mark and has as many fields as the first record has is a record all the same if no
    /// blank follows the mark: names may begin so.
    fn comment(&mut self, width: Option<usize>) -> Option<&'a str> {
        let rest = self.rest();
        let end = rest.find('\n').unwrap_or(rest.len());
        let after = rest[..end].trim_start().strip_prefix(['#', '%'])?;
        if let Some(width) = width
            && width > 1
            && after.starts_with(|c: char| !c.is_whitespace() && c != '#' && c != '%')
        {
            let mut count = 0;
            let _ = split(&format!("x{after}"), self.separator, |row| {
                count = row.fields.len();
                false
            });
            if count == width {
                return None;
            }
        }
        self.advance((end + 1).min(rest.len()));
        Some(after.trim_start_matches(['#', '%']).trim())
    }

    fn skip_blanks(&mut self) {
        let blank = |c: char| match c {
            ' ' | '\u{a0}' => true,
            '\t' => self.separator != Separator::Tab,
            _ => false,
        };
        let rest = self.rest();
        self.advance(rest.len() - rest.trim_start_matches(blank).len());
    }

    /// The record at the current place, leaving the place behind it.
    fn record(&mut self, reader: &mut Reader, buffer: &mut String) -> Result<Vec<Piece>, FileError> {
        let mut fields = Vec::new();
        loop {
            self.skip_blanks();
            let ended = self.rest().is_empty() || self.rest().starts_with('\n');
            if self.separator == Separator::Blanks && !fields.is_empty() && ended {
                self.advance(usize::from(!self.rest().is_empty()));
                return Ok(fields);
            }
            let (piece, ends) = self.field(reader, fields.len() + 1, buffer)?;
            fields.push(piece);
            if ends {
                return Ok(fields);
            }
        }
    }

    /// The field at the current place, and whether its record ends with it.
    fn field(
        &mut self,
        reader: &mut Reader,
        column: usize,
        buffer: &mut String,
    ) -> Result<(Piece, bool), FileError> {
        let (line, begin, character) = (self.line, buffer.len(), self.character());
        let raw = self.rest();
        let quoted = raw.starts_with('"');
        if quoted && !closes(raw) {
            let place = FilePlace::Field { line, column, character, names: Vec::new() };
            return Err(FileError::new(place, FileProblem::Quote));
        }
        let mut output = [0u8; 256];
        let (mut unquoted, mut passed): (Vec<u8>, usize) = (Vec::new(), 0);
        let ends = loop {
            let (result, read, written) = reader.read_field(&raw.as_bytes()[passed..], &mut output);
            unquoted.extend_from_slice(&output[..written]);
            passed += read;
            match result {
                ReadFieldResult::Field { record_end } => break record_end,
                ReadFieldResult::End => break true,
                ReadFieldResult::OutputFull | ReadFieldResult::InputEmpty => {}
            }
        };
        self.advance(passed);
        // Whole characters went in, and only quotes were taken out.
        buffer.push_str(&String::from_utf8_lossy(&unquoted));
        Ok((Piece { at: begin..buffer.len(), line, character, quoted }, ends))
    }
}

/// Whether the quote with which a text begins is closed.
fn closes(text: &str) -> bool {
    let mut rest = &text[1..];
    while let Some(at) = rest.find('"') {
        match rest[at + 1..].strip_prefix('"') {
            Some(after) => rest = after,
            None => return true,
        }
    }
    false
}
