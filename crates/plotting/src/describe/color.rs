//! Colours: a fixed cycle that colour-blind readers and grey-scale printers can tell apart, and
//! colour maps for heat maps.
//!
//! The cycle is the palette of Okabe and Ito, *Color universal design* (2008). `Viridis`
//! interpolates ten published samples of the map of Smith and van der Walt (2015), `Cividis` of
//! that of Nunez, Anderton and Renslow, PLoS ONE 13 (2018) e0199239; `Diverging` runs through the
//! cycle's blue and vermilion in the Oklab space (Ottosson, 2020), with the same lightness at equal
//! distance from its middle.

/// An opaque sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color {
    /// Red, 0 to 255.
    pub r: u8,
    /// Green, 0 to 255.
    pub g: u8,
    /// Blue, 0 to 255.
    pub b: u8,
}

impl Color {
    /// The colour with these sRGB components.
    pub const fn rgb(r: u8, g: u8, b: u8) -> Self {
        Self { r, g, b }
    }

    pub(crate) fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.r, self.g, self.b)
    }

    /// Perceived lightness in [0, 1] (the L of Oklab).
    pub fn lightness(self) -> f64 {
        to_oklab(self)[0]
    }

    /// The colour `t` of the way towards white, `t` in [0, 1].
    pub fn tint(self, t: f64) -> Self {
        mix(self, Self::rgb(255, 255, 255), t)
    }
}

/// The named colours of the cycle.
#[derive(Clone, Copy, Debug)]
pub struct Palette;

impl Palette {
    /// Blue, first of the cycle.
    pub const BLUE: Color = Color::rgb(0, 114, 178);
    /// Vermilion, second of the cycle.
    pub const VERMILION: Color = Color::rgb(213, 94, 0);
    /// Bluish green, third of the cycle.
    pub const GREEN: Color = Color::rgb(0, 158, 115);
    /// Reddish purple, fourth of the cycle.
    pub const PURPLE: Color = Color::rgb(204, 121, 167);
    /// Orange, fifth of the cycle.
    pub const ORANGE: Color = Color::rgb(230, 159, 0);
    /// Sky blue, sixth of the cycle.
    pub const SKY: Color = Color::rgb(86, 180, 233);
    /// Black: for limits and other references; not part of the cycle.
    pub const BLACK: Color = Color::rgb(0, 0, 0);
    /// Yellow: too light for lines on white; not part of the cycle.
    pub const YELLOW: Color = Color::rgb(240, 228, 66);
    /// A neutral grey: for what is context rather than result.
    pub const GREY: Color = Color::rgb(120, 120, 120);
    /// White.
    pub const WHITE: Color = Color::rgb(255, 255, 255);
    /// The order in which names without a colour of their own get one.
    pub const CYCLE: [Color; 6] =
        [Self::BLUE, Self::VERMILION, Self::GREEN, Self::PURPLE, Self::ORANGE, Self::SKY];
}

/// A map from [0, 1] to colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorMap {
    /// Sequential, dark blue to yellow, of even perceptual steps.
    #[default]
    Viridis,
    /// Sequential, dark blue to yellow, made to look alike to colour-blind readers.
    Cividis,
    /// Blue below the middle, white in the middle, vermilion above: for signed values.
    Diverging,
    /// Sequential, white to black.
    Greys,
}

impl ColorMap {
    /// The colour at `t`, which is clamped to [0, 1].
    pub fn at(self, t: f64) -> Color {
        let t = if t.is_nan() { 0.0 } else { t.clamp(0.0, 1.0) };
        match self {
            Self::Viridis => sample(&VIRIDIS, t),
            Self::Cividis => sample(&CIVIDIS, t),
            Self::Diverging => diverging(t),
            Self::Greys => mix(Palette::WHITE, Palette::BLACK, t),
        }
    }
}

const VIRIDIS: [u32; 10] =
    [0x440154, 0x482878, 0x3e4a89, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b, 0xfde725];
const CIVIDIS: [u32; 10] =
    [0x00204d, 0x00336f, 0x39486b, 0x575c6d, 0x707173, 0x8a8779, 0xa69d75, 0xc4b56c, 0xe4cf5b, 0xffea46];

fn sample(stops: &[u32; 10], t: f64) -> Color {
    let at = t * 9.0;
    let i = (at.floor() as usize).min(8);
    let stop = |k: usize| {
        let [_, r, g, b] = stops[k].to_be_bytes();
        Color::rgb(r, g, b)
    };
    mix(stop(i), stop(i + 1), at - i as f64)
}

/// Lightness falls from 0.98 in the middle to 0.32 at both ends; the chroma rises and falls again.
fn diverging(t: f64) -> Color {
    let s = 2.0 * t - 1.0;
    let d = s.abs();
    let chroma = 0.125 * (std::f64::consts::PI * d.powf(0.8) * 0.8).sin().max(0.0);
    let hue = if s < 0.0 { 245.0_f64 } else { 48.0 }.to_radians();
    from_oklab([0.98 - 0.66 * d.powf(1.15), chroma * hue.cos(), chroma * hue.sin()])
}

fn mix(a: Color, b: Color, t: f64) -> Color {
    let m = |p: u8, q: u8| (f64::from(p) + (f64::from(q) - f64::from(p)) * t).round().clamp(0.0, 255.0) as u8;
    Color::rgb(m(a.r, b.r), m(a.g, b.g), m(a.b, b.b))
}

fn to_oklab(c: Color) -> [f64; 3] {
    let linear = |v: u8| {
        let v = f64::from(v) / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    };
    let (r, g, b) = (linear(c.r), linear(c.g), linear(c.b));
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    [
        0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
        1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
        0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
    ]
}

fn from_oklab([l, a, b]: [f64; 3]) -> Color {
    let cube = |v: f64| v * v * v;
    let p = cube(l + 0.396_337_777_4 * a + 0.215_803_757_3 * b);
    let q = cube(l - 0.105_561_345_8 * a - 0.063_854_172_8 * b);
    let s = cube(l - 0.089_484_177_5 * a - 1.291_485_548_0 * b);
    let encode = |v: f64| {
        let v = if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
        (v * 255.0).round().clamp(0.0, 255.0) as u8
    };
    Color::rgb(
        encode(4.076_741_662_1 * p - 3.307_711_591_3 * q + 0.230_969_929_2 * s),
        encode(-1.268_438_004_6 * p + 2.609_757_401_1 * q - 0.341_319_396_5 * s),
        encode(-0.004_196_086_3 * p - 0.703_418_614_7 * q + 1.707_614_701_0 * s),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequential_maps_brighten_monotonically() {
        for map in [ColorMap::Viridis, ColorMap::Cividis] {
            let l: Vec<f64> = (0..=64).map(|i| map.at(f64::from(i) / 64.0).lightness()).collect();
            assert!(l.windows(2).all(|w| w[1] > w[0]), "{map:?} {l:?}");
        }
    }

    #[test]
    fn diverging_map_has_equal_lightness_on_both_sides_and_a_white_middle() {
        for i in 0..=32 {
            let d = f64::from(i) / 64.0;
            let (a, b) = (ColorMap::Diverging.at(0.5 - d), ColorMap::Diverging.at(0.5 + d));
            assert!((a.lightness() - b.lightness()).abs() < 0.03, "{d} {a:?} {b:?}");
        }
        assert!(ColorMap::Diverging.at(0.5).lightness() > 0.97);
    }

    #[test]
    fn oklab_round_trips() {
        for c in Palette::CYCLE {
            assert_eq!(from_oklab(to_oklab(c)), c);
        }
    }

    #[test]
    fn out_of_range_and_nan_are_clamped() {
        assert_eq!(ColorMap::Viridis.at(-3.0), ColorMap::Viridis.at(0.0));
        assert_eq!(ColorMap::Viridis.at(f64::NAN), ColorMap::Viridis.at(0.0));
        assert_eq!(ColorMap::Viridis.at(7.0), Color::rgb(0xfd, 0xe7, 0x25));
    }
}
