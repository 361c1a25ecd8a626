//! CSV as in RFC 4180, with one addition that makes it lossless: quoting carries the type. A quoted
//! field is a text, a bare field is a number, an empty bare field is missing.

use crate::value::Value;
use std::fmt::Write as _;

/// A field as it stood in the file.
#[derive(Debug, PartialEq)]
pub(crate) enum Field {
    Quoted(String),
    Bare(String),
}

/// A line of fields, with the number of the line on which it starts.
pub(crate) struct Record {
    pub(crate) line: usize,
    pub(crate) fields: Vec<Field>,
}

/// What is wrong, and on which line.
pub(crate) struct Syntax {
    pub(crate) line: usize,
    pub(crate) problem: String,
}

pub(crate) fn push_value(out: &mut String, value: &Value) {
    match value {
        Value::Text(t) => push_quoted(out, t),
        // Formatting into a string cannot fail.
        Value::Int(i) => drop(write!(out, "{i}")),
        // `{:?}` is the shortest form that reads back to the same float, and it shows that it is
        // one: 3.0, 1e-9.
        Value::Float(f) => drop(write!(out, "{f:?}")),
        Value::Missing => {}
    }
}

/// A column name is quoted only where the syntax needs it.
pub(crate) fn push_name(out: &mut String, name: &str) {
    if name.contains([',', '"', '\n', '\r']) { push_quoted(out, name) } else { out.push_str(name) }
}

pub(crate) fn value_of(field: Field) -> Result<Value, String> {
    match field {
        Field::Quoted(t) => Ok(Value::Text(t)),
        Field::Bare(b) if b.is_empty() => Ok(Value::Missing),
        Field::Bare(b) => match (b.parse::<i64>(), b.parse::<f64>()) {
            (Ok(i), _) => Ok(Value::Int(i)),
            (_, Ok(f)) if f.is_finite() => Ok(Value::Float(f)),
            _ => Err(format!("`{b}` is neither a finite number nor a quoted text")),
        },
    }
}

/// Splits a whole file into records. Every line must be complete: a file that stops in the middle
/// of one is an error.
pub(crate) fn parse(text: &str) -> Result<Vec<Record>, Syntax> {
    let mut records = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while !rest.is_empty() {
        let start = line;
        let mut fields = Vec::new();
        loop {
            let (field, after) = next_field(rest, &mut line)?;
            fields.push(field);
            if let Some(more) = after.strip_prefix(',') {
                rest = more;
            } else if let Some(more) = after.strip_prefix("\r\n").or_else(|| after.strip_prefix('\n')) {
                rest = more;
                line += 1;
                break;
            } else if after.is_empty() {
                return Err(Syntax { line, problem: "the last line is cut short (no line end)".to_owned() });
            } else {
                return Err(Syntax { line, problem: "text after a closing quote".to_owned() });
            }
        }
        records.push(Record { line: start, fields });
    }
    Ok(records)
}

fn next_field<'a>(text: &'a str, line: &mut usize) -> Result<(Field, &'a str), Syntax> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find([',', '\n', '\r']).unwrap_or(text.len());
        let (bare, after) = text.split_at(end);
        return if bare.contains('"') {
            Err(Syntax { line: *line, problem: "a quote inside a bare field".to_owned() })
        } else {
            Ok((Field::Bare(bare.to_owned()), after))
        };
    };
    let opened = *line;
    let mut content = String::new();
    loop {
        let Some(end) = rest.find('"') else {
            return Err(Syntax { line: opened, problem: "a quote is opened and never closed".to_owned() });
        };
        content.push_str(&rest[..end]);
        *line += rest[..end].matches('\n').count();
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                content.push('"');
                rest = more;
            }
            None => return Ok((Field::Quoted(content), rest)),
        }
    }
}

fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}
