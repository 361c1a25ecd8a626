//! Choices in long form: one row per alternative of each choice set.

use super::headers::{first_of, title};
use super::names::Names;
use super::place::{Piece, PreferenceReadError, ReadProblem, Rows, TakenFor, clip, listed};
use relata_files::{Look, Notation};

/// Choices from sets of alternatives with features.
#[derive(Clone, Debug, PartialEq)]
pub struct ChoiceTable {
    /// The rows of each choice set, in order of first appearance.
    pub sets: Vec<Vec<usize>>,
    /// For each set, which of its rows was chosen, counted within the set.
    pub chosen: Vec<usize>,
    /// The alternatives, in order of first appearance, and which one each row is; none without a
    /// column that says so.
    pub alternatives: Option<(Vec<String>, Vec<usize>)>,
    /// For each set, who chose; none without a column that says so.
    pub people: Option<Vec<usize>>,
    /// The columns of numbers: their names and, for each row, the value.
    pub features: Vec<(String, Vec<f64>)>,
    /// What the file was taken for.
    pub taken: TakenFor,
}

const CHOSEN: [&str; 9] =
    ["choice", "chosen", "chose", "selected", "picked", "choose", "is_chosen", "decision", "y"];
const SETS: [&str; 24] = [
    "case",
    "case_id",
    "chid",
    "choice_id",
    "choice_set",
    "choiceset",
    "set",
    "set_id",
    "question",
    "task",
    "situation",
    "obs_id",
    "observation",
    "obs",
    "trip",
    "qid",
    "choice_situation",
    "choice_task",
    "menu",
    "menu_id",
    "scenario",
    "occasion",
    "card",
    "id",
];
const ALTERNATIVES: [&str; 8] =
    ["alt", "alternative", "alternatives", "alternative_id", "option", "mode", "altid", "alt_name"];
const PEOPLE: [&str; 18] = [
    "person",
    "person_id",
    "individual",
    "individual_id",
    "respondent",
    "respondent_id",
    "resp_id",
    "panel",
    "panel_id",
    "consumer",
    "customer",
    "hhid",
    "participant",
    "subject",
    "household",
    "user",
    "cluster",
    "id",
];
/// Columns that only number the rows.
const ROWS: [&str; 6] = ["", "rownames", "row", "index", "unnamed:_0", "rowname"];

const HEADER: &str = "it must have a column `choice` of 0 and 1, one that says to which choice set a row belongs \
(`case`, `set`, ..), and columns of numbers";

struct Columns {
    chosen: usize,
    set: usize,
    alternative: Option<usize>,
    person: Option<usize>,
}

impl Columns {
    fn of(titles: &[String]) -> Option<Self> {
        let (chosen, set) = (first_of(titles, &CHOSEN)?, first_of(titles, &SETS)?);
        let person = first_of(titles, &PEOPLE).filter(|k| *k != set);
        Some(Self { chosen, set, alternative: first_of(titles, &ALTERNATIVES), person })
    }
}

pub(super) fn is_choices(titles: &[String]) -> bool {
    Columns::of(titles).is_some()
}

/// Reads choices in long form: one row per alternative; a column `case` (or `set`, `chid`,
/// `choice_id`, ..) numbers the choice sets and one `choice` (or `chosen`) says which row was
/// chosen. One `alt` names the alternatives, one `person` (or `individual`, `respondent`, ..) who
/// chose. Every other column of numbers is a feature.
///
/// ```
/// use relata_debreu::readers::read_choices;
/// let t = read_choices(b"case,alt,choice,cost\n1,bus,0,2\n1,car,1,5\n2,bus,1,1\n2,car,0,6\n")?;
/// assert_eq!((t.chosen, t.features[0].1.len()), (vec![1, 0], 4));
/// # Ok::<(), relata_debreu::readers::PreferenceReadError>(())
/// ```
///
/// # Errors
/// [`PreferenceReadError`] naming line and column.
pub fn read_choices(bytes: &[u8]) -> Result<ChoiceTable, PreferenceReadError> {
    choices(&Rows::read(bytes)?)
}

pub(super) fn choices(rows: &Rows) -> Result<ChoiceTable, PreferenceReadError> {
    let Some(first) = rows.rows.first() else { return Err(PreferenceReadError::ends(1, "the header")) };
    let titles: Vec<String> = first.iter().map(title).collect();
    let Some(columns) = Columns::of(&titles) else {
        return Err(first[0].error(ReadProblem::Header { found: clip(&titles.join(",")), expected: HEADER }));
    };
    let name = |k: usize| first[k].text.as_str();
    let mut what =
        format!("choices in long form (`{}` of the sets `{}`", name(columns.chosen), name(columns.set));
    if let Some(k) = columns.alternative {
        what += &format!(", alternatives by `{}`", name(k));
    }
    if let Some(k) = columns.person {
        what += &format!(", people by `{}`", name(k));
    }
    what += &format!("), separated by {}", rows.separator);
    table(rows, &titles, &columns, &what).map_err(|e| e.of(&what))
}

fn table(
    rows: &Rows,
    titles: &[String],
    columns: &Columns,
    what: &str,
) -> Result<ChoiceTable, PreferenceReadError> {
    let (header, body) = rows.with_header()?;
    let notation = rows.notation.clone()?;
    let mut names = Names::default();
    let mut sets: Vec<Vec<usize>> = Vec::new();
    let mut chosen: Vec<Option<usize>> = Vec::new();
    for (r, row) in body.iter().enumerate() {
        let set = names.number(&row[columns.set].text);
        if set == sets.len() {
            sets.push(Vec::new());
            chosen.push(None);
        }
        if is_chosen(&row[columns.chosen], notation)? && chosen[set].replace(sets[set].len()).is_some() {
            return Err(
                row[columns.chosen].expected("one choice in each choice set; this is the second of its set")
            );
        }
        sets[set].push(r);
    }
    if sets.is_empty() {
        return Err(PreferenceReadError::ends(header[0].line + 1, "a choice set"));
    }
    let mut notes = Vec::new();
    let empty = chosen.iter().filter(|c| c.is_none()).count();
    if empty > 0 {
        notes.push(format!("Choice sets in which nothing was chosen were left out: {empty}."));
    }
    let alone = sets.iter().zip(&chosen).filter(|(s, c)| c.is_some() && s.len() < 2).count();
    if alone > 0 {
        notes.push(format!("Choice sets of one alternative say nothing and were left out: {alone}."));
    }
    let kept: Vec<(Vec<usize>, usize)> =
        sets.into_iter().zip(chosen).filter_map(|(s, c)| c.filter(|_| s.len() > 1).map(|c| (s, c))).collect();
    let (sets, chosen): (Vec<_>, Vec<_>) = kept.into_iter().unzip();
    if sets.is_empty() {
        return Err(header[columns.chosen].expected("a choice set of two alternatives or more with a choice"));
    }
    let numbered = |k: usize| {
        let mut names = Names::default();
        let of: Vec<usize> = body.iter().map(|row| names.number(&row[k].text)).collect();
        (names.into_list(), of)
    };
    let used = [Some(columns.chosen), Some(columns.set), columns.alternative, columns.person];
    let rest = (0..header.len()).filter(|k| !used.contains(&Some(*k)));
    let (mut features, mut left) = (Vec::new(), Vec::new());
    for k in rest {
        let name = header[k].text.trim();
        // A column of text is not a feature; one of numbers with something else among them is wrong.
        let numeric = body.iter().filter(|r| Look::of(&r[k].text) == Look::Number).count();
        if ROWS.contains(&titles[k].as_str()) || 2 * numeric <= body.len() {
            left.push(name);
            continue;
        }
        let value = |row: &Vec<Piece>| {
            notation.number(&row[k].text).map_err(|_| row[k].expected("a number, as in the other rows"))
        };
        features.push((name.to_owned(), body.iter().map(value).collect::<Result<Vec<f64>, _>>()?));
    }
    if !left.is_empty() {
        notes.push(format!("Columns left out: {}.", listed(&left)));
    }
    let people = columns.person.map(numbered).map(|(_, of)| sets.iter().map(|s| of[s[0]]).collect());
    let alternatives = columns.alternative.map(numbered);
    let taken = TakenFor { what: what.to_owned(), notes };
    Ok(ChoiceTable { sets, chosen, alternatives, people, features, taken })
}

fn is_chosen(field: &Piece, notation: Notation) -> Result<bool, PreferenceReadError> {
    match field.text.trim().to_ascii_lowercase().as_str() {
        "yes" | "y" | "true" | "t" => Ok(true),
        "no" | "n" | "false" | "f" => Ok(false),
        text => match notation.number(text) {
            Ok(1.0) => Ok(true),
            Ok(0.0) => Ok(false),
            _ => Err(field.expected("1 for the chosen alternative and 0 for the others")),
        },
    }
}
