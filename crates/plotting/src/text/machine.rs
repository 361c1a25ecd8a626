//! The fonts of the machine, in the directories where systems keep them.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use rustybuzz::ttf_parser::{self, Face};

use crate::text::outside::{self, Outside};

/// Larger files are not fonts for text.
const MAX_BYTES: u64 = 1 << 28;
/// Directories are entered to this depth: links may lead in circles.
const MAX_DEPTH: usize = 6;
/// So many files are looked at.
const MAX_FILES: usize = 20_000;

/// A font and the characters that it has, as ascending ranges.
struct Known {
    path: PathBuf,
    index: u32,
    ranges: Vec<(u32, u32)>,
}

/// Read when the first character is missing, once a process.
static KNOWN: LazyLock<Vec<Known>> =
    LazyLock::new(|| files(&directories()).iter().flat_map(|p| read(p)).collect());

/// The first font of the machine that has the character and is accepted.
pub(crate) fn font_with(c: char, accepted: impl Fn(&Outside) -> bool) -> Option<&'static Outside> {
    let candidates = KNOWN.iter().filter(|k| has(&k.ranges, c as u32));
    candidates
        .filter_map(|k| outside::load(&k.path, k.index).ok().flatten())
        .find(|outside| accepted(outside))
}

fn has(ranges: &[(u32, u32)], c: u32) -> bool {
    ranges.get(ranges.partition_point(|(_, end)| *end < c)).is_some_and(|(start, _)| *start <= c)
}

/// The directories of Linux and its relatives, macOS, and Windows.
fn directories() -> Vec<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let mut all = Vec::new();
    if let Some(home) = variable("HOME") {
        let data = variable("XDG_DATA_HOME").unwrap_or_else(|| home.join(".local/share"));
        all.extend([data.join("fonts"), home.join(".fonts"), home.join("Library/Fonts")]);
    }
    let shared = std::env::var_os("XDG_DATA_DIRS").filter(|v| !v.is_empty());
    let shared = shared.unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    all.extend(std::env::split_paths(&shared).map(|dir| dir.join("fonts")));
    all.extend(["/Library/Fonts", "/System/Library/Fonts"].map(PathBuf::from));
    all.extend(variable("WINDIR").map(|dir| dir.join("Fonts")));
    all.extend(variable("LOCALAPPDATA").map(|dir| dir.join("Microsoft/Windows/Fonts")));
    all
}

/// All files of fonts, those that look like text in a paper first: upright ones without serifs.
fn files(directories: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open: Vec<(PathBuf, usize)> = directories.iter().map(|dir| (dir.clone(), 0)).collect();
    while let Some((dir, depth)) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        for path in entries.flatten().map(|e| e.path()) {
            if path.is_dir() {
                if depth < MAX_DEPTH {
                    open.push((path, depth + 1));
                }
            } else if is_font(&path) && files.len() < MAX_FILES {
                files.push(path);
            }
        }
    }
    files.sort_by_cached_key(|path| (rank(path), path.clone()));
    files.dedup();
    files
}

fn is_font(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    ["ttf", "otf", "ttc", "otc"].contains(&ending.as_str())
        && std::fs::metadata(path).is_ok_and(|m| m.len() <= MAX_BYTES)
}

fn rank(path: &Path) -> u8 {
    let name = path.file_stem().and_then(|n| n.to_str()).unwrap_or_default().to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|w| name.contains(w));
    if says(&["bold", "italic", "oblique", "black", "thin", "light", "mono", "emoji", "symbol"]) {
        2
    } else {
        u8::from(!says(&["sans", "gothic", "hei"]))
    }
}

fn read(path: &Path) -> Vec<Known> {
    let Ok(bytes) = std::fs::read(path) else { return Vec::new() };
    let faces = ttf_parser::fonts_in_collection(&bytes).unwrap_or(1);
    let known = |index| {
        let face = Face::parse(&bytes, index).ok()?;
        Some(Known { path: path.to_owned(), index, ranges: ranges(&face) })
    };
    (0..faces).filter_map(known).collect()
}

fn ranges(face: &Face<'_>) -> Vec<(u32, u32)> {
    let mut points = Vec::new();
    for subtable in face.tables().cmap.iter().flat_map(|cmap| cmap.subtables) {
        if subtable.is_unicode() {
            subtable.codepoints(|c| points.push(c));
        }
    }
    points.sort_unstable();
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for c in points {
        match ranges.last_mut() {
            Some((_, end)) if c <= end.saturating_add(1) => *end = c,
            _ => ranges.push((c, c)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_searched() {
        let ranges = [(3, 5), (9, 9), (20, 30)];
        let found: Vec<u32> = (0..35).filter(|c| has(&ranges, *c)).collect();
        assert_eq!(found, [3, 4, 5, 9].into_iter().chain(20..=30).collect::<Vec<_>>());
    }

    #[test]
    fn fonts_are_found_in_folders_and_read_for_their_characters() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("a/b")).unwrap();
        let bytes = dejavu::sans_condensed::regular();
        for name in ["a/b/Sans.ttf", "a/Serif.TTF", "Sans-Bold.ttf", "readme.txt"] {
            std::fs::write(dir.path().join(name), bytes).unwrap();
        }
        let found = files(&[dir.path().to_owned(), dir.path().join("nowhere")]);
        let names: Vec<_> = found.iter().map(|p| p.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["Sans.ttf", "Serif.TTF", "Sans-Bold.ttf"]);
        let known = read(&found[0]);
        let face = Face::parse(bytes, 0).unwrap();
        for c in ('a'..='z').chain("λ∞漢가".chars()) {
            assert_eq!(has(&known[0].ranges, c as u32), face.glyph_index(c).is_some(), "{c}");
        }
        assert!(read(&dir.path().join("readme.txt")).len() <= 1);
    }
}
