//! How much memory a run took, where the system says so.

/// Begins to measure anew: the peak of an earlier pipeline in this process is not this one's.
pub(super) fn forget_peak() {
    // What Linux understands as "the peak is what there is now"; elsewhere there is no such file.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most that this process has held at a time since then, in bytes.
pub(super) fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(1024 * kibibytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_touched_is_counted() {
        let Some(before) = peak() else { return };
        const HELD: usize = 96 << 20;
        let held = vec![1_u8; HELD];
        let after = peak().unwrap();
        assert!(after >= HELD as u64 && held.iter().all(|b| *b == 1), "{before}, {after}");
    }
}
