//! A table as a Parquet file (the format of Apache Parquet, version 2.9 of its Thrift definition): one
//! row group, one page per column, plain values without compression, so that there is nothing to
//! choose and the same table gives the same bytes.
//!
//! Only this much of the format is written, and nothing is read: the library that does all of it
//! has as many lines as everything here, and turns features on below burn that nobody else needs.

use crate::table::Table;
use crate::value::Value;

const MAGIC: &[u8; 4] = b"PAR1";

/// A Parquet file can hold no more rows per page, and no longer pages, than 32 bits count.
const MOST: usize = i32::MAX as usize;

/// What all values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Whole,
    Real,
    Text,
}

/// Largest whole number up to which every one is a float.
const EXACT: u64 = 1 << 53;

impl Kind {
    /// Whole numbers stay whole, unless reals stand beside them; anything beside a text is one, and
    /// so is a whole number that no float holds. A column without values counts as real.
    fn of<'v>(values: impl Iterator<Item = &'v Value>) -> Self {
        let (mut text, mut real, mut whole, mut large) = (false, false, false, false);
        for value in values {
            match value {
                Value::Text(_) => text = true,
                Value::Float(_) => real = true,
                Value::Int(i) => (whole, large) = (true, large || i.unsigned_abs() > EXACT),
                Value::Missing => {}
            }
        }
        match (text, real, whole) {
            (true, ..) => Self::Text,
            (false, true, true) if large => Self::Text,
            (false, false, true) => Self::Whole,
            _ => Self::Real,
        }
    }

    /// The number of the physical type in the definition of the format.
    fn physical(self) -> i32 {
        match self {
            Self::Whole => 2,
            Self::Real => 5,
            Self::Text => 6,
        }
    }

    /// The value in plain encoding; nothing for a missing one.
    fn push(self, value: &Value, out: &mut Vec<u8>) {
        match (self, value) {
            (_, Value::Missing) => {}
            (Self::Whole, Value::Int(i)) => out.extend_from_slice(&i.to_le_bytes()),
            (Self::Real, value) => out.extend_from_slice(&value.as_f64().unwrap_or(f64::NAN).to_le_bytes()),
            (_, value) => {
                let text = value.to_string();
                out.extend_from_slice(&(text.len() as u32).to_le_bytes());
                out.extend_from_slice(text.as_bytes());
            }
        }
    }
}

/// A column in the file.
struct Chunk<'t> {
    name: &'t str,
    kind: Kind,
    offset: usize,
    size: usize,
}

/// The bytes of the file; none where the table has too many rows or bytes for one.
pub(crate) fn file(table: &Table) -> Option<Vec<u8>> {
    if table.len() > MOST {
        return None;
    }
    let mut out = MAGIC.to_vec();
    let mut chunks = Vec::new();
    for (k, name) in table.columns().iter().enumerate() {
        let kind = Kind::of(table.rows().filter_map(|row| row.get(k)));
        let offset = out.len();
        let page = page(table, k, kind);
        if page.len() > MOST {
            return None;
        }
        let mut header = Compact::default();
        header.int(1, 0); // a data page
        header.int(2, page.len() as i64);
        header.int(3, page.len() as i64);
        header.structure(5, |h| {
            h.int(1, table.len() as i64);
            h.int(2, PLAIN);
            h.int(3, RLE); // definition levels
            h.int(4, RLE); // repetition levels, of which there are none
        });
        out.extend(header.end());
        out.extend(page);
        chunks.push(Chunk { name, kind, offset, size: out.len() - offset });
    }
    let footer = footer(table, &chunks);
    let length = u32::try_from(footer.len()).ok()?;
    out.extend(footer);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(MAGIC);
    Some(out)
}

/// Encodings by their numbers.
const PLAIN: i64 = 0;
const RLE: i64 = 3;

/// Which rows have a value, and the values.
fn page(table: &Table, column: usize, kind: Kind) -> Vec<u8> {
    let mut levels = Vec::new();
    let mut values = Vec::new();
    let mut run: Option<(bool, u64)> = None;
    for value in table.rows().filter_map(|row| row.get(column)) {
        let there = *value != Value::Missing;
        run = match run {
            Some((level, length)) if level == there => Some((level, length + 1)),
            ended => {
                push_run(ended, &mut levels);
                Some((there, 1))
            }
        };
        kind.push(value, &mut values);
    }
    push_run(run, &mut levels);
    let mut page = (levels.len() as u32).to_le_bytes().to_vec();
    page.extend(levels);
    page.extend(values);
    page
}

/// A run of one level in the run-length encoding of levels of one bit.
fn push_run(run: Option<(bool, u64)>, out: &mut Vec<u8>) {
    if let Some((level, length)) = run {
        push_varint(length << 1, out);
        out.push(u8::from(level));
    }
}

/// What the file holds, and where.
fn footer(table: &Table, chunks: &[Chunk<'_>]) -> Vec<u8> {
    let rows = table.len() as i64;
    let mut f = Compact::default();
    f.int(1, 1); // version
    f.list(2, chunks.len() + 1, STRUCTURE, |f| {
        f.element(|e| {
            e.text(4, "table");
            e.int(5, chunks.len() as i64);
        });
        for chunk in chunks {
            f.element(|e| {
                e.int(1, chunk.kind.physical().into());
                e.int(3, 1); // optional
                e.text(4, chunk.name);
                if chunk.kind == Kind::Text {
                    e.int(6, 0); // UTF-8
                    e.structure(10, |l| l.structure(1, |_| ()));
                }
            });
        }
    });
    f.long(3, rows);
    f.list(4, 1, STRUCTURE, |f| {
        f.element(|group| {
            group.list(1, chunks.len(), STRUCTURE, |f| {
                for chunk in chunks {
                    f.element(|c| column(c, chunk, rows));
                }
            });
            group.long(2, chunks.iter().map(|c| c.size as i64).sum());
            group.long(3, rows);
        });
    });
    f.text(6, concat!("relata ", env!("CARGO_PKG_VERSION")));
    f.end()
}

fn column(c: &mut Compact, chunk: &Chunk<'_>, rows: i64) {
    c.long(2, chunk.offset as i64);
    c.structure(3, |m| {
        m.int(1, chunk.kind.physical().into());
        m.list(2, 2, INT, |m| [PLAIN, RLE].into_iter().for_each(|e| m.bare(e)));
        m.list(3, 1, TEXT, |m| m.bare_text(chunk.name));
        m.int(4, 0); // not compressed
        m.long(5, rows);
        m.long(6, chunk.size as i64);
        m.long(7, chunk.size as i64);
        m.long(9, chunk.offset as i64);
    });
}

/// Types of fields in Thrift's compact protocol.
const INT: u8 = 5;
const LONG: u8 = 6;
const TEXT: u8 = 8;
const LIST: u8 = 9;
const STRUCTURE: u8 = 12;

/// Thrift's compact protocol, as far as it is needed here: one structure that is being written.
#[derive(Default)]
struct Compact {
    out: Vec<u8>,
    last: u8,
}

impl Compact {
    fn field(&mut self, number: u8, kind: u8) {
        // Numbers rise by less than 16 everywhere above.
        self.out.push((number - self.last) << 4 | kind);
        self.last = number;
    }

    fn int(&mut self, number: u8, value: i64) {
        self.field(number, INT);
        self.bare(value);
    }

    fn long(&mut self, number: u8, value: i64) {
        self.field(number, LONG);
        self.bare(value);
    }

    fn text(&mut self, number: u8, text: &str) {
        self.field(number, TEXT);
        self.bare_text(text);
    }

    fn structure(&mut self, number: u8, fill: impl FnOnce(&mut Self)) {
        self.field(number, STRUCTURE);
        self.element(fill);
    }

    fn list(&mut self, number: u8, length: usize, of: u8, fill: impl FnOnce(&mut Self)) {
        self.field(number, LIST);
        if length < 15 {
            self.out.push((length as u8) << 4 | of);
        } else {
            self.out.push(0xf0 | of);
            push_varint(length as u64, &mut self.out);
        }
        fill(self);
    }

    /// A structure within a list.
    fn element(&mut self, fill: impl FnOnce(&mut Self)) {
        let outer = std::mem::take(&mut self.last);
        fill(self);
        self.out.push(0);
        self.last = outer;
    }

    fn bare(&mut self, value: i64) {
        push_varint(((value << 1) ^ (value >> 63)) as u64, &mut self.out);
    }

    fn bare_text(&mut self, text: &str) {
        push_varint(text.len() as u64, &mut self.out);
        self.out.extend_from_slice(text.as_bytes());
    }

    fn end(mut self) -> Vec<u8> {
        self.out.push(0);
        self.out
    }
}

/// Seven bits per byte, the low ones first.
fn push_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
