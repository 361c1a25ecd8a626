//! From bytes to fields: separated values after RFC 4180, with the separator found out.

use super::ReadError;
use super::number::Content;
use std::borrow::Cow;

/// One field.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) quoted: bool,
}

/// One line, or several where a quoted field goes over their ends.
#[derive(Clone, Debug)]
pub(super) struct Record<'a> {
    /// The line on which it begins, from 1.
    pub(super) line: usize,
    pub(super) fields: Vec<Field<'a>>,
}

/// A file of separated values without its blank lines.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    pub(super) path: &'a str,
    pub(super) separator: char,
    pub(super) records: Vec<Record<'a>>,
}

/// Candidates, the less likely inside a number or a name first.
const SEPARATORS: [char; 3] = ['\t', ';', ','];

/// Splits a file into fields. At least one record comes back.
pub(super) fn parse<'a>(path: &'a str, bytes: &'a [u8]) -> Result<Sheet<'a>, ReadError> {
    let text = decode(path, bytes)?;
    let separator = detect(text);
    let mut records = Vec::new();
    for record in Records::new(text, separator) {
        let record = record.map_err(|line| ReadError::Quote { path: path.to_owned(), line })?;
        if !(record.fields.len() == 1 && is_blank(&record.fields[0])) {
            records.push(record);
        }
    }
    // Spreadsheets write lines of separators below the data, and sometimes a separator at the end
    // of each line.
    while records.last().is_some_and(|r| r.fields.iter().all(is_blank)) {
        records.pop();
    }
    if records.is_empty() {
        return Err(ReadError::Empty { path: path.to_owned() });
    }
    while records.iter().all(|r| r.fields.len() > 1 && r.fields.last().is_some_and(is_blank)) {
        records.iter_mut().for_each(|r| {
            r.fields.pop();
        });
    }
    Ok(Sheet { path, separator, records })
}

impl Sheet<'_> {
    /// The separator in words.
    pub(super) fn separator_name(&self) -> &'static str {
        match self.separator {
            '\t' => "tabs",
            ';' => "semicolons",
            _ => "commas",
        }
    }
}

fn is_blank(field: &Field<'_>) -> bool {
    !field.quoted && field.text.is_empty()
}

fn decode<'a>(path: &str, bytes: &'a [u8]) -> Result<&'a str, ReadError> {
    let format = |found: &str, expected| ReadError::Format {
        path: path.to_owned(),
        found: found.to_owned(),
        expected,
    };
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(format("UTF-16 text", "save it as UTF-8"));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(format(
            "a zip archive (a spreadsheet or .npz)",
            "save the sheet as CSV, the array with numpy.save",
        ));
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|e| {
        if path.ends_with(".npy") {
            return format("a binary file without the header of NPY", "write the array with numpy.save");
        }
        let line = 1 + bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count();
        ReadError::NotUtf8 { path: path.to_owned(), line }
    })
}

/// The separator that makes most fields of the first lines numbers, among those that give every
/// line equally many.
fn detect(text: &str) -> char {
    const SAMPLE: usize = 50;
    let score = |separator: char| {
        let sample: Vec<Record<'_>> = Records::new(text, separator).flatten().take(SAMPLE).collect();
        let counts = || sample.iter().map(|r| r.fields.len()).filter(|n| *n > 1);
        let most = counts().max()?;
        // A header may lack the field above the labels.
        let even = sample.iter().skip(1).filter(|r| r.fields.len() > 1).all(|r| r.fields.len() == most);
        let fields: Vec<&Field<'_>> = sample.iter().flat_map(|r| &r.fields).collect();
        let numbers = fields.iter().filter(|f| Content::of(&f.text).is_numeric()).count();
        Some((even, numbers as f64 / fields.len() as f64))
    };
    let mut best = (',', (false, -1.0));
    for separator in SEPARATORS {
        if let Some(s) = score(separator)
            && (s.0 && !best.1.0 || s.0 == best.1.0 && s.1 > best.1.1)
        {
            best = (separator, s);
        }
    }
    best.0
}

/// Splits text into records; an unclosed quote is an error that tells its line.
struct Records<'a> {
    text: &'a str,
    separator: char,
    at: usize,
    line: usize,
}

impl<'a> Records<'a> {
    fn new(text: &'a str, separator: char) -> Self {
        Self { text, separator, at: 0, line: 1 }
    }

    /// The field at the current place, leaving the place behind it.
    fn field(&mut self) -> Result<Field<'a>, usize> {
        let rest = &self.text[self.at..];
        let lead = rest.len() - rest.trim_start_matches([' ', '\u{a0}']).len();
        if rest[lead..].starts_with('"') {
            self.at += lead + 1;
            return self.quoted();
        }
        let end = rest.find([self.separator, '\n', '\r']).unwrap_or(rest.len());
        self.at += end;
        Ok(Field { text: Cow::Borrowed(rest[..end].trim()), quoted: false })
    }

    fn quoted(&mut self) -> Result<Field<'a>, usize> {
        let begin = self.line;
        let mut text = Cow::Borrowed("");
        loop {
            let rest = &self.text[self.at..];
            let end = rest.find('"').ok_or(begin)?;
            self.line += rest[..end].matches('\n').count();
            text += &rest[..end];
            self.at += end + 1;
            if !self.text[self.at..].starts_with('"') {
                break;
            }
            text += "\"";
            self.at += 1;
        }
        // What follows the closing quote belongs to the field, as spreadsheets read it.
        let rest = &self.text[self.at..];
        let end = rest.find([self.separator, '\n', '\r']).unwrap_or(rest.len());
        text += rest[..end].trim();
        self.at += end;
        Ok(Field { text, quoted: true })
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, usize>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.text.len() {
            return None;
        }
        let line = self.line;
        let mut fields = Vec::new();
        loop {
            match self.field() {
                Ok(field) => fields.push(field),
                Err(line) => {
                    self.at = self.text.len();
                    return Some(Err(line));
                }
            }
            let rest = &self.text[self.at..];
            if let Some(after) = rest.strip_prefix(self.separator) {
                self.at = self.text.len() - after.len();
                continue;
            }
            let end = if rest.starts_with("\r\n") { 2 } else { usize::from(!rest.is_empty()) };
            self.at += end;
            self.line += usize::from(end > 0);
            return Some(Ok(Record { line, fields }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<Vec<String>> {
        let sheet = parse("t.csv", text.as_bytes()).unwrap();
        sheet.records.iter().map(|r| r.fields.iter().map(|f| f.text.to_string()).collect()).collect()
    }

    #[test]
    fn line_ends_marks_and_quotes() {
        let expected = vec![vec!["a", "b"], vec!["1", "2"]];
        for text in [
            "a,b\n1,2",
            "a,b\r\n1,2\r\n\r\n",
            "\u{feff}a,b\n1,2\n",
            "a;b\n1;2\n;\n",
            "a\tb\n1\t2",
            "a,b,\n1,2,\n",
            "a , b\r1, 2\r",
        ] {
            assert_eq!(fields(text), expected, "{text:?}");
        }
        assert_eq!(fields("\"a, \"\"b\"\"\",\"c\nd\"\n1,2"), [vec!["a, \"b\"", "c\nd"], vec!["1", "2"]]);
    }

    #[test]
    fn lines_are_counted_through_quotes_and_blanks() {
        let sheet = parse("t.csv", b"\n\"x\ny\",1\n\nz,2\n").unwrap();
        assert_eq!(sheet.records.iter().map(|r| r.line).collect::<Vec<_>>(), [2, 5]);
        assert!(matches!(parse("t.csv", b"1,2\n3,\"4\n5,6\n"), Err(ReadError::Quote { line: 2, .. })));
    }

    #[test]
    fn the_separator_is_the_one_between_numbers() {
        assert_eq!(fields("1,5;2,5\n3,5;4,5\n"), [vec!["1,5", "2,5"], vec!["3,5", "4,5"]]);
        assert_eq!(fields("a;b,1,2\nc;d,3,4\n"), [vec!["a;b", "1", "2"], vec!["c;d", "3", "4"]]);
        assert_eq!(fields("x y\tz\n1,0\t2\n"), [vec!["x y", "z"], vec!["1,0", "2"]]);
        assert_eq!(fields("7\n8\n"), [vec!["7"], vec!["8"]]);
    }

    #[test]
    fn what_is_no_text_is_named() {
        assert!(matches!(parse("t", b"1,2\n3,\xff\n"), Err(ReadError::NotUtf8 { line: 2, .. })));
        assert!(matches!(parse("t", b"\xff\xfe1\0"), Err(ReadError::Format { .. })));
        assert!(matches!(parse("t", b"PK\x03\x04.."), Err(ReadError::Format { .. })));
        for empty in ["", "\n\r\n", "\u{feff}", ",,\n,,\n"] {
            assert!(matches!(parse("t", empty.as_bytes()), Err(ReadError::Empty { .. })), "{empty:?}");
        }
    }
}
