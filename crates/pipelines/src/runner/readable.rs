//! Numbers and times as people read them.

/// Five significant digits, which is for reading; the files have them all.
pub(crate) fn number(x: f64) -> String {
    let size = x.abs();
    if x.fract().abs() <= 0.0 && size < 1e6 {
        format!("{x:.0}")
    } else if (1e-3..1e5).contains(&size) {
        let digits = (4.0 - size.log10().floor()).clamp(0.0, 7.0) as usize;
        format!("{x:.digits$}")
    } else {
        format!("{x:.4e}")
    }
}

/// An error with its causes, each said once: many messages already end in their cause.
pub(crate) fn message(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text += ": ";
            text += &cause;
        }
    }
    text
}

/// A number of things.
pub(crate) fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// A time in the unit that suits it.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..100 => format!("{seconds:.1} s"),
        100..6000 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// Day and time in UTC of a number of seconds since 1970, by the proleptic Gregorian calendar.
pub(crate) fn day_and_time(unix: u64) -> String {
    // Years begin in March, so that a leap day ends one: then the days before each month are the
    // same every year.
    let days = unix / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", unix / 3600 % 24, unix / 60 % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_five_significant_digits() {
        for (x, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (32.0, "32"),
            (1.00331234, "1.0033"),
            (-12.3456789, "-12.346"),
            (0.00123456789, "0.0012346"),
            (1.23456789e-9, "1.2346e-9"),
            (1.5e7, "1.5000e7"),
        ] {
            assert_eq!(number(x), text);
        }
    }

    #[test]
    fn a_cause_is_said_once() {
        let error =
            anyhow::anyhow!("no such file").context("cannot read a.csv: no such file").context("figure `a`");
        assert_eq!(message(&error), "figure `a`: cannot read a.csv: no such file");
    }

    #[test]
    fn times_have_the_unit_that_suits_them() {
        assert_eq!(
            [0.04, 59.96, 100.0, 3_725.4, 36_000.0].map(duration),
            ["0.0 s", "60.0 s", "1 min 40 s", "62 min 05 s", "10 h 00 min"]
        );
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (unix, text) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (951_868_800, "2000-03-01 00:00 UTC"),
            (1_735_689_599, "2024-12-31 23:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ] {
            assert_eq!(day_and_time(unix), text);
        }
    }
}
