//! What a file of preferences is.

use super::choices::{ChoiceTable, choices, is_choices};
use super::comparisons::ComparisonTable;
use super::headers;
use super::orders::OrderTable;
use super::panels::{PanelTable, is_panel, panels};
use super::place::{PreferenceReadError, ReadProblem, Rows, TakenFor, clip};
use super::preflib::{PreflibKind, Totals, lines, read_preflib, read_preflib_pairs};
use super::rankings::rankings;
use super::tables::{Columns, HEADER, from_rows};
use super::wins::{is_wins, wins};

/// Preferences of one of the kinds that are read.
#[derive(Clone, Debug, PartialEq)]
pub enum CollectedPreferences {
    /// Comparisons of two items each.
    Comparisons(ComparisonTable),
    /// Rankings.
    Rankings(OrderTable),
    /// Prices and quantities.
    Panels(PanelTable),
    /// Choices from sets.
    Choices(ChoiceTable),
}

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreferenceKind {
    /// A table of comparisons.
    Comparisons,
    /// A square matrix of wins.
    Wins,
    /// Rankings, one per line.
    Rankings,
    /// Prices and quantities.
    Panels,
    /// Choices in long form.
    Choices,
    /// A file of PrefLib.
    Preflib,
}

/// How a file is to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PreferenceReadParams {
    /// What it is; by its name and content if not said.
    pub kind: Option<PreferenceKind>,
    /// What to do with totals that are off.
    pub totals: Totals,
}

impl CollectedPreferences {
    /// What the file was taken for.
    #[must_use]
    pub fn taken(&self) -> &TakenFor {
        match self {
            Self::Comparisons(t) => &t.taken,
            Self::Rankings(t) => &t.taken,
            Self::Panels(t) => &t.taken,
            Self::Choices(t) => &t.taken,
        }
    }
}

/// Reads preferences of any kind. `extension` is that of the file's name, without the dot; it tells
/// PrefLib's kinds. Otherwise the content decides: `# NUMBER ALTERNATIVES` is PrefLib's; a header
/// with prices and quantities a panel's; one with two items and who won that of comparisons; one
/// with `choice` and `case` that of choices; a square of numbers with an empty diagonal a matrix of
/// wins; and anything else rankings.
///
/// ```
/// use relata_debreu::readers::{CollectedPreferences, read_preferences};
/// let of = |text: &str| read_preferences(text.as_bytes(), None, &Default::default());
/// assert!(matches!(of("Winner;Loser\ntea;milk\n")?, CollectedPreferences::Comparisons(_)));
/// assert!(matches!(of("tea,milk\nmilk,tea\n")?, CollectedPreferences::Rankings(_)));
/// let taken = of("first,second\ntea,milk\n")?.taken().what.clone();
/// assert!(taken.starts_with("rankings, one per line, best first, under a header"));
/// # Ok::<(), relata_debreu::readers::PreferenceReadError>(())
/// ```
///
/// # Errors
/// [`PreferenceReadError`] saying what the file was taken for, and naming line and column.
pub fn read_preferences(
    bytes: &[u8],
    extension: Option<&str>,
    params: &PreferenceReadParams,
) -> Result<CollectedPreferences, PreferenceReadError> {
    if let Some(kind) = params.kind.filter(|k| *k != PreferenceKind::Preflib) {
        let rows = Rows::read(bytes)?;
        return of_kind(&rows, kind);
    }
    let bytes = &*relata_files::unpacked(bytes)?;
    let named = extension.map(str::to_ascii_lowercase).filter(|e| is_preflib_name(e));
    if params.kind == Some(PreferenceKind::Preflib) || named.is_some() || announces_alternatives(bytes) {
        return preflib(bytes, named.as_deref(), params.totals);
    }
    let rows = Rows::read(bytes)?;
    let first = rows.rows.first().map_or(&[][..], Vec::as_slice);
    let titles: Vec<String> = first.iter().map(headers::title).collect();
    let kind = if is_panel(first) {
        PreferenceKind::Panels
    } else if Columns::of(&titles).is_some() {
        PreferenceKind::Comparisons
    } else if is_choices(&titles) {
        PreferenceKind::Choices
    } else if is_wins(&rows) {
        PreferenceKind::Wins
    } else {
        PreferenceKind::Rankings
    };
    of_kind(&rows, kind)
}

fn of_kind(rows: &Rows, kind: PreferenceKind) -> Result<CollectedPreferences, PreferenceReadError> {
    match kind {
        PreferenceKind::Comparisons => {
            let first = rows.rows.first().map_or(&[][..], Vec::as_slice);
            let titles: Vec<String> = first.iter().map(headers::title).collect();
            match (Columns::of(&titles), first.first()) {
                (Some(columns), _) => from_rows(rows, &columns).map(CollectedPreferences::Comparisons),
                (None, Some(field)) => {
                    let problem = ReadProblem::Header { found: clip(&titles.join(",")), expected: HEADER };
                    Err(field.error(problem).of("comparisons"))
                }
                (None, None) => Err(PreferenceReadError::ends(1, "the header")),
            }
        }
        PreferenceKind::Wins => wins(rows).map(CollectedPreferences::Comparisons),
        PreferenceKind::Panels => panels(rows).map(CollectedPreferences::Panels),
        PreferenceKind::Choices => choices(rows).map(CollectedPreferences::Choices),
        PreferenceKind::Rankings | PreferenceKind::Preflib => {
            rankings(rows).map(CollectedPreferences::Rankings)
        }
    }
}

fn is_preflib_name(extension: &str) -> bool {
    extension == "wmd" || PreflibKind::from_extension(extension).is_some()
}

fn announces_alternatives(bytes: &[u8]) -> bool {
    let Ok(lines) = lines(bytes) else { return false };
    let header = lines.iter().map_while(|l| l.text.trim_start().strip_prefix('#'));
    header.into_iter().any(|l| l.trim_start().to_ascii_uppercase().starts_with("NUMBER ALTERNATIVES"))
}

fn preflib(
    bytes: &[u8],
    named: Option<&str>,
    totals: Totals,
) -> Result<CollectedPreferences, PreferenceReadError> {
    // What the file says of itself goes before its name.
    let said = lines(bytes)?.iter().find_map(|l| {
        let (key, value) = l.text.trim_start().strip_prefix('#')?.split_once(':')?;
        key.trim().eq_ignore_ascii_case("DATA TYPE").then(|| value.trim().to_ascii_lowercase())
    });
    let kind = said.filter(|k| is_preflib_name(k));
    let kind = kind.as_deref().or(named).unwrap_or("toi");
    if kind == "wmd" {
        return read_preflib_pairs(bytes).map(CollectedPreferences::Comparisons);
    }
    let kind = PreflibKind::from_extension(kind).unwrap_or(PreflibKind::Toi);
    read_preflib(bytes, kind, totals).map(CollectedPreferences::Rankings)
}
