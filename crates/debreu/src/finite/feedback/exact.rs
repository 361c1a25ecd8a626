//! Small components, by dynamic programming over sets of items.

use super::part::Part;

impl Part {
    /// `f(S + x) = min f(S) + |{x < b : b in S}|`, over the sets `S` of items at the bottom.
    pub(super) fn best_order(&self) -> Vec<u32> {
        let n = self.items.len();
        let mut up = vec![0u32; n * n];
        self.edges.iter().for_each(|(e, _)| up[e.lower * n + e.upper] += 1);
        let mut best = vec![u32::MAX; 1 << n];
        let mut last = vec![0u8; 1 << n];
        best[0] = 0;
        for set in 0..1usize << n {
            for x in (0..n).filter(|x| set >> x & 1 == 0) {
                let wrong: u32 = (0..n).filter(|b| set >> b & 1 == 1).map(|b| up[x * n + b]).sum();
                let (next, cost) = (set | 1 << x, best[set] + wrong);
                if cost < best[next] {
                    best[next] = cost;
                    last[next] = x as u8;
                }
            }
        }
        let mut levels = vec![0u32; n];
        let mut set = (1usize << n) - 1;
        for level in (0..n).rev() {
            let x = last[set] as usize;
            levels[x] = level as u32;
            set &= !(1 << x);
        }
        levels
    }

    /// The same over blocks of tied items:
    /// `f(S + B) = min f(S) + |{x <= b or x < b : x in B, b in S}| + |{x < y in B}|`.
    pub(super) fn best_weak_order(&self) -> Vec<u32> {
        let n = self.items.len();
        let full = (1usize << n) - 1;
        let mut up = vec![0u32; n * n];
        let mut strict = vec![0u32; n * n];
        for (e, _) in &self.edges {
            up[e.lower * n + e.upper] += 1;
            strict[e.lower * n + e.upper] += u32::from(e.strict);
        }
        // leaving[x][S]: comparisons that put x at most at something in S; inside[B]: strict
        // comparisons within B.
        let mut leaving = vec![vec![0u32; 1 << n]; n];
        let mut inside = vec![0u32; 1 << n];
        for set in 1..=full {
            let b = set.trailing_zeros() as usize;
            let rest = set & (set - 1);
            for x in 0..n {
                leaving[x][set] = leaving[x][rest] + up[x * n + b];
            }
            let within = (0..n).filter(|y| rest >> y & 1 == 1);
            inside[set] = inside[rest] + within.map(|y| strict[b * n + y] + strict[y * n + b]).sum::<u32>();
        }
        let mut best = vec![u32::MAX; 1 << n];
        let mut from = vec![0usize; 1 << n];
        best[0] = 0;
        for set in 0..full {
            let rest = full & !set;
            let mut block = rest;
            while block != 0 {
                let across: u32 = (0..n).filter(|x| block >> x & 1 == 1).map(|x| leaving[x][set]).sum();
                let cost = best[set] + across + inside[block];
                if cost < best[set | block] {
                    best[set | block] = cost;
                    from[set | block] = set;
                }
                block = (block - 1) & rest;
            }
        }
        let mut blocks = Vec::new();
        let mut set = full;
        while set != 0 {
            blocks.push(set & !from[set]);
            set = from[set];
        }
        let mut levels = vec![0u32; n];
        for (level, block) in blocks.iter().rev().enumerate() {
            (0..n).filter(|x| block >> x & 1 == 1).for_each(|x| levels[x] = level as u32);
        }
        levels
    }
}
