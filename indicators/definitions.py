"""What every number on the screens means, in the order in which the page of definitions shows it."""

from dataclasses import asdict
from typing import Any

from indicators.attribution_definitions import ATTRIBUTION
from indicators.campaign_definitions import CAMPAIGN
from indicators.definition import Definition
from indicators.dossier_definitions import DOSSIERS
from indicators.hotline_definitions import HOTLINE
from indicators.lateness_definitions import LATENESS
from indicators.satisfaction_definitions import SATISFIED
from indicators.screen_definitions import SCREENS, TARGETS
from indicators.service_definitions import LETTERS, SATISFACTION, TICKETS

DEFINITIONS: tuple[Definition, ...] = (
    *(*DOSSIERS, *LATENESS, *ATTRIBUTION, *SATISFACTION, *SATISFIED, *LETTERS, *TICKETS, *HOTLINE, *CAMPAIGN),
    *(*TARGETS, *SCREENS),
)
BY_NAME: dict[str, Definition] = {definition.name: definition for definition in DEFINITIONS}


def table() -> list[dict[str, Any]]:
    """Return the definitions as rows for pages and the API; queries as {"file", "name"}.

    >>> table()[0]["name"], table()[0]["queries"][0]
    ('dossiers_open', {'file': 'recount', 'name': 'dossiers'})
    """
    return [
        asdict(definition) | {"queries": [{"file": file, "name": name} for file, name in definition.queries]}
        for definition in DEFINITIONS
    ]
