//! What is compared with what.

use std::fmt;

/// One comparison: a name, and what has to be there for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowPlan {
    /// The name, `group/which`, that `--only` takes whole or up to the slash.
    pub name: &'static str,
    /// Who does the work.
    pub(crate) by: By,
}

/// Who does the work of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// A script beside a peer, with the file of pinned packages that it needs.
    Script { script: &'static str, packages: &'static str },
    /// One of ours alone: no peer has the quantity.
    Alone(Alone),
}

/// Rows without a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alone {
    /// Ten seeds of a training against one: hidden width, batch per side.
    Seeds(usize, usize),
    /// What a cell costs beside its work.
    CellOverhead,
    /// Starting a finished run again.
    SecondStart,
}

impl fmt::Display for RowPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

const fn script(name: &'static str, script: &'static str, packages: &'static str) -> RowPlan {
    RowPlan { name, by: By::Script { script, packages } }
}

const fn alone(name: &'static str, by: Alone) -> RowPlan {
    RowPlan { name, by: By::Alone(by) }
}

/// Every comparison, in the order in which it runs.
pub const ROWS: &[RowPlan] = &[
    script("training/64-256", "peers_training.py", "torch.txt"),
    script("training/128-1024", "peers_training.py", "torch.txt"),
    script("training/512-4096", "peers_training.py", "torch.txt"),
    script("fitting/brownian", "peers_fitting.py", "torch.txt"),
    script("fitting/smooth-order", "peers_fitting.py", "torch.txt"),
    script("fitting/gaussian-2d", "peers_fitting.py", "torch.txt"),
    script("fitting/gaussian-4d", "peers_fitting.py", "torch.txt"),
    script("fitting/gaussian-8d", "peers_fitting.py", "torch.txt"),
    script("decompositions/eigen-500", "peers_decompositions.py", "numpy.txt"),
    script("decompositions/eigen-1000", "peers_decompositions.py", "numpy.txt"),
    script("decompositions/eigen-2000", "peers_decompositions.py", "numpy.txt"),
    script("decompositions/svd-500", "peers_decompositions.py", "numpy.txt"),
    script("decompositions/svd-1000", "peers_decompositions.py", "numpy.txt"),
    script("decompositions/svd-2000", "peers_decompositions.py", "numpy.txt"),
    script("heads/numpy", "peers_heads.py", "numpy.txt"),
    script("heads/torch", "peers_heads.py", "torch.txt"),
    script("kernels/low-rank", "peers_kernels.py", "scikit-learn.txt"),
    script("kernels/product", "peers_kernels.py", "scikit-learn.txt"),
    script("kernels/ridge", "peers_kernels.py", "scikit-learn.txt"),
    script("kernels/growth", "peers_kernels.py", "scikit-learn.txt"),
    script("preferences/logit", "peers_preferences.py", "preferences.txt"),
    script("preferences/garp", "peers_preferences.py", "preferences.txt"),
    script("preferences/bradley-terry", "peers_preferences.py", "preferences.txt"),
    alone("seeds/16-64", Alone::Seeds(16, 64)),
    alone("seeds/32-128", Alone::Seeds(32, 128)),
    alone("seeds/64-128", Alone::Seeds(64, 128)),
    alone("seeds/64-256", Alone::Seeds(64, 256)),
    alone("cells/overhead", Alone::CellOverhead),
    alone("cells/second-start", Alone::SecondStart),
];

/// The rows of that name or group; all of them where nothing is named.
///
/// # Errors
/// A sentence that lists the groups, if there is no such row.
pub fn chosen(only: Option<&str>) -> Result<Vec<&'static RowPlan>, String> {
    let Some(only) = only else { return Ok(ROWS.iter().collect()) };
    let group = |name: &'static str| name.split('/').next().unwrap_or(name);
    let rows: Vec<_> = ROWS.iter().filter(|r| r.name == only || group(r.name) == only).collect();
    if rows.is_empty() {
        let mut groups: Vec<&str> = ROWS.iter().map(|r| group(r.name)).collect();
        groups.dedup();
        let names: Vec<&str> = ROWS.iter().filter(|r| r.name.contains(only)).map(|r| r.name).collect();
        let near = if names.is_empty() { String::new() } else { format!("; near it: {}", names.join(", ")) };
        let groups = groups.join(", ");
        return Err(format!("there is no comparison `{only}` (groups: {groups}){near}"));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn names_differ_and_scripts_and_packages_exist() {
        let names: BTreeSet<&str> = ROWS.iter().map(|r| r.name).collect();
        assert_eq!(names.len(), ROWS.len());
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        for row in ROWS {
            if let By::Script { script, packages } = row.by {
                let text = std::fs::read_to_string(here.join(script)).unwrap();
                assert!(text.contains(&format!("\"{}\"", row.name)), "{script} does not know {row}");
                let packages = std::fs::read_to_string(here.join("requirements").join(packages)).unwrap();
                assert!(packages.lines().all(|l| l.starts_with('#') || l.contains("==")), "{packages}");
            }
        }
    }

    #[test]
    fn rows_are_chosen_by_name_or_group_and_others_are_refused() {
        assert_eq!(chosen(None).unwrap().len(), ROWS.len());
        assert_eq!(chosen(Some("kernels/ridge")).unwrap().len(), 1);
        assert_eq!(chosen(Some("kernels")).unwrap().len(), 4);
        let why = chosen(Some("ridge")).unwrap_err();
        assert!(why.contains("kernels/ridge") && why.contains("decompositions"), "{why}");
        assert!(chosen(Some("")).is_err());
    }
}
