//! Headers of PrefLib files.

use super::MAX_ALTERNATIVES;
use crate::readers::place::{Piece, PreferenceReadError};

/// What a header says.
pub(super) struct Header {
    /// The names of the alternatives, or their numbers.
    pub(super) items: Vec<String>,
    /// The lines it takes.
    pub(super) rows: usize,
    /// What stands behind a count.
    pub(super) separator: char,
    /// Announced totals.
    pub(super) voters: Option<u64>,
    pub(super) unique: Option<u64>,
}

impl Header {
    /// In the present layout or the one before; `kind` is what a data type must say.
    pub(super) fn read(lines: &[Piece], kind: Option<&str>) -> Result<Self, PreferenceReadError> {
        match lines.first() {
            Some(l) if l.text.trim_start().starts_with('#') => modern_header(lines, kind),
            Some(_) => old_header(lines),
            None => Err(PreferenceReadError::ends(1, "the header")),
        }
    }
}

fn modern_header(lines: &[Piece], kind: Option<&str>) -> Result<Header, PreferenceReadError> {
    let mut header = Header { items: Vec::new(), rows: 0, separator: ':', voters: None, unique: None };
    let mut announced = false;
    for line in lines {
        let Some(rest) = line.text.trim_start().strip_prefix('#') else { break };
        header.rows += 1;
        let Some((key, value)) = rest.split_once(':') else { continue };
        let before = line.text.chars().count() - value.trim_start().chars().count();
        let value = Piece { text: value.trim().to_owned(), line: line.line, column: before + 1 };
        match key.trim().to_uppercase().as_str() {
            "DATA TYPE" => {
                if let Some(kind) = kind.filter(|k| !value.text.eq_ignore_ascii_case(k)) {
                    return Err(value.expected(format!("`{kind}`, the kind that was asked for")));
                }
            }
            "NUMBER ALTERNATIVES" => {
                header.items = numbered(&value)?;
                announced = true;
            }
            "NUMBER VOTERS" => header.voters = Some(value.count()?),
            "NUMBER UNIQUE ORDERS" => header.unique = Some(value.count()?),
            key => {
                if let Some(number) = key.strip_prefix("ALTERNATIVE NAME") {
                    let n = header.items.len();
                    let place = number.trim().parse::<usize>().ok().filter(|k| (1..=n).contains(k));
                    let Some(k) = place else {
                        return Err(line.expected(format!("the name of an alternative from 1 to {n}")));
                    };
                    header.items[k - 1] = value.text;
                }
            }
        }
    }
    if announced {
        return Ok(header);
    }
    let line = lines.get(header.rows).map_or(header.rows + 1, |l| l.line);
    Err(PreferenceReadError::ends(line, "`# NUMBER ALTERNATIVES: n`"))
}

fn old_header(lines: &[Piece]) -> Result<Header, PreferenceReadError> {
    let mut items = numbered(&lines[0])?;
    let n = items.len();
    let ends = |what| PreferenceReadError::ends(lines.len() + 1, what);
    for k in 1..=n {
        let line = lines.get(k).ok_or_else(|| ends("the name of every alternative"))?;
        let named = line.text.split_once(',').filter(|(number, _)| number.trim().parse() == Ok(k));
        let Some((_, name)) = named else {
            return Err(line.expected(format!("`{k},` and the name of alternative {k}")));
        };
        items[k - 1] = name.trim().to_owned();
    }
    let totals = lines.get(n + 1).ok_or_else(|| ends("the line of totals"))?;
    let parts = pieces(totals, ',');
    let [voters, _, unique] = &parts[..] else {
        return Err(totals.expected("the numbers of voters, of votes and of unique orders"));
    };
    Ok(Header {
        items,
        rows: n + 2,
        separator: ',',
        voters: Some(voters.count()?),
        unique: Some(unique.count()?),
    })
}

fn numbered(field: &Piece) -> Result<Vec<String>, PreferenceReadError> {
    let n = field.count()?;
    if n > MAX_ALTERNATIVES {
        return Err(field.expected(format!("at most {MAX_ALTERNATIVES} alternatives")));
    }
    Ok((1..=n).map(|k| k.to_string()).collect())
}

/// The parts of a text between separators, each with its place after leading blanks.
pub(super) fn pieces(field: &Piece, separator: char) -> Vec<Piece> {
    let mut column = field.column;
    let cut = field.text.split(separator).map(|part| {
        let blanks = part.chars().take_while(|c| c.is_whitespace()).count();
        let piece = Piece { text: part.trim().to_owned(), line: field.line, column: column + blanks };
        column += part.chars().count() + 1;
        piece
    });
    cut.collect()
}
