//! Numbers in labels.

/// A number as a person would write it in a label: at most six significant digits, powers of ten
/// where they are shorter.
pub(crate) fn plain(v: f64) -> String {
    if v == 0.0 {
        return "0".to_owned();
    }
    let e = v.abs().log10().floor() as i32;
    if (-4..6).contains(&e) {
        let s = format!("{v:.*}", (5 - e).max(0) as usize);
        let s = if s.contains('.') { s.trim_end_matches('0').trim_end_matches('.') } else { &s };
        return s.replace('-', "\u{2212}");
    }
    let s = format!("{v:.3e}");
    let (m, p) = s.split_once('e').unwrap_or((&s, "0"));
    let m = m.trim_end_matches('0').trim_end_matches('.').replace('-', "\u{2212}");
    let p = p.replace('-', "\u{2212}");
    if m == "1" { format!("10^{{{p}}}") } else { format!("{m}×10^{{{p}}}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_numbers() {
        assert_eq!(plain(0.25), "0.25");
        assert_eq!(plain(-3.0), "\u{2212}3");
        assert_eq!(plain(128.0), "128");
        assert_eq!(plain(1e-9), "10^{\u{2212}9}");
        assert_eq!(plain(2.5e12), "2.5×10^{12}");
    }
}
