//! What columns are called.

use super::place::Piece;

/// A title in lower case, with `_` for blanks, points and hyphens.
pub(super) fn title(field: &Piece) -> String {
    field.text.trim().to_lowercase().replace([' ', '.', '-'], "_")
}

pub(super) const WINNERS: [&str; 8] =
    ["winner", "won", "better", "preferred", "chosen", "winner_name", "winning_team", "winner_id"];
pub(super) const LOSERS: [&str; 8] =
    ["loser", "lost", "worse", "dispreferred", "rejected", "loser_name", "losing_team", "loser_id"];
pub(super) const OUTCOMES: [&str; 13] = [
    "outcome",
    "winner",
    "result",
    "label",
    "preference",
    "vote",
    "preferred",
    "choice",
    "chosen",
    "selected",
    "judgment",
    "judgement",
    "ftr",
];
pub(super) const COUNTS: [&str; 11] =
    ["count", "counts", "n", "weight", "weights", "freq", "frequency", "times", "votes", "number", "voters"];
pub(super) const TIES: [&str; 7] = ["tie", "ties", "tied", "draw", "draws", "drawn", "winner_tie"];
const SIDES: [&str; 21] = [
    "model",
    "player",
    "item",
    "option",
    "team",
    "object",
    "alternative",
    "candidate",
    "system",
    "method",
    "name",
    "stimulus",
    "image",
    "text",
    "word",
    "answer",
    "output",
    "completion",
    "response",
    "id",
    "",
];
/// What the two items of a comparison are told apart by.
const ENDS: [(&str, &str); 6] =
    [("a", "b"), ("1", "2"), ("left", "right"), ("first", "second"), ("home", "away"), ("white", "black")];

/// The columns of the two items of a comparison, if there are two: `left` and `right`, `model_a` and
/// `model_b`, `home_team` and `away_team`, `item1` and `item2`, and their likes.
pub(super) fn sides(titles: &[String]) -> Option<(usize, usize)> {
    let at = |name: &str| titles.iter().position(|t| t == name);
    for (one, two) in &ENDS[2..] {
        if let (Some(a), Some(b)) = (at(one), at(two)) {
            return Some((a, b));
        }
    }
    for side in SIDES {
        for (one, two) in ENDS {
            let called = |end: &str| {
                if side.is_empty() {
                    return vec![end.to_owned()];
                }
                vec![
                    format!("{side}_{end}"),
                    format!("{side}{end}"),
                    format!("{end}_{side}"),
                    format!("{end}{side}"),
                ]
            };
            for (a, b) in called(one).iter().zip(&called(two)) {
                // Numbers alone are not names of columns.
                if let (Some(a), Some(b)) = (at(a), at(b))
                    && (!side.is_empty() || one != "1")
                {
                    return Some((a, b));
                }
            }
        }
    }
    None
}

/// The columns of what each of the two items scored, if there are any: the larger score wins.
pub(super) fn scores(titles: &[String]) -> Option<(usize, usize)> {
    let at = |name: &str| titles.iter().position(|t| t == name);
    for word in ["score", "scores", "goals", "points", "runs", "pts"] {
        for (one, two) in ENDS {
            for (a, b) in [
                (format!("{word}_{one}"), format!("{word}_{two}")),
                (format!("{word}{one}"), format!("{word}{two}")),
                (format!("{one}_{word}"), format!("{two}_{word}")),
                (format!("{one}{word}"), format!("{two}{word}")),
                (format!("{one}_team_{word}"), format!("{two}_team_{word}")),
            ] {
                if let (Some(a), Some(b)) = (at(&a), at(&b)) {
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
    for word in ["win", "wins", "win_", "wins_", "wins_of_", "count_", "won", "winner_model_"] {
        for (one, two) in ENDS {
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

/// The first column that is called one of these, with or without `_` between words.
pub(super) fn first_of(titles: &[String], names: &[&str]) -> Option<usize> {
    let plain = |t: &str| t.replace('_', "");
    let exactly = |n: &&str| titles.iter().position(|t| t == n);
    let loosely = |n: &&str| titles.iter().position(|t| !t.is_empty() && plain(t) == plain(n));
    names.iter().find_map(exactly).or_else(|| names.iter().filter(|n| !n.is_empty()).find_map(loosely))
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
