//! From bytes to text: gzip, byte order marks, UTF-16, line ends.

use crate::error::{FileError, FilePlace, FileProblem};
use flate2::read::MultiGzDecoder;
use std::borrow::Cow;
use std::io::Read as _;

/// The most bytes of text that are read, after unpacking: a matrix of the largest size that is read
/// at 40 characters per entry. A small packed file that unpacks to more is refused.
pub const MAX_BYTES: usize = 1 << 30;

/// The text of a file, its lines ended by `\n` alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileText {
    /// The text, without a byte order mark.
    pub text: String,
    /// How it was written.
    pub encoding: Encoding,
}

/// How text is written as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a mark.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
}

/// How files begin that hold no text, what they are, and what would be right.
const BINARY: [(&[u8], &str, &str); 12] = [
    (b"PK\x03\x04", "the file is a zip archive (a spreadsheet or .npz)", SAVE),
    (b"\x93NUMPY", "the file is an array of NumPy", "save the table as CSV"),
    (b"\xd0\xcf\x11\xe0", "the file is a spreadsheet of an old kind", SAVE),
    (b"PAR1", "the file is Parquet", SAVE),
    (b"\x89HDF", "the file is HDF5", SAVE),
    (b"MATLAB 5.0", "the file is a MAT-file", SAVE),
    (b"RDX", "the file is an R workspace", "write the table with write.csv"),
    (b"BZh", "the file is packed with bzip2", "unpack it; of packed files only gzip is read"),
    (b"\xfd7zXZ", "the file is packed with xz", "unpack it; of packed files only gzip is read"),
    (b"\x28\xb5\x2f\xfd", "the file is packed with zstd", "unpack it; of packed files only gzip is read"),
    (b"%PDF", "the file is a PDF", SAVE),
    (
        b"version https://git-lfs",
        "the file is a Git LFS pointer, not the file itself",
        "fetch it: git lfs pull",
    ),
];
const SAVE: &str = "save the table as CSV, an array with numpy.save";

/// The bytes of a file, unpacked where they are gzip.
///
/// # Errors
/// [`FileError`] if the packed data are damaged, or unpack to more than [`MAX_BYTES`].
pub fn unpacked(bytes: &[u8]) -> Result<Cow<'_, [u8]>, FileError> {
    if !bytes.starts_with(b"\x1f\x8b") {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut out = Vec::new();
    let most = MAX_BYTES as u64 + 1;
    MultiGzDecoder::new(bytes).take(most).read_to_end(&mut out).map_err(|e| {
        FileError::format(format!("the file is damaged gzip ({e})"), "pack it again, or unpack it")
    })?;
    if out.len() > MAX_BYTES {
        return Err(FileError::new(FilePlace::File, FileProblem::TooManyBytes { most: MAX_BYTES }));
    }
    Ok(Cow::Owned(out))
}

/// The text of a file: unpacked, decoded, its line ends (`\r\n`, `\r`) written as `\n`.
///
/// ```
/// use relata_files::{Encoding, decode};
/// assert_eq!(decode(b"\xef\xbb\xbfa,b\r\n1,2\r")?.text, "a,b\n1,2\n");
/// assert_eq!(decode(b"\xff\xfea\0,\0b\0")?.encoding, Encoding::Utf16Le);
/// assert!(decode(b"PK\x03\x04").unwrap_err().to_string().contains("spreadsheet"));
/// # Ok::<(), relata_files::FileError>(())
/// ```
///
/// # Errors
/// [`FileError`] if it is not text, too long, or damaged.
pub fn decode(bytes: &[u8]) -> Result<FileText, FileError> {
    let bytes = unpacked(bytes)?;
    if bytes.len() > MAX_BYTES {
        return Err(FileError::new(FilePlace::File, FileProblem::TooManyBytes { most: MAX_BYTES }));
    }
    if let Some((_, found, expected)) = BINARY.iter().find(|(magic, ..)| bytes.starts_with(magic)) {
        return Err(FileError::format(*found, *expected));
    }
    let (encoding, body) = encoding(&bytes);
    let mut text = match encoding {
        Encoding::Utf8 => utf8(body)?,
        Encoding::Utf16Le => utf16(body, u16::from_le_bytes)?,
        Encoding::Utf16Be => utf16(body, u16::from_be_bytes)?,
    };
    if text.contains('\0') {
        return Err(FileError::format("the file is binary", SAVE));
    }
    if text.contains('\r') {
        text = text.replace("\r\n", "\n").replace('\r', "\n");
    }
    let start = text.trim_start().get(..9).unwrap_or_default().to_ascii_lowercase();
    if start.starts_with("<!doctype") || start.starts_with("<html") {
        return Err(FileError::format("the file is a web page (HTML)", "download the file itself"));
    }
    let start = text.trim_start();
    if start.starts_with("<?xml") || start.get(..7).is_some_and(|s| s.eq_ignore_ascii_case("graph [")) {
        let expected = "save its ties as a list (source,target,weight) or its matrix as CSV";
        return Err(FileError::format("the file is XML or GML, a format of graphs", expected));
    }
    Ok(FileText { text, encoding })
}

/// What the marks say, or, without one, zero bytes in every other place.
fn encoding(bytes: &[u8]) -> (Encoding, &[u8]) {
    if let Some(body) = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]) {
        return (Encoding::Utf8, body);
    }
    if let Some(body) = bytes.strip_prefix(&[0xFF, 0xFE]) {
        return (Encoding::Utf16Le, body);
    }
    if let Some(body) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        return (Encoding::Utf16Be, body);
    }
    let sample = &bytes[..bytes.len().min(512)];
    let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    if bytes.len().is_multiple_of(2) && even == 0 && 4 * odd > sample.len() {
        return (Encoding::Utf16Le, bytes);
    }
    if bytes.len().is_multiple_of(2) && odd == 0 && 4 * even > sample.len() {
        return (Encoding::Utf16Be, bytes);
    }
    (Encoding::Utf8, bytes)
}

fn utf8(bytes: &[u8]) -> Result<String, FileError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) if bytes.contains(&0) => Err(FileError::format("the file is binary", SAVE)),
        Err(e) => {
            let good = String::from_utf8_lossy(&bytes[..e.valid_up_to()]);
            let line = 1 + good.replace("\r\n", "\n").matches(['\n', '\r']).count();
            let found = "the text is not UTF-8 from here on".to_owned();
            let expected = "save the file as UTF-8".to_owned();
            Err(FileError::new(FilePlace::Line(line), FileProblem::Format { found, expected }))
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, FileError> {
    let wrong = || FileError::format("the text is damaged UTF-16", "save the file as UTF-8");
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(wrong());
    }
    char::decode_utf16(pairs.iter().map(|p| unit(*p))).collect::<Result<_, _>>().map_err(|_| wrong())
}
