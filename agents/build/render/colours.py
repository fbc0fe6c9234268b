"""A theme's colours as CSS: light and dark, each text readable on what is behind it. Pure.

Contrast is WCAG's: 1 to 21; text gets at least `READABLE`, what outlines a control `VISIBLE`.
"""

from __future__ import annotations

from contracts.model import Theme

READABLE, VISIBLE = 4.5, 3.0
_INK, _BLACK, _WHITE = (17, 24, 39), (0, 0, 0), (255, 255, 255)
_NIGHT = (15, 18, 25)
_RED, _GREEN = (220, 38, 38), (22, 128, 61)
_DARK_BELOW = 0.1
_STEPS = 40
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
    """Ink or white, whichever reads better on the colour; black where neither does."""
    best = max((_INK, _WHITE), key=lambda text: contrast(text, colour))
    return best if contrast(best, colour) >= READABLE else _BLACK


def shade(colour: Rgb, towards: Rgb, share: float, *, under: Rgb) -> Rgb:
    """`mix`, but less of it where the text `under` would not be readable any more."""
    for step in range(_STEPS):
        candidate = mix(colour, towards, share * (1 - step / _STEPS))
        if contrast(under, candidate) >= READABLE:
            return candidate
    return colour


def readable(colour: Rgb, *behind: Rgb, least: float = READABLE) -> Rgb:
    """The colour, moved towards black or white just as far as all backgrounds need."""
    extreme = _WHITE if on(behind[0]) == _WHITE else _BLACK
    for step in range(_STEPS + 1):
        candidate = mix(colour, extreme, step / _STEPS)
        if all(contrast(candidate, each) >= least for each in behind):
            return candidate
    return extreme


def is_dark(colour: Rgb) -> bool:
    """Whether a page of this colour has dark cards too; those between have light ones."""
    return luminance(colour) < _DARK_BELOW


def stylesheet(theme: Theme) -> str:
    """`src/theme.css`: the theme's own colours and a variant of the other scheme.

    The idea's own colours are what a first visitor sees, unless they are light and the
    visitor's system is dark. `data-theme` on the root element is the visitor's choice.
    """
    own, other = schemes(theme)
    dark = own["scheme"] == "dark"
    text = f"/* Made from the background {theme.background} and the colour {theme.primary}. */\n"
    text += _rule(":root", own, "")
    chosen = ':root[data-theme="' + other["scheme"] + '"]'
    text += f"\n{_rule(chosen, other, '')}"
    if not dark:
        rule = _rule(':root:not([data-theme="light"])', other, "  ").rstrip()
        text += f"\n@media (prefers-color-scheme: dark) {{\n{rule}\n}}\n"
    return text


def schemes(theme: Theme) -> tuple[dict[str, str], dict[str, str]]:
    """The variables of the theme's own scheme, and of the other one."""
    background, primary = parse(theme.background), parse(theme.primary)
    own = _scheme(background, primary)
    base = mix(_WHITE, background, 0.05) if is_dark(background) else mix(_NIGHT, primary, 0.04)
    surface = _surface(base, on(base))
    return own, _scheme(base, readable(primary, surface, base, least=VISIBLE))


def _surface(background: Rgb, text: Rgb) -> Rgb:
    if is_dark(background):
        return shade(background, _WHITE, 0.07, under=text)
    return mix(background, _WHITE, 0.85)


def _scheme(background: Rgb, primary: Rgb) -> dict[str, str]:
    dark = is_dark(background)
    page_text = on(background)
    hero = shade(background, primary, 0.12, under=page_text)
    surface = _surface(background, page_text)
    text = on(surface)
    tint = shade(surface, primary, 0.14, under=text)
    hover = shade(surface, text, 0.05, under=text)
    sunken = shade(surface, background if not dark else _BLACK, 0.45, under=text)
    control = mix(surface, _BLACK, 0.25) if dark else mix(surface, _WHITE, 0.6)
    danger, good = readable(_RED, surface), readable(_GREEN, surface)
    danger_tint = shade(surface, _RED, 0.12, under=text)
    good_tint = shade(surface, _GREEN, 0.12, under=text)
    surfaces, pages = (surface, tint, hover, sunken, control), (background, hero)
    colours = {
        "background": background,
        "hero": hero,
        "surface": surface,
        "sunken": sunken,
        "primary": primary,
        "primary-hover": mix(primary, _BLACK if on(primary) == _WHITE else _WHITE, 0.14),
        "on-primary": on(primary),
        "primary-line": _outline(primary, *surfaces),
        "text": page_text,
        "text-on-surface": text,
        "muted": readable(mix(page_text, background, 0.35), *pages),
        "muted-on-surface": readable(mix(text, surface, 0.35), *surfaces),
        "link": readable(primary, *pages),
        "link-on-surface": readable(primary, *surfaces),
        "focus": _outline(primary, *surfaces),
        "focus-on-page": _outline(primary, *pages),
        "tint": tint,
        "hover": hover,
        "line": mix(surface, text, 0.13),
        "page-line": mix(background, page_text, 0.16),
        "control": control,
        "control-line": _outline(mix(control, text, 0.4), *surfaces),
        "danger": danger,
        "on-danger": on(danger),
        "danger-tint": danger_tint,
        "danger-text": readable(_RED, surface, danger_tint, hover),
        "good-tint": good_tint,
        "good-text": readable(good, surface, good_tint, hover),
    }
    return {
        "scheme": "dark" if dark else "light",
        **{key: css(value) for key, value in colours.items()},
        **(_NIGHT_SHADOWS if dark else _DAY_SHADOWS),
    }


def _outline(colour: Rgb, *behind: Rgb) -> Rgb:
    return readable(colour, *behind, least=VISIBLE)


_DAY_SHADOWS = {
    "shadow": "0 1px 2px rgb(0 0 0 / 5%), 0 6px 20px rgb(0 0 0 / 5%)",
    "shadow-raised": "0 2px 4px rgb(0 0 0 / 6%), 0 14px 36px rgb(0 0 0 / 12%)",
}
_NIGHT_SHADOWS = {"shadow": "none", "shadow-raised": "0 14px 36px rgb(0 0 0 / 55%)"}


def _rule(selector: str, values: dict[str, str], indent: str) -> str:
    lines = "".join(f"{indent}  --{key}: {value};\n" for key, value in values.items())
    return f"{indent}{selector} {{\n{lines}{indent}}}\n"
