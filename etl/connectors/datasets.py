"""What each dataset consists of: its columns, which of them it needs, and the values that they take."""

_OBSERVATION = ("indicator", "period", "unit", "value", "status")

CANONICAL: dict[str, tuple[str, ...]] = {
    "dossiers": (
        "code",
        "procedure",
        "unit",
        "channel",
        "submitted_at",
        "accepted_at",
        "due_at",
        "finished_at",
        "returned_at",
        "stopped_at",
        "status",
        "changed_at",
        "asked_at",
    ),
    "steps": ("code", "dossier", "agency", "department", "started_at", "due_at", "finished_at", "status", "changed_at"),
    "ratings": ("dossier", "stage", "score", "rated_at"),
    "tickets": (
        "code",
        "opened_at",
        "due_at",
        "first_answer_at",
        "closed_at",
        "reopened_at",
        "unit",
        "category",
        "channel",
        "status",
        "changed_at",
    ),
    "observations": _OBSERVATION,
    "targets": _OBSERVATION,
    "letters": ("code", "dossier", "sent_at", "new_due_at", "signer", "reviewed_at", "changed_at"),
}

# Of each group at least one column must be mapped.
REQUIRED: dict[str, tuple[tuple[str, ...], ...]] = {
    "dossiers": (("code",), ("unit",), ("accepted_at", "submitted_at")),
    "steps": (("dossier",),),
    "ratings": (("dossier",), ("score",)),
    "tickets": (("code",), ("opened_at",), ("unit",)),
    "observations": (("indicator",), ("period",), ("unit",), ("value",)),
    "targets": (("indicator",), ("period",), ("unit",), ("value",)),
    "letters": (("dossier",), ("code",), ("sent_at",)),
}

# The national portal's ten statuses; observations are provisional, revised, estimated or final.
_STATUSES = tuple(str(number) for number in range(1, 11))
_MARKS = ("p", "r", "e", "f")

VOCABULARY: dict[tuple[str, str], tuple[str, ...]] = {
    ("dossiers", "channel"): ("online_full", "online_partial", "counter", "post"),
    ("dossiers", "status"): _STATUSES,
    ("steps", "status"): _STATUSES,
    ("observations", "status"): _MARKS,
    ("targets", "status"): _MARKS,
}

# Columns that name a row of the registry, so that [unknown] may speak of them.
PLACED: dict[str, tuple[str, ...]] = {
    "dossiers": ("unit", "procedure"),
    "steps": (),
    "ratings": (),
    "tickets": ("unit", "category"),
    "observations": ("unit",),
    "targets": ("unit",),
    "letters": (),
}
UNKNOWN = ("refuse", "keep", "create")
