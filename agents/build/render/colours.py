"""A theme's colours as CSS: light and dark, each text readable on what is behind it. Pure.

Contrast is WCAG's: 1 to 21; text gets at least `READABLE`.
"""

from __future__ import annotations

from contracts.model import Theme

READABLE = 4.5
_BLACK, _WHITE = (17, 24, 39), (255, 255, 255)
_NIGHT = (15, 18, 25)
_DARK_BELOW = 0.18
Rgb = tuple[int, int, int]


def parse(colour: str) -> Rgb:
    """`#rrggbb` as three numbers 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def css(colour: Rgb) -> str:
    """Three numbers as `#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def luminance(colour: Rgb) -> float:
    """WCAG's relative luminance, 0 to 1."""
    parts = [value / 255 for value in colour]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004
        for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    """How far two colours are apart, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """A colour between two: `share` 0 is the first, 1 the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def on(colour: Rgb) -> Rgb:
    """Near-black or white, whichever reads better on the colour."""
    return max((_BLACK, _WHITE), key=lambda text: contrast(text, colour))


def readable(colour: Rgb, *behind: Rgb) -> Rgb:
    """The colour, moved towards black or white just as far as all backgrounds need."""
    goal = on(behind[0])
    extreme = (0, 0, 0) if goal == _BLACK else _WHITE
    for step in range(21):
        candidate = mix(colour, extreme, step / 20)
        if all(contrast(candidate, each) >= READABLE for each in behind):
            return candidate
    return extreme


def is_dark(colour: Rgb) -> bool:
    """Whether white text reads better on it than on white it would."""
    return luminance(colour) < _DARK_BELOW


def stylesheet(theme: Theme) -> str:
    """`src/theme.css`: the theme's own colours, and a dark variant when they are light."""
    background, primary = parse(theme.background), parse(theme.primary)
    own = _scheme(background, primary)
    text = f"/* Made from the background {theme.background} and the colour {theme.primary}. */\n"
    text += _rule(own, "")
    if not is_dark(background):
        night = _scheme(mix(_NIGHT, background, 0.04), primary)
        text += f"\n@media (prefers-color-scheme: dark) {{\n{_rule(night, '  ').rstrip()}\n}}\n"
    return text


def _scheme(background: Rgb, primary: Rgb) -> dict[str, str]:
    dark = is_dark(background)
    surface = mix(background, _WHITE, 0.07 if dark else 0.8)
    tint = mix(surface, primary, 0.14)
    hover = mix(surface, on(surface), 0.05)
    line = mix(surface, on(surface), 0.16)
    danger = (220, 38, 38)
    danger_tint = mix(surface, danger, 0.12)
    colours = {
        "background": background,
        "surface": surface,
        "primary": primary,
        "on-primary": on(primary),
        "text": on(background),
        "text-on-surface": on(surface),
        "muted": readable(mix(on(background), background, 0.35), background),
        "muted-on-surface": readable(mix(on(surface), surface, 0.35), surface, hover),
        "link": readable(primary, background),
        "link-on-surface": readable(primary, surface, tint, hover),
        "focus": readable(primary, surface),
        "tint": tint,
        "hover": hover,
        "line": line,
        "control": mix(surface, _WHITE, 0.6) if not dark else mix(surface, (0, 0, 0), 0.25),
        "control-line": mix(surface, on(surface), 0.45),
        "danger": readable(danger, surface),
        "on-danger": on(readable(danger, surface)),
        "danger-tint": danger_tint,
        "danger-text": readable(danger, surface, danger_tint),
    }
    return {
        "scheme": "dark" if dark else "light",
        **{key: css(value) for key, value in colours.items()},
        "shadow": "none" if dark else "0 1px 2px rgb(0 0 0 / 5%), 0 4px 16px rgb(0 0 0 / 4%)",
    }


def _rule(values: dict[str, str], indent: str) -> str:
    lines = "".join(f"{indent}  --{key}: {value};\n" for key, value in values.items())
    return f"{indent}:root {{\n{lines}{indent}}}\n"
