//! What can be done with a figure that somebody else described: another width, other words, another
//! figure's data over it, and a description in words.

use crate::describe::figure::{Figure, FigureWidth};
use crate::describe::marks::{Dash, Mark, Series};
use crate::text::markup;

/// A panel that is narrower than this, in points, has no room for its axis titles and ticks.
const LEAST_PANEL: f64 = 115.0;

impl Figure {
    /// The same figure at another width: as many panels side by side as have room there, and the
    /// same proportions.
    #[must_use]
    pub fn at_width(self, width: FigureWidth) -> Self {
        let (rows, columns) = self.grid_size();
        let room = ((width.points() / LEAST_PANEL) as usize).max(1);
        let one_each = self.panels.iter().all(|p| p.span == (1, 1));
        let (old, new) = (self.width.points(), width.points());
        if columns > room && one_each {
            // Weights and heights were for the old grid.
            let grid = Some((self.panels.len().div_ceil(room), room));
            return Self { width, grid, height: None, row_heights: vec![], column_widths: vec![], ..self };
        }
        Self { width, grid: Some((rows, columns)), height: self.height.map(|h| h * new / old), ..self }
    }

    /// The same figure in other words: the title of every horizontal axis where `old` is `x`, of every
    /// vertical one where it is `y`, and elsewhere each title, name or note that reads `old`.
    #[must_use]
    pub fn relabelled(mut self, old: &str, new: &str) -> Self {
        let replace = |text: &mut String| {
            if text == old {
                new.clone_into(text);
            }
        };
        let axis = |title: &mut String, key: &str| {
            if old == key && !title.is_empty() {
                new.clone_into(title);
            }
            replace(title);
        };
        axis(&mut self.x_title, "x");
        axis(&mut self.y_title, "y");
        for panel in &mut self.panels {
            replace(&mut panel.title);
            axis(&mut panel.x.title, "x");
            axis(&mut panel.y.title, "y");
            panel.marks.iter_mut().flat_map(texts).for_each(replace);
        }
        self
    }

    /// This figure with the data of another one of the same panels over it: `names` say which is
    /// which, and what the other has is dashed. None where a panel is of a kind that cannot lie over
    /// another (bars, boxes, heat maps), or the panels do not match.
    #[must_use]
    pub fn overlaid(mut self, other: Self, names: [&str; 2]) -> Option<Self> {
        if self.panels.len() != other.panels.len() {
            return None;
        }
        for (panel, over) in self.panels.iter_mut().zip(other.panels) {
            let mut all = panel.marks.iter().chain(&over.marks);
            if all.any(|m| matches!(m, Mark::Bars(_) | Mark::Boxes(_) | Mark::HeatMap(_))) {
                return None;
            }
            panel.marks.iter_mut().filter_map(series).for_each(|s| qualify(s, names[0]));
            // Notes and reference lines of both would lie on each other.
            for mut mark in over.marks {
                if let Some(s) = series(&mut mark) {
                    qualify(s, names[1]);
                    s.dash = Some(Dash::Dashed);
                    panel.marks.push(mark);
                }
            }
        }
        Some(self)
    }

    /// What the figure shows, in words: for captions, and for those who do not see it.
    ///
    /// ```
    /// use relata_plotting::{Axis, Chart, Figure, FigureWidth, Series};
    /// let line = Series::new("network", &[1.0, 2.0], &[0.5, 0.1]);
    /// let panel = Chart::new().x(Axis::log2("rank d")).y(Axis::log("relative L_{2} error")).line(line);
    /// let figure = Figure::new(FigureWidth::Single).panel(panel);
    /// assert_eq!(figure.description(), "relative L2 error against rank d: network.");
    /// ```
    #[must_use]
    pub fn description(&self) -> String {
        let mut parts: Vec<(String, Vec<String>)> = Vec::new();
        let mut names: Vec<String> = Vec::new();
        for panel in &self.panels {
            let or = |own: &str, common: &str| plain(if own.is_empty() { common } else { own });
            let (x, y) = (or(&panel.x.title, &self.x_title), or(&panel.y.title, &self.y_title));
            let what = match (y.is_empty(), x.is_empty()) {
                (false, false) => format!("{y} against {x}"),
                (true, false) => x,
                _ => y,
            };
            let title = plain(&panel.title);
            match parts.iter_mut().find(|(w, _)| *w == what) {
                Some((_, titles)) => titles.push(title),
                None => parts.push((what, vec![title])),
            }
            for mark in &panel.marks {
                let named = match mark {
                    Mark::Line(s) | Mark::Scatter(s) | Mark::Step(s, _) => vec![&s.name],
                    Mark::Bars(b) => b.series.iter().map(|s| &s.name).collect(),
                    Mark::Boxes(b) => b.series.iter().map(|s| &s.name).collect(),
                    _ => vec![],
                };
                for name in named.into_iter().map(|n| plain(n)).filter(|n| !n.is_empty()) {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
            }
        }
        let part = |(what, titles): (String, Vec<String>)| {
            let titles: Vec<String> = titles.into_iter().filter(|t| !t.is_empty()).collect();
            match (what.is_empty(), titles.is_empty()) {
                (_, true) => what,
                (true, false) => titles.join(", "),
                (false, false) => format!("{what} ({})", titles.join(", ")),
            }
        };
        let parts: Vec<String> = parts.into_iter().map(part).filter(|p| !p.is_empty()).collect();
        let names = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
        format!("{}{names}.", parts.join("; "))
    }
}

/// A text without its markup.
fn plain(text: &str) -> String {
    let runs = markup::parse(text);
    runs.iter().map(|run| run.text.as_str()).collect::<String>().trim().to_owned()
}

fn qualify(series: &mut Series, which: &str) {
    if !series.name.is_empty() {
        series.name = format!("{} ({which})", series.name);
    }
}

fn series(mark: &mut Mark) -> Option<&mut Series> {
    match mark {
        Mark::Line(s) | Mark::Scatter(s) | Mark::Step(s, _) => Some(s),
        _ => None,
    }
}

/// The words of a mark.
fn texts(mark: &mut Mark) -> Vec<&mut String> {
    match mark {
        Mark::Line(s) | Mark::Scatter(s) | Mark::Step(s, _) => vec![&mut s.name],
        Mark::Band(b) => vec![&mut b.name],
        Mark::Bars(b) => b.series.iter_mut().map(|s| &mut s.name).collect(),
        Mark::Boxes(b) => b.series.iter_mut().map(|s| &mut s.name).collect(),
        Mark::HeatMap(_) => vec![],
        Mark::Note(n) => vec![&mut n.text],
        Mark::Reference(r) => vec![&mut r.label],
        Mark::Slope(s) => vec![&mut s.label],
    }
}

#[cfg(test)]
mod tests {
    use crate::{Axis, Bars, Chart, Figure, FigureWidth, Series};

    fn figure(name: &str) -> Figure {
        let panel = |title: &str| {
            Chart::new().title(title).x(Axis::linear("rank d")).y(Axis::linear("error")).line(Series::new(
                name,
                &[1.0, 2.0],
                &[2.0, 1.0],
            ))
        };
        Figure::new(FigureWidth::Double).panels(["a", "b", "c", "d"].map(panel))
    }

    #[test]
    fn a_narrow_figure_has_fewer_columns_and_the_same_panels() {
        let narrow = figure("s").at_width(FigureWidth::Single);
        assert_eq!(narrow.grid_size(), (2, 2));
        assert_eq!(figure("s").at_width(FigureWidth::Points(120.0)).grid_size(), (4, 1));
        assert_eq!(figure("s").at_width(FigureWidth::Double).grid_size(), figure("s").grid_size());
        let svg = narrow.render().unwrap().svg;
        assert!(svg.contains("width=\"312\""), "{}", &svg[..200]);
    }

    #[test]
    fn words_are_replaced_where_they_stand() {
        let other = figure("network").relabelled("x", "Rank").relabelled("network", "ours");
        assert_eq!(other.description(), "error against Rank (a, b, c, d): ours.");
        assert_eq!(
            figure("network").relabelled("nothing", "x").description(),
            figure("network").description()
        );
    }

    #[test]
    fn figures_lie_over_each_other_or_say_that_they_cannot() {
        let both = figure("s").overlaid(figure("s"), ["A", "B"]).unwrap();
        assert!(both.description().ends_with(": s (A), s (B)."), "{}", both.description());
        both.render().unwrap();
        let fewer = Figure::new(FigureWidth::Single).panel(Chart::new());
        assert!(figure("s").overlaid(fewer, ["A", "B"]).is_none());
        let bars = || Figure::new(FigureWidth::Single).panel(Chart::new().bars(Bars::grouped(["p", "q"])));
        assert!(bars().overlaid(bars(), ["A", "B"]).is_none());
    }
}
