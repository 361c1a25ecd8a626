//! Figures on drawing areas of plotters: the same picture as from our own writer, on any backend.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::everything;
use plotters_backend::{
    BackendColor, BackendCoord as At, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};
use plotters_bitmap::BitMapBackend;
use plotters_svg::SVGBackend;
use proptest::prelude::*;
use relata_plotting::plotters::drawing::IntoDrawingArea;
use relata_plotting::{Corner, Figure, Legend, PlotError};

fn on_bitmap(f: &Figure, (w, h): (u32, u32), units: f64) -> Result<Vec<u8>, PlotError> {
    let mut pixels = vec![0; 3 * (w * h) as usize];
    f.draw_on(&BitMapBackend::with_buffer(&mut pixels, (w, h)).into_drawing_area(), units)?;
    Ok(pixels)
}

/// SVG at 300 dots per inch, by the library that draws our own.
fn rasterized(svg: &str, (w, h): (u32, u32)) -> Vec<u8> {
    let mut options = usvg::Options::default();
    for font in
        [dejavu::sans_condensed::regular(), dejavu::sans_condensed::bold(), dejavu::sans_condensed::oblique()]
    {
        options.fontdb_mut().load_font_data(font.to_vec());
    }
    let tree = usvg::Tree::from_str(svg, &options).unwrap();
    let mut map = resvg::tiny_skia::Pixmap::new(w, h).unwrap();
    map.fill(resvg::tiny_skia::Color::WHITE);
    let scale = w as f32 / tree.size().width();
    resvg::render(&tree, resvg::tiny_skia::Transform::from_scale(scale, scale), &mut map.as_mut());
    map.pixels().iter().flat_map(|p| [p.red(), p.green(), p.blue()]).collect()
}

/// Share of the pixels whose colour is not between those of the neighbours in the other picture:
/// smoothed edges may lie two pixels apart.
fn unlike(a: &[u8], b: &[u8], (w, h): (u32, u32)) -> f64 {
    let (w, h) = (w as usize, h as usize);
    let far = |x: usize, y: usize, c: usize| {
        let mut range = (u8::MAX, 0);
        for y in y.saturating_sub(2)..(y + 3).min(h) {
            for x in x.saturating_sub(2)..(x + 3).min(w) {
                let v = b[3 * (y * w + x) + c];
                range = (v.min(range.0), v.max(range.1));
            }
        }
        let v = a[3 * (y * w + x) + c];
        v.saturating_add(32) < range.0 || v > range.1.saturating_add(32)
    };
    let all = (0..h).flat_map(|y| (0..w).map(move |x| (x, y)));
    all.filter(|&(x, y)| (0..3).any(|c| far(x, y, c))).count() as f64 / (w * h) as f64
}

#[test]
fn plotters_svg_and_bitmap_show_what_our_own_writer_shows() {
    // Names that fit without a turn: areas of others turn text by right angles alone.
    let f = everything().height(360.0);
    let pixels = (2025, 1500);
    let ours = rasterized(&f.render().unwrap().svg, pixels);

    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (9720, 7200)).into_drawing_area();
        f.draw_on(&area, 20.0).unwrap();
        area.present().unwrap();
    }
    for words in ["measured", "target", "here", "rate λ\n", "\nL\n", "\n2\n", "value"] {
        assert!(svg.contains(words), "{words} is not in the SVG of plotters");
    }
    let theirs = rasterized(&svg, pixels);
    let bitmap = on_bitmap(&f, pixels, 300.0 / 72.0).unwrap();
    // What a missing title of one panel comes to.
    let mut blank = ours.clone();
    (60..110).for_each(|y| blank[3 * (y * 2025 + 400)..3 * (y * 2025 + 650)].fill(255));
    assert!(unlike(&ours, &blank, pixels) > 2e-4);
    for (whose, picture) in [("SVG", &theirs), ("bitmap", &bitmap)] {
        let (missing, extra) = (unlike(&ours, picture, pixels), unlike(picture, &ours, pixels));
        assert!(missing < 2e-4 && extra < 2e-4, "{whose}: {missing:e} missing, {extra:e} too much");
    }
    assert_eq!(bitmap, on_bitmap(&f, pixels, 300.0 / 72.0).unwrap());
}

#[test]
fn a_figure_keeps_to_its_part_of_an_area() {
    let mut pixels = vec![7; 3 * 900 * 600];
    {
        let root = BitMapBackend::with_buffer(&mut pixels, (900, 600)).into_drawing_area();
        let (_, right) = root.split_horizontally(400);
        everything().draw_on(&right, 1.2).unwrap();
    }
    let row = |y: usize| &pixels[3 * 900 * y..3 * 900 * (y + 1)];
    assert!((0..600).all(|y| row(y)[..1200].iter().all(|v| *v == 7)), "the left part is untouched");
    assert!((0..600).any(|y| row(y)[1200..].contains(&0)), "the right part has ink");
}

#[test]
fn an_area_that_is_too_small_is_told_which_would_do() {
    let f = everything();
    for (size, units) in
        [((80, 60), 1.0), ((5, 5), 1.0), ((3000, 300), 4.0), ((300, 3000), 4.0), ((1, 1), 1.0)]
    {
        let e = on_bitmap(&f, size, units).unwrap_err();
        let PlotError::AreaTooSmall { found, needed, cause } = &e else { panic!("{e}") };
        assert!(*found == size && matches!(**cause, PlotError::TooSmall { .. }));
        assert!(e.to_string().contains(&format!("{} x {}", needed.0, needed.1)), "{e}");
        assert!(on_bitmap(&f, *needed, units).is_ok(), "{e}");
        // And not much less: a twentieth.
        let less = (needed.0 - needed.0 / 20, needed.1 - needed.1 / 20);
        assert!(matches!(on_bitmap(&f, less, units), Err(PlotError::AreaTooSmall { .. })), "{e}");
    }
    for units in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(on_bitmap(&f, (500, 400), units), Err(PlotError::BadSize { .. })));
    }
}

/// Sees that all is on the page, and refuses after so many elements.
struct Witness {
    size: (u32, u32),
    left: usize,
}

type Drawn = Result<(), DrawingErrorKind<std::fmt::Error>>;

impl Witness {
    fn see(&mut self, points: &[At]) -> Drawn {
        let (w, h) = (self.size.0 as i32, self.size.1 as i32);
        for (x, y) in points {
            assert!((-60..=w + 60).contains(x) && (-60..=h + 60).contains(y), "({x}, {y}) is off {w} x {h}");
        }
        self.left = self.left.checked_sub(1).ok_or(DrawingErrorKind::DrawingError(std::fmt::Error))?;
        Ok(())
    }
}

impl DrawingBackend for Witness {
    type ErrorType = std::fmt::Error;
    fn get_size(&self) -> (u32, u32) {
        self.size
    }
    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }
    fn present(&mut self) -> Drawn {
        Ok(())
    }
    fn draw_pixel(&mut self, at: At, _: BackendColor) -> Drawn {
        self.see(&[at])
    }
    fn draw_rect<S: BackendStyle>(&mut self, a: At, b: At, _: &S, _: bool) -> Drawn {
        self.see(&[a, b])
    }
    fn draw_path<S: BackendStyle, I: IntoIterator<Item = At>>(&mut self, path: I, style: &S) -> Drawn {
        assert!(style.stroke_width() > 0);
        self.see(&path.into_iter().collect::<Vec<_>>())
    }
    fn draw_circle<S: BackendStyle>(&mut self, at: At, radius: u32, _: &S, _: bool) -> Drawn {
        assert!(radius > 0);
        self.see(&[at])
    }
    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = At>>(&mut self, path: I, _: &S) -> Drawn {
        self.see(&path.into_iter().collect::<Vec<_>>())
    }
    fn draw_text<S: BackendTextStyle>(&mut self, _: &str, _: &S, at: At) -> Drawn {
        self.see(&[at])
    }
}

#[test]
fn what_the_backend_says_is_passed_on() {
    let witness = Witness { size: (500, 400), left: 40 };
    let e = everything().draw_on(&witness.into_drawing_area(), 1.0).unwrap_err();
    assert!(matches!(&e, PlotError::Backend { figure, .. } if figure == "everything"), "{e}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_area_is_drawn_on_or_told_its_size(
        w in 1u32..1500, h in 1u32..1200, units in 0.5f64..4.0, legend in 0usize..4,
    ) {
        let legend = [Legend::Above, Legend::Right, Legend::Below, Legend::Inside(Corner::Best)][legend];
        let f = everything().legend(legend);
        let on = |size| {
            let witness = Witness { size, left: usize::MAX };
            f.draw_on(&witness.into_drawing_area(), units)
        };
        match on((w, h)) {
            Ok(()) => {}
            Err(PlotError::AreaTooSmall { needed, .. }) => prop_assert!(on(needed).is_ok(), "{needed:?}"),
            Err(e) => prop_assert!(false, "{e}"),
        }
    }
}
