"""GeoReport v2 service requests: XML and JSON into the same records, and the times that the standard lacks."""

from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException, ElementTree

# Notes (an extension) that tell of the beginning of a request, not of an answer to it.
_BEGINNINGS = ("submitted", "opened", "created")
_LABELS = ("code", "name", "label", "key")


def from_xml(body: bytes) -> list[Any]:
    """Return the records of an answer in XML; ValueError for broken or dangerous XML."""
    try:
        root = ElementTree.fromstring(body)
    except (ParseError, DefusedXmlException, LookupError) as error:
        at = f" at line {error.position[0]}, column {error.position[1] + 1}" if isinstance(error, ParseError) else ""
        raise ValueError(f"broken XML{at}") from error
    return [of_element(child) for child in root]


def of_element(element: Element) -> Any:
    """Return an XML element as JSON would have it: its text, an object, or a list of repeated elements."""
    if not len(element):
        return (element.text or "").strip()
    names = [_name(child) for child in element]
    if len(set(names)) == 1 and (len(names) > 1 or _name(element) == f"{names[0]}s"):
        return [of_element(child) for child in element]
    return {name: of_element(child) for name, child in zip(names, element, strict=True)}


def _name(element: Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def problem(records: Any) -> str | None:
    """Return what an error body of the standard says ([{code, description}]), None for records.

    >>> problem([{"code": "400", "description": "end_date is missing"}])
    'error 400: end_date is missing'
    """
    first = records[0] if isinstance(records, list) and records else records
    if isinstance(first, Mapping) and "description" in first and "service_request_id" not in first:
        told = " ".join(str(first["description"]).split())[:200]
        return f"error {first.get('code', 'without code')}: {told}" if set(first) <= {"code", "description"} else None
    return None


def shaped(record: Any, names: Mapping[str, str] | None = None) -> Any:
    """Return a request with the times that the standard lacks, and with attributes that are reached by name.

    The standard has no closing time: it is the request's own `closed_datetime`, else the last note of that type, else
    the time of the last update of a request that is closed. `names` are the services by code, for requests without.
    """
    if not isinstance(record, Mapping):
        return record
    closed = str(record.get("status") or "").strip().lower() == "closed"
    notes = _notes(record.get("notes"))
    closings = [at for at, kind in notes if kind == "closed"]
    reopenings = [at for at, kind in notes if kind == "reopened"]
    answers = [at for at, kind in notes if kind not in _BEGINNINGS]
    extended = _by_name(record.get("extended_attributes"))
    given = {**_times(extended), **_times(record)}
    last_update = record.get("updated_datetime")
    return {
        **record,
        "service_name": record.get("service_name") or (names or {}).get(str(record.get("service_code"))),
        "attributes": _by_name(record.get("attributes")),
        "extended_attributes": extended,
        "closed_datetime": (given.get("closed_datetime") or max(closings, default=last_update)) if closed else None,
        "reopened_datetime": given.get("reopened_datetime") or max(reopenings, default=None),
        "first_answer_datetime": given.get("first_answer_datetime") or min(answers, default=None),
    }


def _times(record: Mapping[str, Any]) -> dict[str, Any]:
    names = ("closed_datetime", "reopened_datetime", "first_answer_datetime")
    return {name: record[name] for name in names if record.get(name)}


def _notes(notes: Any) -> list[tuple[str, str]]:
    """Return the time and type of each note; what a note says stays behind."""
    if isinstance(notes, Mapping):
        notes = [notes["note"]] if isinstance(notes.get("note"), Mapping) else notes.get("note")
    found: Iterable[Any] = notes if isinstance(notes, list) else ()
    return [
        (str(note["datetime"]), str(note.get("type") or "").lower())
        for note in found
        if isinstance(note, Mapping) and note.get("datetime")
    ]


def _by_name(attributes: Any) -> dict[str, Any]:
    """Return attributes as one object: servers send an object, or a list of {code | name | label, value}."""
    if isinstance(attributes, Mapping):
        return dict(attributes)
    found: dict[str, Any] = {}
    for each in attributes if isinstance(attributes, list) else ():
        if isinstance(each, Mapping) and "value" in each:
            found |= {str(each[label]): each["value"] for label in _LABELS if each.get(label)}
    return found
