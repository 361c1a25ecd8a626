//! What to drop: components solved one by one, and levels for all items.

use super::part::{Edge, Part};
use crate::finite::comparisons::{Comparisons, Strength};
use std::collections::BTreeMap;

/// What to drop, and how good that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The places of the dropped comparisons, in increasing order. The others are consistent.
    pub places: Vec<usize>,
    /// No set with fewer comparisons does. Where this equals the number dropped, the answer is the
    /// minimum.
    pub lower_bound: usize,
    /// Levels that agree with every comparison that is kept, and contradict every one that is
    /// dropped.
    pub levels: Vec<u32>,
}

impl Dropped {
    /// Whether no smaller set of comparisons would do.
    #[must_use]
    pub fn is_minimum(&self) -> bool {
        self.places.len() == self.lower_bound
    }
}

/// A smallest set of comparisons whose removal leaves consistent data, or a small one with a lower
/// bound where components are large.
///
/// ```
/// use relata_debreu::finite::{Comparisons, drop_fewest};
/// let mut c = Comparisons::new(3)?;
/// for (a, b) in [(0, 1), (1, 2), (2, 0), (0, 1)] {
///     c.strict(a, b)?;
/// }
/// let d = drop_fewest(&c);
/// assert!(d.is_minimum() && d.places.len() == 1);
/// assert!(c.without(&d.places).utility().is_ok());
/// # Ok::<(), relata_debreu::finite::ComparisonsError>(())
/// ```
///
/// Complexity: `O(2^20 * 20)` or `O(3^13 * 13)` per small component; large ones need a few passes of
/// `O(m log m)` for the levels and a few breadth-first searches for each comparison dropped.
#[must_use]
pub fn drop_fewest(c: &Comparisons) -> Dropped {
    let graph = c.graph();
    let components = graph.components();
    let base = graph.levels(&components);
    let mut parts: Vec<Part> = Vec::new();
    let mut part_of = vec![usize::MAX; components.count];
    let mut local = vec![0usize; c.items()];
    let mut sizes = vec![0usize; components.count];
    components.of.iter().for_each(|&k| sizes[k as usize] += 1);
    for (item, &k) in components.of.iter().enumerate() {
        let k = k as usize;
        if sizes[k] == 1 {
            continue;
        }
        if part_of[k] == usize::MAX {
            part_of[k] = parts.len();
            parts.push(Part::default());
        }
        local[item] = parts[part_of[k]].items.len();
        parts[part_of[k]].items.push(item);
    }
    let mut loops = Vec::new();
    for (place, e) in c.iter().enumerate() {
        let k = components.of[e.lower] as usize;
        if e.lower == e.upper {
            if e.strength == Strength::Strict {
                loops.push(place); // x < x can only be dropped
            }
        } else if k == components.of[e.upper] as usize {
            let edge =
                Edge { lower: local[e.lower], upper: local[e.upper], strict: e.strength == Strength::Strict };
            parts[part_of[k]].edges.push((edge, place));
        }
    }
    // Component by component in topological order, each at its own stretch of levels.
    let mut inner = vec![0u32; c.items()];
    let mut height = vec![1u64; components.count];
    let mut lower_bound = loops.len();
    for part in &parts {
        let solved = part.solve();
        lower_bound += solved.lower_bound;
        let k = components.of[part.items[0]] as usize;
        height[k] = solved.levels.iter().max().map_or(1, |&m| u64::from(m) + 1);
        part.items.iter().zip(&solved.levels).for_each(|(&item, &l)| inner[item] = l);
    }
    let mut stretch: BTreeMap<u32, u64> = BTreeMap::new();
    base.iter().zip(&height).for_each(|(&l, &h)| {
        let tallest = stretch.entry(l).or_insert(1);
        *tallest = (*tallest).max(h);
    });
    let mut offset = 0u64;
    stretch.values_mut().for_each(|h| offset += std::mem::replace(h, offset));
    let level_of = |item: usize| {
        let below = stretch.get(&base[components.of[item] as usize]).copied().unwrap_or(0);
        (below + u64::from(inner[item])) as u32
    };
    let levels: Vec<u32> = (0..c.items()).map(level_of).collect();
    Dropped { places: c.contradicted_by(&levels), lower_bound, levels }
}
