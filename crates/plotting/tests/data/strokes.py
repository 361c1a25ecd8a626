"""Writes strokes.ttf: a font of a few characters that the embedded font lacks, each a pattern of bars of our own.

    pip install fonttools
    python crates/plotting/tests/data/strokes.py
"""

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

CHARACTERS = "日本한ก\u0e31कＡ"


def bars(pattern):
    pen = TTGlyphPen(None)
    for k in range(5):
        if pattern >> k & 1:
            left, right, low = 80, 920, 40 + 160 * k
            pen.moveTo((left, low))
            for corner in [(left, low + 100), (right, low + 100), (right, low)]:
                pen.lineTo(corner)
            pen.closePath()
    return pen.glyph()


names = [".notdef"] + [f"u{ord(c):04X}" for c in CHARACTERS]
font = FontBuilder(1000, isTTF=True)
font.setupGlyphOrder(names)
font.setupCharacterMap({ord(c): n for c, n in zip(CHARACTERS, names[1:])})
font.setupGlyf({n: bars(k + 3) for k, n in enumerate(names)})
font.setupHorizontalMetrics({n: (1000, 80) for n in names})
font.setupHorizontalHeader(ascent=880, descent=-120)
font.setupNameTable({"familyName": "Strokes", "styleName": "Regular"})
font.setupOS2()
font.setupPost()
font.font["head"].created = font.font["head"].modified = 0
font.font.recalcTimestamp = False
font.save(Path(__file__).with_name("strokes.ttf"))
