//! Characters that the embedded font lacks: from a font that is given, else a box, always said.
//! `data/strokes.py` made the font.
#![allow(clippy::unwrap_used, clippy::panic)]

use relata_plotting::{
    Chart, Figure, FigureWidth, FontError, Fonts, HeatMap, Rendered, Series, SvgText, TextParams,
};
use std::path::{Path, PathBuf};

fn strokes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/strokes.ttf")
}

fn given(svg: SvgText) -> TextParams {
    TextParams { fonts: Fonts::embedded().with_file(strokes()).unwrap(), svg }
}

fn labelled(label: &str) -> Figure {
    let line = Chart::new().title(label).line(Series::new(label, &[0.0, 1.0], &[0.0, 1.0]));
    let map = Chart::new().heatmap(HeatMap::new(&[1.0, 2.0], 1, 2).x_labels([label, "b"]));
    Figure::new(FigureWidth::Single).name("labels").grid(2, 1).panels([line, map])
}

#[test]
fn a_given_font_draws_what_the_embedded_one_lacks() {
    // Chinese, Korean, Thai with a vowel above, Devanagari, full width, all beside Latin letters.
    for label in ["日本", "한 b", "กั", "क", "ＡA", "a_{日}^{本}"] {
        let drawn = labelled(label).render_with(&given(SvgText::Outlines)).unwrap();
        assert_eq!(drawn.boxes, Vec::<char>::new(), "{label}");
        let [font] = drawn.fonts.as_slice() else { panic!("{label}: {:?}", drawn.fonts) };
        assert_eq!((font.family.as_str(), &font.path), ("Strokes", &strokes()));
        assert!(!drawn.svg.contains("<text"));
        assert_eq!(drawn, labelled(label).render_with(&given(SvgText::Outlines)).unwrap());
        let boxed = labelled(label).render().unwrap();
        assert_ne!(boxed.png, drawn.png, "{label}");
        assert_ne!(boxed.svg, drawn.svg, "{label}");
    }
}

#[test]
fn without_a_font_there_is_a_box_to_see() {
    let Rendered { boxes, fonts, png, .. } = labelled("日本").render().unwrap();
    assert_eq!((boxes, fonts.len()), (vec!['日', '本'], 0));
    assert_ne!(png, labelled("\u{3000}").render().unwrap().png);
    assert_ne!(png, labelled("日").render().unwrap().png);
    let plain = labelled("plain").render_with(&given(SvgText::Outlines)).unwrap();
    assert_eq!(plain, labelled("plain").render().unwrap(), "a font that is not needed changes nothing");
}

#[test]
fn text_in_svg_can_stay_text() {
    let drawn = labelled("日本 & <b>").render_with(&given(SvgText::Text)).unwrap();
    assert!(drawn.svg.contains("日本") && drawn.svg.contains("'Strokes'"), "{}", drawn.svg);
    assert!(drawn.svg.contains("&amp; &lt;b&gt;"));
    // The other formats are the same whatever SVG holds.
    let outlined = labelled("日本 & <b>").render_with(&given(SvgText::Outlines)).unwrap();
    assert_eq!((drawn.pdf, drawn.png), (outlined.pdf, outlined.png));
}

#[test]
fn what_is_not_a_font_is_refused() {
    let nowhere = Fonts::embedded().with_file("nowhere.ttf").unwrap_err();
    assert!(matches!(&nowhere, FontError::Io { path, .. } if path.ends_with("nowhere.ttf")), "{nowhere}");
    let script = strokes().with_extension("py");
    let other = Fonts::embedded().with_file(&script).unwrap_err();
    assert!(matches!(&other, FontError::Format { path } if *path == script), "{other}");
}
