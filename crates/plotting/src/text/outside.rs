//! Fonts from outside of the crate, for characters that the embedded one lacks: first a font that
//! the user gave, then, if it was asked for, one of the machine.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustybuzz::Face;
use rustybuzz::ttf_parser::{self, OutlineBuilder};

use crate::text::machine;

/// Where the glyphs come from that the embedded font lacks. Without any, such a character is drawn
/// as a box.
#[derive(Clone, Debug, Default)]
pub struct Fonts {
    given: Vec<&'static Outside>,
    search: Search,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Search {
    #[default]
    None,
    Machine,
}

/// A font from outside that a figure was drawn with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutsideFont {
    /// Its family.
    pub family: String,
    /// Its file.
    pub path: PathBuf,
    /// The BLAKE3 hash of the file.
    pub hash: String,
}

/// Why a file cannot be used as a font.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FontError {
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not a font.
    #[error("{} is not a TrueType or OpenType font", path.display())]
    Format {
        /// The file.
        path: PathBuf,
    },
}

impl Fonts {
    /// The embedded font alone: the same bytes on every machine.
    #[must_use]
    pub fn embedded() -> Self {
        Self::default()
    }

    /// With the font of a file (TrueType, OpenType, or a collection of them, of which the first
    /// counts). Fonts stay in memory until the process ends.
    ///
    /// # Errors
    /// [`FontError`] if the file cannot be read or is not a font.
    pub fn with_file(mut self, path: impl AsRef<Path>) -> Result<Self, FontError> {
        let path = path.as_ref();
        let font = load(path, 0)?.ok_or_else(|| FontError::Format { path: path.to_owned() })?;
        self.given.push(font);
        Ok(self)
    }

    /// With the fonts of this machine, in its usual directories, for what the given ones lack.
    #[must_use]
    pub fn with_machine(self) -> Self {
        Self { search: Search::Machine, ..self }
    }
}

/// A font in memory.
pub(crate) struct Outside {
    pub(crate) font: OutsideFont,
    pub(crate) bytes: &'static [u8],
    /// Which of a collection.
    pub(crate) index: u32,
    pub(crate) face: Face<'static>,
}

impl PartialEq for Outside {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index && self.font == other.font
    }
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.font.family, self.font.path.display())
    }
}

impl Outside {
    /// Whether it has an outline for the character; fonts of pictures have none.
    fn draws(&self, c: char) -> bool {
        let glyph = self.face.glyph_index(c).filter(|g| g.0 != 0);
        glyph.is_some_and(|g| c.is_whitespace() || self.face.outline_glyph(g, &mut Nowhere).is_some())
    }
}

struct Nowhere;

impl OutlineBuilder for Nowhere {
    fn move_to(&mut self, _: f32, _: f32) {}
    fn line_to(&mut self, _: f32, _: f32) {}
    fn quad_to(&mut self, _: f32, _: f32, _: f32, _: f32) {}
    fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, _: f32, _: f32) {}
    fn close(&mut self) {}
}

/// Every font that was loaded: glyphs are borrowed from it as long as the process lives, so that
/// each is loaded once.
static LOADED: Mutex<Vec<&'static Outside>> = Mutex::new(Vec::new());

/// The font of a file; none if it is not a font.
pub(crate) fn load(path: &Path, index: u32) -> Result<Option<&'static Outside>, FontError> {
    let bytes = std::fs::read(path).map_err(|source| FontError::Io { path: path.to_owned(), source })?;
    let hash = relata_runs::hash_bytes(&bytes);
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let known = |o: &&&Outside| o.index == index && o.font.hash == hash && o.font.path == path;
    if let Some(outside) = loaded.iter().find(known) {
        return Ok(Some(outside));
    }
    if Face::from_slice(&bytes, index).is_none() {
        return Ok(None);
    }
    let bytes: &'static [u8] = Box::leak(bytes.into_boxed_slice());
    let Some(face) = Face::from_slice(bytes, index) else { return Ok(None) };
    let font = OutsideFont { family: family(&face), path: path.to_owned(), hash };
    let outside: &'static Outside = Box::leak(Box::new(Outside { font, bytes, index, face }));
    loaded.push(outside);
    Ok(Some(outside))
}

fn family(face: &Face<'_>) -> String {
    let named = |id| face.names().into_iter().filter(move |n| n.name_id == id).find_map(|n| n.to_string());
    use ttf_parser::name_id::{FAMILY, TYPOGRAPHIC_FAMILY};
    named(TYPOGRAPHIC_FAMILY).or_else(|| named(FAMILY)).unwrap_or_else(|| "a font without a name".to_owned())
}

/// Which font each character of a drawing comes from that the embedded font lacks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    fonts: Fonts,
    pub(crate) by_character: BTreeMap<char, Option<&'static Outside>>,
}

impl Found {
    fn find(&mut self, c: char) -> Option<&'static Outside> {
        if let Some(known) = self.by_character.get(&c) {
            return *known;
        }
        let used = self.used();
        let found = self.fonts.given.iter().copied().chain(used).find(|o| o.draws(c)).or_else(|| {
            let search = self.fonts.search == Search::Machine;
            search.then(|| machine::font_with(c, |outside| outside.draws(c))).flatten()
        });
        self.by_character.insert(c, found);
        found
    }

    /// The fonts that are used, in the order of their names.
    pub(crate) fn used(&self) -> Vec<&'static Outside> {
        let mut used: Vec<&'static Outside> = self.by_character.values().flatten().copied().collect();
        used.sort_by(|a, b| (&a.font, a.index).cmp(&(&b.font, b.index)));
        used.dedup();
        used
    }

    /// The characters that no font has.
    pub(crate) fn boxes(&self) -> Vec<char> {
        self.by_character.iter().filter(|(_, o)| o.is_none()).map(|(c, _)| *c).collect()
    }
}

thread_local! {
    /// What the drawing at hand has found so far. Widths are asked for deep inside the layout, and
    /// all of them must come from the font that draws.
    static DRAWING: RefCell<Found> = RefCell::default();
}

/// Draws with these fonts, and says which were needed.
pub(crate) fn within<T>(fonts: &Fonts, draw: impl FnOnce() -> T) -> (T, Found) {
    /// The drawing before is taken up again however this one ends.
    struct Before(Option<Found>);
    impl Drop for Before {
        fn drop(&mut self) {
            if let Some(before) = self.0.take() {
                DRAWING.set(before);
            }
        }
    }
    let mut before =
        Before(Some(DRAWING.replace(Found { fonts: fonts.clone(), by_character: BTreeMap::new() })));
    let drawn = draw();
    let found = DRAWING.replace(before.0.take().unwrap_or_default());
    (drawn, found)
}

/// The font from outside that draws a character; none if it becomes a box.
pub(crate) fn font_for(c: char) -> Option<&'static Outside> {
    DRAWING.with_borrow_mut(|found| found.find(c))
}
