//! Figures of an analysis, from its tables alone.

mod held_out;
mod limits;
mod matrix;

use relata_plotting::Figure;
use relata_runs::{Table, Tables};

/// The figures that the tables have data for.
pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    let mut figures = vec![matrix::matrix(tables)?];
    if tables.get("partial_limits").is_ok() {
        figures.push(limits::bracket_against_rank(tables.get("partial_limits")?, tables)?);
    } else if let Ok(leading) = tables.get("leading_limits") {
        figures.push(limits::spectrum(tables)?);
        figures.push(limits::bracket_against_rank(&leading.filter("encoders", "separate")?, tables)?);
    } else {
        figures.extend([limits::spectrum(tables)?, limits::error_against_rank(tables)?]);
        figures.push(limits::sup_and_sign(tables)?);
    }
    if tables.get("parts").is_ok() {
        figures.push(limits::parts(tables)?);
    }
    figures.extend(held_out::completion(tables)?);
    figures.extend(held_out::networks(tables)?);
    Ok(figures)
}

/// The rows of a table that have this value; none where the table is absent.
fn rows(tables: &Tables, table: &str, column: &str, value: &str) -> anyhow::Result<Option<Table>> {
    match tables.get(table) {
        Ok(t) => Ok(Some(t.filter(column, value)?).filter(|t| !t.is_empty())),
        Err(_) => Ok(None),
    }
}

/// Users' names as labels: short, and told apart where cutting them would make them the same.
pub(in crate::experiments) fn shown(names: &[String]) -> Vec<String> {
    /// The longest label.
    const MAX: usize = 14;
    let clean: Vec<Vec<char>> = names
        .iter()
        .map(|n| n.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !"\\{}".contains(*c)))
        .map(Iterator::collect)
        .collect();
    // The beginning, and so many characters of the end.
    let cut = |name: &[char], end: usize| -> String {
        if name.len() <= MAX {
            return name.iter().collect();
        }
        let begin = name[..MAX - 1 - end].iter().chain(['…'].iter());
        begin.chain(&name[name.len() - end..]).collect()
    };
    let mut labels: Vec<String> = clean.iter().map(|name| cut(name, 0)).collect();
    for end in [MAX / 2, MAX - 4] {
        let again = repeated(&labels);
        clean.iter().zip(&mut labels).zip(again).filter(|(_, again)| *again).for_each(
            |((name, label), _)| {
                *label = cut(name, end);
            },
        );
    }
    // What is the same still is numbered.
    let again = repeated(&labels);
    let numbered = labels.iter().zip(again).enumerate().map(|(k, (label, again))| {
        if !again {
            return label.clone();
        }
        let number = labels[..=k].iter().filter(|l| *l == label).count().to_string();
        let room = MAX.saturating_sub(number.len() + 1);
        format!("{}#{number}", label.chars().take(room).collect::<String>())
    });
    numbered.collect()
}

/// Which labels are also another's.
fn repeated(labels: &[String]) -> Vec<bool> {
    labels.iter().map(|label| labels.iter().filter(|l| *l == label).count() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Vec<String> {
        shown(&names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn labels_are_short_and_differ() {
        assert_eq!(of(&["a", "a name of many words"]), ["a", "a name of man…"]);
        assert_eq!(
            of(&["observation number 1", "observation number 2", "another"]),
            ["observ…umber 1", "observ…umber 2", "another"]
        );
        let middle = ["the beginning 1 and the very same end", "the beginning 2 and the very same end"];
        let shown = of(&middle);
        assert_ne!(shown[0], shown[1]);
        assert!(shown.iter().all(|l| l.chars().count() <= 14), "{shown:?}");
        assert_eq!(of(&["a{b", "a}b", "日本"]), ["ab#1", "ab#2", "日本"]);
    }
}
