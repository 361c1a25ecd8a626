//! How the tick labels and the title of an axis are set, and how much room they take.

use crate::describe::axis::Kind;
use crate::layout::scale::Scale;
use crate::layout::theme::{LABEL_GAP, LEADING, TICK_TEXT};
use crate::layout::ticks::{self, Along, Ticks};
use crate::text::markup as text;
use crate::text::markup::{ASCENT_RAISED, CAP, DESCENT};

/// How labels below an axis are set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Setting {
    /// Upright, centred below their ticks.
    Upright,
    /// Turned anticlockwise by so many degrees, ending at their ticks.
    Turned(f64),
}

/// Tick labels laid out: lines of text for each tick (empty where it has none).
#[derive(Clone, Debug)]
pub(crate) struct Labelled {
    pub ticks: Ticks,
    pub lines: Vec<Vec<String>>,
    pub setting: Setting,
    /// Distance from the frame to the labels.
    pub gap: f64,
    /// Room that the labels take across the axis, and beyond its two ends.
    pub depth: f64,
    pub before: f64,
    pub after: f64,
}

/// Height of `n` lines from the top of capitals to the last baseline plus descenders.
pub(crate) fn block(n: usize, size: f64) -> f64 {
    if n == 0 { 0.0 } else { (CAP + DESCENT + LEADING * (n - 1) as f64) * size }
}

impl Labelled {
    /// Room between the frame and the far side of the labels.
    pub(crate) fn reach(&self) -> f64 {
        if self.depth > 0.0 { self.gap + self.depth } else { 0.0 }
    }
}

/// No labels at all.
pub(crate) fn hidden(mut ticks: Ticks) -> Labelled {
    ticks.ticks.iter_mut().for_each(|t| t.label = None);
    ticks.factor = None;
    let lines = vec![Vec::new(); ticks.ticks.len()];
    Labelled { ticks, lines, setting: Setting::Upright, gap: 0.0, depth: 0.0, before: 0.0, after: 0.0 }
}

/// By which angles the page can turn text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turns {
    Any,
    /// By right angles alone.
    Right,
}

/// Labels below an axis of this length.
pub(crate) fn below(scale: &Scale, ticks: Ticks, length: f64, turns: Turns) -> Labelled {
    match scale.kind {
        Kind::Categories(_) => names_below(ticks, length, turns),
        Kind::Linear | Kind::Log10 | Kind::Log2 | Kind::Symlog { .. } => upright(ticks, length, single),
    }
}

fn single(label: &str) -> Vec<String> {
    vec![label.to_owned()]
}

fn upright(ticks: Ticks, length: f64, set: impl Fn(&str) -> Vec<String>) -> Labelled {
    let lines: Vec<Vec<String>> =
        ticks.ticks.iter().map(|t| t.label.as_deref().map(&set).unwrap_or_default()).collect();
    // Raised exponents stand higher than capitals.
    let raised = lines.iter().filter_map(|l| l.first()).any(|l| l.contains("^{"));
    let gap = LABEL_GAP + if raised { (ASCENT_RAISED - CAP) * TICK_TEXT } else { 0.0 };
    let tallest = lines.iter().map(Vec::len).max().unwrap_or(0);
    let (mut before, mut after) = (0.0_f64, 0.0_f64);
    for (t, l) in ticks.ticks.iter().zip(&lines) {
        let half = text::widest(l, TICK_TEXT) / 2.0;
        before = before.max(half - t.unit * length);
        after = after.max(half - (1.0 - t.unit) * length);
    }
    Labelled { depth: block(tallest, TICK_TEXT), gap, ticks, lines, setting: Setting::Upright, before, after }
}

/// Names side by side: on one line if they fit, else broken at spaces, else turned, at last
/// thinned.
fn names_below(ticks: Ticks, length: f64, turns: Turns) -> Labelled {
    let slot = slot(&ticks, length);
    let all = || ticks.ticks.iter().filter_map(|t| t.label.as_deref());
    let room = slot - 0.6 * TICK_TEXT;
    if all().all(|l| text::width(l, TICK_TEXT) <= room) {
        return upright(ticks, length, single);
    }
    let numbers = all().all(|l| l.parse::<f64>().is_ok());
    if numbers {
        let kept = thinned(ticks, length, |widest| widest + 0.8 * TICK_TEXT);
        return upright(kept, length, single);
    }
    let broken = |l: &str| text::wrap_name(l, TICK_TEXT, room);
    if all().map(broken).all(|l| l.len() <= 3 && text::widest(&l, TICK_TEXT) <= room) {
        return upright(ticks, length, broken);
    }
    let slanted = turns == Turns::Any && slot >= 1.35 * TICK_TEXT / 45f64.to_radians().sin();
    let degrees = if slanted { 45.0 } else { 90.0 };
    let kept = thinned(ticks, length, |_| 1.12 * TICK_TEXT);
    turned(kept, length, degrees)
}

fn turned(ticks: Ticks, length: f64, degrees: f64) -> Labelled {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let lines: Vec<Vec<String>> =
        ticks.ticks.iter().map(|t| t.label.as_deref().map(single).unwrap_or_default()).collect();
    let widest = lines.iter().map(|l| text::widest(l, TICK_TEXT)).fold(0.0, f64::max);
    let before = ticks
        .ticks
        .iter()
        .zip(&lines)
        .map(|(t, l)| text::widest(l, TICK_TEXT) * cos + TICK_TEXT * sin - t.unit * length)
        .fold(0.0, f64::max);
    let depth = widest * sin + CAP * TICK_TEXT * cos;
    Labelled { ticks, lines, setting: Setting::Turned(degrees), gap: LABEL_GAP, depth, before, after: 0.0 }
}

/// Distances between labels of numbered cells.
const ROUND: [usize; 13] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

/// Distance between neighbouring ticks.
fn slot(ticks: &Ticks, length: f64) -> f64 {
    ticks.ticks.windows(2).map(|w| (w[1].unit - w[0].unit).abs() * length).fold(length, f64::min)
}

/// Keeps every k-th label so that kept ones are `need(widest label)` apart; of consecutive
/// integers, multiples of 2, 5, 10, ...
fn thinned(mut ticks: Ticks, length: f64, need: impl Fn(f64) -> f64) -> Ticks {
    let widest = ticks
        .ticks
        .iter()
        .filter_map(|t| t.label.as_deref())
        .map(|l| text::width(l, TICK_TEXT))
        .fold(0.0, f64::max);
    let every = (need(widest) / slot(&ticks, length).max(1e-6)).ceil().clamp(1.0, 1e6) as usize;
    if every == 1 {
        return ticks;
    }
    let integers: Vec<i64> =
        ticks.ticks.iter().filter_map(|t| t.label.as_deref().and_then(|l| l.parse().ok())).collect();
    let consecutive =
        integers.len() == ticks.ticks.len() && integers.windows(2).all(|w| w[0].checked_add(1) == Some(w[1]));
    let round =
        ROUND.iter().copied().find(|r| *r >= every).filter(|r| consecutive && 2 * r <= integers.len());
    for (i, t) in ticks.ticks.iter_mut().enumerate() {
        let keep = match round {
            Some(r) => integers.get(i).is_some_and(|v| v % r as i64 == 0),
            None => i % every == 0,
        };
        if !keep {
            t.label = None;
        }
    }
    ticks
}

/// Labels left of an axis of this length, names broken where they are wider than `limit`.
pub(crate) fn beside(scale: &Scale, ticks: Ticks, length: f64, limit: f64) -> Labelled {
    let names = matches!(scale.kind, Kind::Categories(_));
    let set = |l: &str| if names { text::wrap_name(l, TICK_TEXT, limit) } else { single(l) };
    let mut ticks = ticks;
    let tallest = |t: &Ticks| {
        t.ticks.iter().filter_map(|t| t.label.as_deref()).map(|l| set(l).len()).max().unwrap_or(0)
    };
    let mut one_line = false;
    if names {
        if block(tallest(&ticks), TICK_TEXT) > slot(&ticks, length) {
            one_line = true;
        }
        let numbers = ticks.ticks.iter().filter_map(|t| t.label.as_deref()).all(|l| l.parse::<f64>().is_ok());
        let leading = if numbers { 1.6 } else { 1.12 };
        ticks = thinned(ticks, length, |_| leading * TICK_TEXT);
    }
    let lines: Vec<Vec<String>> = ticks
        .ticks
        .iter()
        .map(|t| t.label.as_deref().map(|l| if one_line { single(l) } else { set(l) }).unwrap_or_default())
        .collect();
    let depth = lines.iter().map(|l| text::widest(l, TICK_TEXT)).fold(0.0, f64::max);
    let (mut before, mut after) = (0.0_f64, 0.0_f64);
    for (t, l) in ticks.ticks.iter().zip(&lines) {
        let half = block(l.len(), TICK_TEXT) / 2.0;
        before = before.max(half - t.unit * length);
        after = after.max(half - (1.0 - t.unit) * length);
    }
    Labelled { ticks, lines, setting: Setting::Upright, gap: LABEL_GAP, depth, before, after }
}

/// The ticks of an axis of this length: those given, or chosen ones.
pub(crate) fn ticks(
    scale: &Scale,
    given: Option<&Vec<(f64, Option<String>)>>,
    length: f64,
    along: Along,
) -> Ticks {
    match given {
        Some(at) => ticks::fixed(scale, at, length, along),
        None => ticks::choose(scale, length, along),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::axis::Direction;
    use crate::layout::scale::Pad;

    fn names(n: &[&str], length: f64) -> Labelled {
        let kind = Kind::Categories(n.iter().map(|s| (*s).to_owned()).collect());
        let s = Scale::new(kind, -0.5, n.len() as f64 - 0.5, Pad::None, Direction::Forward);
        below(&s, ticks::choose(&s, length, Along::X), length, Turns::Any)
    }

    #[test]
    fn names_break_then_turn_then_thin() {
        let l = ["Gaussian on the cube", "Brownian bridge"];
        assert_eq!(names(&l, 300.0).lines[0].len(), 1);
        let broken = names(&l, 100.0);
        assert!(broken.lines[0].len() > 1 && broken.setting == Setting::Upright);
        let l = ["indefinite", "asymmetric", "antisymmetric", "symmetric"];
        assert_eq!(names(&l, 100.0).setting, Setting::Turned(45.0));
        assert_eq!(names(&l, 34.0).setting, Setting::Turned(90.0));
        let many: Vec<String> = (0..200).map(|i| format!("object {i}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let kept = names(&many, 200.0).lines.iter().filter(|l| !l.is_empty()).count();
        assert!(kept > 10 && kept < 30, "{kept}");
    }

    #[test]
    fn room_grows_with_the_labels() {
        assert!(names(&["a"], 100.0).depth < names(&["a long name in several words here"], 100.0).depth);
        let l = names(&["a long name", "b"], 40.0);
        assert!(l.depth > 0.0);
    }
}
