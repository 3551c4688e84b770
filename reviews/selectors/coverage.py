"""What is signed, country by country and dimension by dimension; retired records do not count."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q

from reviews.models import DimensionAnalysis, Policy
from reviews.states import Standing, State

# As the knowledge base orders them; others come after, the most frequent first.
KNOWN_DIMENSIONS = ("incentive", "statutory", "market", "strategic", "mrv", "technical", "liability")


@dataclass(frozen=True, slots=True)
class Cell:
    """The records of one country that have one dimension, and how many of them are signed."""

    dimension: str
    total: int
    signed: int


@dataclass(frozen=True, slots=True)
class CountryRow:
    """One country, as the files write it; empty where they name none. A cell for each dimension."""

    country: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The map of one language; ``languages`` has every language and its number of records, the largest first."""

    language: str
    languages: tuple[tuple[str, int], ...]
    dimensions: tuple[str, ...]
    rows: tuple[CountryRow, ...]


def coverage(language: str) -> Coverage:
    """Return the map of that language, or of the largest where there is no record in it; in two queries.

    Countries are in the order of their number of claims. Each language writes them in its own words.
    """
    counts = Policy.objects.kept().values_list("language").annotate(count=Count("pk"))
    languages = tuple(counts.order_by("-count", "language"))
    if language not in dict(languages):
        language = languages[0][0] if languages else language
    cells = (
        DimensionAnalysis.objects.filter(policy__language=language)
        .exclude(policy__state=State.RETIRED)
        .order_by()
        .values_list("policy__country", "key")
        .annotate(total=Count("pk"), signed=Count("pk", Q(policy__standing=Standing.VERIFIED)))
    )
    found = {(country, key): Cell(key, total, signed) for country, key, total, signed in cells}
    by_country: Counter[str] = Counter()
    by_dimension: Counter[str] = Counter()
    for (country, key), cell in found.items():
        by_country[country] += cell.total
        by_dimension[key] += cell.total
    others = sorted(by_dimension.keys() - set(KNOWN_DIMENSIONS), key=lambda key: (-by_dimension[key], key))
    dimensions = (*(key for key in KNOWN_DIMENSIONS if key in by_dimension), *others)
    rows = tuple(
        CountryRow(country, tuple(found.get((country, key), Cell(key, 0, 0)) for key in dimensions))
        for country in sorted(by_country, key=lambda country: (-by_country[country], country))
    )
    return Coverage(language, languages, dimensions, rows)
