"""Ids of everything a callback names, one constant a part.

None is the name of an indicator: those are the anchors of the page of definitions.
"""

# Shell: on every page
BOARD = "board"
FRAME = "frame"
LINK = "link"
STATE = "state"
WORDS = "words"
REGISTRY = "registry"
HISTORY = "history"
REFRESH = "refresh"
HEADER = "header"
BANNER = "banner"
FOOTER = "footer"
EMPTY = "empty"
PAUSE = "pause"
THEME = "theme"
LANGUAGE = "language"

# Account and notes
ACCOUNT = "account"
NOTES = "notes"
SIGN_IN_FAILED = "sign-in-failed"
SIGN_OUT = "sign-out"
SIGNED_IN = "signed-in"

# Overview
TILES = "tiles"
SCOPE = "scope"
MAP = "map-tiles"
LEGEND = "legend"
ATTENTION = "attention-list"
HOURS = "hours-chart"
HEATMAP = "heatmap-table"

# Data sources
FRAME_VERSION = "frame-version"
SOURCES = "sources"
FEEDS = "feeds"
LOADS = "loads"
QUARANTINE = "quarantine"
REASONS = "reasons"
REPLAY = "replay"
SENDERS = "senders"

# Definitions
DEFINITIONS = "definitions"
DEFINITION_CARDS = "definition-cards"
DEFINITION_SEARCH = "definition-search"
DEFINITIONS_FOUND = "definitions-found"

# Filter bar
FILTERS = "filters"

# Late dossiers
LATENESS = "lateness"
LATENESS_TOLD = "lateness-told"
LATE_SUMS = "late-sums"
LATE_FIELDS = "late-fields"
LATE_WEEKS = "late-weeks"
LATE_HOLDERS = "late-holders"
LATE_AGES = "late-ages"
LATE_PROCEDURES = "late-procedures"
LATE_CLOCKS = "late-clocks"

# Who made it late
ATTRIBUTION = "attribution"
ATTRIBUTION_SUMS = "blame-sums"
ATTRIBUTION_STOPS = "blame-stops"
ATTRIBUTION_LEDGER = "blame-ledger"

# Letters of apology
LETTERS = "letters"
LETTERS_SUMS = "letter-sums"
LETTERS_UNITS = "letter-units"
LETTERS_CASES = "letter-cases"
LETTERS_RULES = "letter-rules"

# One dossier
DOSSIER = "dossier"

# Case list
CASES = "cases"

# Results within the day
SAME_DAY = "same-day"
SAME_DAY_PAST = "same-day-past"

# Satisfaction
CONTENT = "content"
CONTENT_PAST = "content-past"

# Hotline
CALLS = "calls"
CALLS_NOW = "calls-now"
CALLS_PAST = "calls-past"
CALLS_LISTED = "calls-listed"
CALLS_LIST = "calls-list"
CALLS_SCOPE = "calls-scope"
