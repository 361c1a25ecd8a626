//! What columns are called.

use super::place::Piece;

/// A title in lower case, with `_` for blanks, points and hyphens.
pub(super) fn title(field: &Piece) -> String {
    field.text.trim().to_lowercase().replace([' ', '.', '-'], "_")
}

pub(super) const WINNERS: [&str; 5] = ["winner", "won", "better", "preferred", "chosen"];
pub(super) const LOSERS: [&str; 5] = ["loser", "lost", "worse", "dispreferred", "rejected"];
pub(super) const OUTCOMES: [&str; 7] =
    ["outcome", "winner", "result", "label", "preference", "vote", "preferred"];
pub(super) const COUNTS: [&str; 11] =
    ["count", "counts", "n", "weight", "weights", "freq", "frequency", "times", "votes", "number", "voters"];
pub(super) const TIES: [&str; 6] = ["tie", "ties", "tied", "draw", "draws", "drawn"];
const SIDES: [&str; 10] =
    ["model", "player", "item", "option", "team", "object", "alternative", "candidate", "response", ""];

/// The columns of the two items of a comparison, if there are two.
pub(super) fn sides(titles: &[String]) -> Option<(usize, usize)> {
    let at = |name: &str| titles.iter().position(|t| t == name);
    for (a, b) in [("left", "right"), ("home", "away"), ("home_team", "away_team"), ("first", "second")] {
        if let (Some(a), Some(b)) = (at(a), at(b)) {
            return Some((a, b));
        }
    }
    for side in SIDES {
        for (one, two) in [("a", "b"), ("1", "2")] {
            for bar in ["_", ""] {
                let name = |end: &str| {
                    if side.is_empty() { end.to_owned() } else { format!("{side}{bar}{end}") }
                };
                // Numbers alone are not names of columns.
                if let (Some(a), Some(b)) = (at(&name(one)), at(&name(two)))
                    && (!side.is_empty() || one == "a")
                {
                    return Some((a, b));
                }
            }
        }
    }
    None
}

/// The columns of how often each of the two items won, if there are any.
pub(super) fn wins(titles: &[String]) -> Option<(usize, usize)> {
    let at = |name: &str| titles.iter().position(|t| t == name);
    for word in ["win", "wins", "win_", "wins_", "wins_of_", "count_", "won"] {
        for (one, two) in [("1", "2"), ("a", "b"), ("home", "away"), ("left", "right")] {
            for (a, b) in [
                (format!("{word}{one}"), format!("{word}{two}")),
                (format!("{one}_{word}"), format!("{two}_{word}")),
            ] {
                if let (Some(a), Some(b)) = (at(&a), at(&b)) {
                    return Some((a, b));
                }
            }
        }
    }
    None
}

/// The first column that is called one of these.
pub(super) fn first_of(titles: &[String], names: &[&str]) -> Option<usize> {
    names.iter().find_map(|n| titles.iter().position(|t| t == n))
}

/// Whether a title is that of a place in rankings: `first`, `2nd`, `rank 3`, `choice_4`, `5`.
pub(super) fn is_place(title: &str) -> bool {
    const WORDS: [&str; 12] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
        "best", "worst",
    ];
    const STEMS: [&str; 7] = ["rank", "place", "position", "choice", "pref", "preference", "top"];
    if WORDS.contains(&title) || WORDS.iter().any(|w| title.strip_prefix(w).is_some_and(|r| r == "_choice")) {
        return true;
    }
    let digits = |t: &str| !t.is_empty() && t.len() <= 4 && t.bytes().all(|b| b.is_ascii_digit());
    let ordinal = ["st", "nd", "rd", "th"].iter().any(|end| title.strip_suffix(end).is_some_and(digits));
    ordinal || STEMS.iter().any(|s| title.strip_prefix(s).is_some_and(|r| digits(r.trim_start_matches('_'))))
}
