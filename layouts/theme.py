"""What Mantine's own parts look like; colours, sizes and fonts live in the style sheets (assets/tokens.css)."""

from typing import Any

FONT = '"Inter Variable", system-ui, "Noto Sans", sans-serif'

# Okabe-Ito blue, from pale to deep: the one accent.
ACCENT = ["#eaf3f9", "#d2e5f1", "#a9cde4", "#7cb4d6", "#559fca", "#2f88ba", "#1a75a8", "#0f5c8c", "#0b4a72", "#073958"]

MANTINE: dict[str, Any] = {
    "fontFamily": FONT,
    "primaryColor": "accent",
    "primaryShade": {"light": 7, "dark": 4},
    "colors": {"accent": ACCENT},
    "defaultRadius": "md",
}

STATUSES = ("late", "watch", "fine", "unknown")
