//! Labels: a little markup, measured with the metrics of the font that draws them.
//!
//! `_{..}` and `^{..}` lower and raise, `\i{..}` is oblique, `\b{..}` bold, `\lambda`, `\Phi`,
//! `\times`, `\infty`, ... are letters and signs; a hyphen that begins a script is a minus sign.
//! Anything else, a lone `_` or `\` included, is itself, so that names like `exp_bilinear` need no
//! escapes.

use crate::text::fonts::{self, Cut, Slant, Weight};

/// Height of capitals and depth of descenders, as fractions of the size.
pub(crate) const CAP: f64 = 0.73;
pub(crate) const ASCENT: f64 = 0.78;
pub(crate) const DESCENT: f64 = 0.22;
const SCRIPT_SIZE: f64 = 0.72;
const RAISE: f64 = 0.36;
/// Height of raised capitals and digits.
pub(crate) const ASCENT_RAISED: f64 = RAISE + SCRIPT_SIZE * CAP;
const LOWER: f64 = -0.17;

/// A stretch of text of one style.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    pub text: String,
    pub cut: Cut,
    /// Size relative to the label's, and baseline shift (up is positive) in units of the label's
    /// size.
    pub size: f64,
    pub shift: f64,
    /// Horizontal displacement before the run, in units of the label's size: a subscript stands
    /// under the superscript before it.
    pub kern: f64,
}

const SYMBOLS: &[(&str, char)] = &[
    ("alpha", 'α'),
    ("beta", 'β'),
    ("gamma", 'γ'),
    ("delta", 'δ'),
    ("varepsilon", 'ε'),
    ("epsilon", 'ε'),
    ("eps", 'ε'),
    ("zeta", 'ζ'),
    ("eta", 'η'),
    ("theta", 'θ'),
    ("kappa", 'κ'),
    ("lambda", 'λ'),
    ("mu", 'μ'),
    ("nu", 'ν'),
    ("xi", 'ξ'),
    ("pi", 'π'),
    ("rho", 'ρ'),
    ("sigma", 'σ'),
    ("tau", 'τ'),
    ("phi", 'φ'),
    ("chi", 'χ'),
    ("psi", 'ψ'),
    ("omega", 'ω'),
    ("Gamma", 'Γ'),
    ("Delta", 'Δ'),
    ("Theta", 'Θ'),
    ("Lambda", 'Λ'),
    ("Sigma", 'Σ'),
    ("Phi", 'Φ'),
    ("Psi", 'Ψ'),
    ("Omega", 'Ω'),
    ("times", '×'),
    ("cdot", '·'),
    ("pm", '±'),
    ("infty", '∞'),
    ("leq", '≤'),
    ("geq", '≥'),
    ("approx", '≈'),
    ("in", '∈'),
    ("to", '→'),
    ("langle", '⟨'),
    ("rangle", '⟩'),
    ("norm", '‖'),
    ("sqrt", '√'),
    ("minus", '−'),
];

/// Splits markup into runs.
pub(crate) fn parse(markup: &str) -> Vec<Run> {
    parse_cut(markup, Cut::default())
}

pub(crate) fn parse_bold(markup: &str) -> Vec<Run> {
    parse_cut(markup, Cut { bold: Weight::Bold, ..Cut::default() })
}

fn parse_cut(markup: &str, cut: Cut) -> Vec<Run> {
    let mut out = Vec::new();
    walk(markup, &Run { text: String::new(), cut, size: 1.0, shift: 0.0, kern: 0.0 }, 0, &mut out);
    stack(&mut out);
    out
}

/// Puts a superscript and a subscript in succession above each other.
fn stack(runs: &mut [Run]) {
    let advance = |r: &Run| fonts::advance(&r.text, r.cut) * r.size;
    for i in 1..runs.len() {
        let (first, second) = (&runs[i - 1], &runs[i]);
        let opposite = first.shift * second.shift < 0.0 && first.kern == 0.0;
        if opposite && (first.size - second.size).abs() < 1e-9 {
            let (a, b) = (advance(first), advance(second));
            runs[i].kern = -a;
            // Farther apart than alone, so that they do not touch.
            for r in &mut runs[i - 1..=i] {
                r.shift += r.shift.signum() * 0.08 * r.size;
            }
            if let Some(next) = runs.get_mut(i + 1) {
                next.kern = (a - b).max(0.0);
            }
        }
    }
}

/// Deeper nesting than this is drawn in the style of its parent: it bounds the recursion.
const DEEPEST: usize = 6;

fn walk(markup: &str, style: &Run, depth: usize, out: &mut Vec<Run>) {
    let mut rest = markup;
    let mut plain = String::new();
    while let Some(c) = rest.chars().next() {
        if depth < DEEPEST
            && let Some((inner, body, after)) = group(rest, style)
        {
            flush(&mut plain, style, out);
            let body = if inner.size < style.size { with_minus(body) } else { body.to_owned() };
            walk(&body, &inner, depth + 1, out);
            rest = after;
        } else if let Some((symbol, after)) = symbol(rest) {
            plain.push(symbol);
            rest = after;
        } else {
            plain.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    flush(&mut plain, style, out);
}

fn flush(plain: &mut String, style: &Run, out: &mut Vec<Run>) {
    let pieces = fonts::pieces(&std::mem::take(plain), style.cut);
    out.extend(pieces.into_iter().map(|(cut, text)| Run { text, cut, ..style.clone() }));
}

/// `_{..}`, `^{..}`, `\i{..}` or `\b{..}` at the head: its style, what is inside, what follows.
fn group<'a>(rest: &'a str, style: &Run) -> Option<(Run, &'a str, &'a str)> {
    let script = |shift: f64| Run {
        size: style.size * SCRIPT_SIZE,
        shift: style.shift + shift * style.size,
        ..style.clone()
    };
    let openers =
        [("_{", script(LOWER)), ("^{", script(RAISE)), ("\\i{", italic(style)), ("\\b{", bold(style))];
    for (open, inner) in openers {
        if let Some(body) = rest.strip_prefix(open) {
            let end = closing(body)?;
            return Some((inner, &body[..end], &body[end + 1..]));
        }
    }
    None
}

fn italic(style: &Run) -> Run {
    Run { cut: Cut { italic: Slant::Oblique, ..style.cut }, ..style.clone() }
}

fn bold(style: &Run) -> Run {
    Run { cut: Cut { bold: Weight::Bold, ..style.cut }, ..style.clone() }
}

/// Index of the brace that closes the group whose opening brace was just read.
fn closing(body: &str) -> Option<usize> {
    let mut open = 0usize;
    for (i, c) in body.char_indices() {
        match c {
            '{' => open += 1,
            '}' if open == 0 => return Some(i),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

fn symbol(rest: &str) -> Option<(char, &str)> {
    let name = rest.strip_prefix('\\')?;
    let length = name.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(name.len());
    let (_, symbol) = SYMBOLS.iter().find(|(n, _)| *n == &name[..length])?;
    Some((*symbol, &name[length..]))
}

fn with_minus(body: &str) -> String {
    match body.strip_prefix('-') {
        Some(rest) => format!("\u{2212}{rest}"),
        None => body.to_owned(),
    }
}

/// Where each run begins along the baseline, and how far all of them advance, at size 1: as a
/// renderer of SVG sets them, kerning across runs included; the displacements before runs move what
/// follows and do not count as length.
pub(crate) fn places(runs: &[Run]) -> (Vec<f64>, f64) {
    let text: String = runs.iter().map(|r| r.text.as_str()).collect();
    let (mut from, mut at, mut length) = (0, 0.0, 0.0);
    let places = runs.iter().map(|r| {
        let bytes = from..from + r.text.len();
        from = bytes.end;
        let glyphs = fonts::shape(&text, r.cut).into_iter().filter(|g| bytes.contains(&g.byte));
        let advance = glyphs.map(|g| g.advance).sum::<f64>() * r.size;
        at += r.kern + advance;
        length += advance;
        at - advance
    });
    (places.collect(), length)
}

/// Width in points at this size.
pub(crate) fn width_of(runs: &[Run], size: f64) -> f64 {
    let mut at = 0.0_f64;
    let mut end = 0.0_f64;
    for r in runs {
        at += r.kern + fonts::advance(&r.text, r.cut) * r.size;
        end = end.max(at);
    }
    end * size
}

/// Width in points of a line of markup at this size.
pub(crate) fn width(markup: &str, size: f64) -> f64 {
    width_of(&parse(markup), size)
}

/// Breaks names as [`wrap`] does, and after hyphens where a word alone is too wide.
pub(crate) fn wrap_name(markup: &str, size: f64, limit: f64) -> Vec<String> {
    let mut out = Vec::new();
    for line in wrap(markup, size, limit) {
        if width(&line, size) <= limit || line.contains(['{', '\\']) {
            out.push(line);
            continue;
        }
        let mut part = String::new();
        for piece in line.split_inclusive(['-', '\u{2013}']) {
            if !part.is_empty() && width(&(part.clone() + piece), size) > limit {
                out.push(std::mem::take(&mut part));
            }
            part.push_str(piece);
        }
        out.push(part);
    }
    out
}

/// Breaks markup at spaces outside braces into lines no wider than `limit`, as far as its words
/// allow.
pub(crate) fn wrap(markup: &str, size: f64, limit: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words(markup) {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size) <= limit => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// Width of the widest line.
pub(crate) fn widest(lines: &[String], size: f64) -> f64 {
    lines.iter().map(|l| width(l, size)).fold(0.0, f64::max)
}

fn words(markup: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut open = 0usize;
    for c in markup.chars() {
        match c {
            '{' => open += 1,
            '}' => open = open.saturating_sub(1),
            _ => {}
        }
        if c.is_whitespace() && open == 0 {
            if !word.is_empty() {
                out.push(std::mem::take(&mut word));
            }
        } else {
            word.push(c);
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(markup: &str) -> Vec<String> {
        parse(markup).into_iter().map(|r| r.text).collect()
    }

    #[test]
    fn scripts_symbols_and_plain_underscores() {
        assert_eq!(texts("10^{-3}"), ["10", "\u{2212}3"]);
        assert_eq!(texts("\\lambda_{d+1} of exp_bilinear"), ["λ", "d+1", " of exp_bilinear"]);
        assert_eq!(texts("a_{b^{c}}d"), ["a", "b", "c", "d"]);
        assert_eq!(texts("\\unknown{x} 5 % \\"), ["\\unknown{x} 5 % \\"]);
        assert_eq!(texts("open_{brace"), ["open_{brace"]);
    }

    #[test]
    fn scripts_are_smaller_and_shifted() {
        let runs = parse("x^{2}_{i}");
        assert!(runs[1].shift > 0.0 && runs[2].shift < 0.0 && runs[1].size < 1.0);
        assert!(width("x^{2}", 10.0) < width("x2", 10.0));
    }

    #[test]
    fn width_is_additive_and_linear_in_size() {
        let w = width("rank", 10.0);
        assert!((width("rankrank", 10.0) - 2.0 * w).abs() < 1e-9);
        assert!((width("rank", 20.0) - 2.0 * w).abs() < 1e-9);
    }

    #[test]
    fn wrapped_lines_fit_and_lose_no_word() {
        let text = "relative error of the trained network with \\i{spectral readout} at rank eight";
        let lines = wrap(text, 8.0, 90.0);
        assert!(lines.len() > 1 && lines.iter().all(|l| width(l, 8.0) <= 90.0), "{lines:?}");
        assert_eq!(lines.join(" "), text);
        assert_eq!(wrap("indivisible", 8.0, 1.0), ["indivisible"]);
    }

    #[test]
    fn names_break_after_hyphens_only_when_they_must() {
        let w = width("exp-bilinear", 7.0);
        assert_eq!(wrap_name("exp-bilinear", 7.0, w + 1.0), ["exp-bilinear"]);
        assert_eq!(wrap_name("exp-bilinear", 7.0, 0.7 * w), ["exp-", "bilinear"]);
    }

    #[test]
    fn stacked_scripts_take_the_room_of_the_wider_one() {
        let both = width("R^{2}_{F}x", 10.0);
        let wider = width("R^{2}x", 10.0).max(width("R_{F}x", 10.0));
        assert!((both - wider).abs() < 1e-9, "{both} {wider}");
    }

    #[test]
    fn deep_nesting_does_not_overflow() {
        let deep = "_{".repeat(50_000) + &"}".repeat(50_000);
        assert!(!parse(&deep).is_empty());
    }
}
