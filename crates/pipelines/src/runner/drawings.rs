//! The figures of a run. A figure that cannot be drawn costs that figure and a line, nothing else.

use super::results::{ResultsError, guard, read_tables};
use super::{counted, message};
use crate::pipeline::DynPipeline;
use relata_plotting::{Figure, FigureWidth, Fonts, Rendered, SvgText, TextParams};
use relata_runs::{
    Drawing, FontFile, Manifest, RunDir, Tables, WriteError, hash_bytes, make_directory, remove, write_atomic,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How figures are to be drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DrawingOptions {
    /// A font for what the built-in one lacks.
    pub font: Option<PathBuf>,
    /// How SVG holds text.
    pub svg: SvgText,
    /// Their width in millimetres, where it is not to be as the pipeline says.
    pub width: Option<f64>,
    /// Words in place of others, as [`Figure::relabelled`] takes them: old, new.
    pub labels: Vec<(String, String)>,
    /// The endings of the files that are wanted, of `svg`, `pdf` and `png`; none means all.
    pub formats: Vec<String>,
}

impl DrawingOptions {
    /// As the figures of a run were drawn.
    pub(super) fn of(drawing: &Drawing) -> Self {
        let svg = if drawing.svg_text { SvgText::Text } else { SvgText::Outlines };
        let Drawing { font, width, labels, formats, .. } = drawing.clone();
        Self { font, svg, width, labels, formats }
    }

    /// The figure as it is wanted.
    pub(crate) fn adjusted(&self, figure: Figure) -> Figure {
        /// Points per millimetre.
        const POINTS: f64 = 72.0 / 25.4;
        let figure = match self.width {
            Some(width) => figure.at_width(FigureWidth::Points(width * POINTS)),
            None => figure,
        };
        self.labels.iter().fold(figure, |figure, (old, new)| figure.relabelled(old, new))
    }

    fn text(&self) -> Result<TextParams, ResultsError> {
        let fonts = match &self.font {
            Some(path) => Fonts::embedded().with_file(path)?,
            None => Fonts::embedded(),
        };
        Ok(TextParams { fonts: fonts.with_machine(), svg: self.svg })
    }
}

/// Figures as files, and what is to be said of them.
#[derive(Debug, PartialEq)]
pub(super) struct Drawings {
    /// File name and bytes, in the order of the names.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    pub(super) drawing: Drawing,
    /// Characters that no font has.
    boxes: BTreeSet<char>,
}

impl Drawings {
    /// Draws the figures of these tables.
    pub(super) fn draw(
        pipeline: &dyn DynPipeline,
        tables: &Tables,
        options: &DrawingOptions,
    ) -> Result<Self, ResultsError> {
        let text = options.text()?;
        let drawing = Drawing {
            svg_text: options.svg == SvgText::Text,
            font: options.font.clone(),
            width: options.width,
            labels: options.labels.clone(),
            formats: options.formats.clone(),
            ..Drawing::default()
        };
        let mut all = Self { files: BTreeMap::new(), drawing, boxes: BTreeSet::new() };
        match guard(pipeline, "figures", || pipeline.figures(tables)) {
            Ok(figures) => figures.into_iter().for_each(|f| all.add(&options.adjusted(f), &text)),
            Err(e) => drop(all.drawing.undrawn.insert("all figures".to_owned(), e.to_string())),
        }
        all.drawing.fonts.sort();
        all.drawing.fonts.dedup();
        Ok(all)
    }

    fn add(&mut self, figure: &Figure, text: &TextParams) {
        let name = figure.file_name();
        let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let drawn = super::quietly(|| {
            anyhow::ensure!(!name.is_empty() && name.chars().all(fine), "a figure cannot be called `{name}`");
            anyhow::ensure!(!self.drawing.captions.contains_key(name), "two figures are called `{name}`");
            Ok(figure.render_with(text)?)
        });
        match drawn.and_then(|result: anyhow::Result<Rendered>| result.map_err(|e| message(&e))) {
            Ok(Rendered { name, svg, pdf, png, fonts, boxes }) => {
                let formats = &self.drawing.formats;
                let wanted = |ending: &str| formats.is_empty() || formats.iter().any(|f| f == ending);
                let files = [("svg", svg.into_bytes()), ("pdf", pdf), ("png", png)];
                for (ending, bytes) in files.into_iter().filter(|(ending, _)| wanted(ending)) {
                    self.files.insert(format!("{name}.{ending}"), bytes);
                }
                self.drawing.captions.insert(name, figure.description());
                let file = |f: relata_plotting::OutsideFont| FontFile {
                    family: f.family,
                    path: f.path,
                    hash: f.hash,
                };
                self.drawing.fonts.extend(fonts.into_iter().map(file));
                self.boxes.extend(boxes);
            }
            Err(reason) => drop(self.drawing.undrawn.insert(name.to_owned(), reason)),
        }
    }

    /// The hashes of the files, by path within the run.
    pub(super) fn hashes(&self) -> impl Iterator<Item = (String, String)> {
        self.files.iter().map(|(name, bytes)| (format!("figures/{name}"), hash_bytes(bytes)))
    }

    pub(super) fn paths(&self, dir: &RunDir) -> Vec<PathBuf> {
        self.files.keys().map(|name| dir.figures().join(name)).collect()
    }

    /// What a person should know, a line each.
    pub(super) fn notes(&self) -> Vec<String> {
        let undrawn = self.drawing.undrawn.iter();
        let mut notes: Vec<String> =
            undrawn.map(|(name, why)| format!("figure `{name}` could not be drawn: {why}")).collect();
        for FontFile { family, path, .. } in &self.drawing.fonts {
            notes.push(format!(
                "characters that the built-in font lacks are drawn with {family} ({}); figures depend on it",
                path.display()
            ));
        }
        if !self.boxes.is_empty() {
            /// So many are shown.
            const SHOWN: usize = 12;
            let mut shown: String = self.boxes.iter().take(SHOWN).map(|c| format!(" {c}")).collect();
            if self.boxes.len() > SHOWN {
                shown += " ...";
            }
            notes.push(format!(
                "{} of the labels ({shown}) are drawn as boxes, because no font here has them; `--font FILE` gives one \
                 that does",
                counted(self.boxes.len(), "character"),
                shown = shown.trim_start()
            ));
        }
        notes
    }

    /// Writes the files and removes those of an earlier program.
    pub(super) fn write(&self, dir: &RunDir) -> Result<(), WriteError> {
        let root = dir.figures();
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| WriteError { path, source }
        };
        make_directory(&root)?;
        for entry in std::fs::read_dir(&root).map_err(io(&root))? {
            let path = entry.map_err(io(&root))?.path();
            let known = path.file_name().and_then(|f| f.to_str()).is_some_and(|f| self.files.contains_key(f));
            if !known && path.is_file() {
                remove(&path)?;
            }
        }
        self.files.iter().try_for_each(|(name, bytes)| write_atomic(&root.join(name), bytes))
    }
}

/// The figures of a run, drawn again.
#[derive(Debug)]
pub struct Redrawn {
    /// Every file.
    pub figures: Vec<PathBuf>,
    /// What is to be said of them.
    pub notes: Vec<String>,
}

/// Draws the figures of a finished run again from its tables, which must be those that the run
/// wrote; as they were drawn, if no options are given.
pub fn redraw(
    pipeline: &dyn DynPipeline,
    dir: &RunDir,
    options: Option<&DrawingOptions>,
) -> Result<Redrawn, ResultsError> {
    let _lock = dir.lock()?;
    dir.clean()?;
    let mut manifest = Manifest::read(dir.path())?;
    if manifest.files.is_empty() {
        return Err(ResultsError::Unfinished { dir: dir.path().to_owned(), status: manifest.status });
    }
    let before = DrawingOptions::of(&manifest.drawing);
    let drawings = Drawings::draw(pipeline, &read_tables(dir, &manifest)?, options.unwrap_or(&before))?;
    // While they are replaced the manifest vouches for none of them.
    manifest.files.retain(|path, _| !path.starts_with("figures/"));
    manifest.write(dir.path())?;
    drawings.write(dir)?;
    manifest.files.extend(drawings.hashes());
    manifest.drawing = drawings.drawing.clone();
    manifest.write(dir.path())?;
    Ok(Redrawn { figures: drawings.paths(dir), notes: drawings.notes() })
}
