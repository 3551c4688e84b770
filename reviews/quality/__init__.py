"""Quality checks: what is doubtful about a record, before anybody reads it. Pure: values in, findings out.

``registry`` is the table of all checks; ``claims``, ``facts`` and ``neighbours`` say how each looks, ``phrases`` what
they look for, ``records`` at what. Knows neither the database nor requests, and of Django gettext alone.
"""

from reviews.quality.records import (
    AUDIT_LASTS,
    MOST_PARTNERS,
    NOTE_REPEATS,
    SEVERITY_LABELS,
    Finding,
    Outline,
    Record,
    Severity,
    Surroundings,
    title_key,
)
from reviews.quality.registry import (
    CHECKS,
    CHECKS_BY_ID,
    NEIGHBOUR_CHECKS,
    NOTE_REPEATED,
    RECORD_CHECKS,
    SUPERSESSION_CHECKS,
    TITLE_TWICE,
    TRANSLATION_CHECKS,
    Check,
    NeighbourCheck,
    RecordCheck,
    blocking_reasons,
    check_neighbours,
    check_record,
)

__all__ = [
    "AUDIT_LASTS",
    "CHECKS",
    "CHECKS_BY_ID",
    "MOST_PARTNERS",
    "NEIGHBOUR_CHECKS",
    "NOTE_REPEATED",
    "NOTE_REPEATS",
    "RECORD_CHECKS",
    "SEVERITY_LABELS",
    "SUPERSESSION_CHECKS",
    "TITLE_TWICE",
    "TRANSLATION_CHECKS",
    "Check",
    "Finding",
    "NeighbourCheck",
    "Outline",
    "Record",
    "RecordCheck",
    "Severity",
    "Surroundings",
    "blocking_reasons",
    "check_neighbours",
    "check_record",
    "title_key",
]
