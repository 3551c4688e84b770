"""The three-way merge: what a file and PolicyHub made of the same values since both said the same. Knows documents
and the schema only.

``places`` takes a record apart, ``texts`` merges lines, ``lists`` items, ``values`` whole records, and ``stored``
keeps a value as JSON.
"""

from reviews.merge.lists import merge_list
from reviews.merge.places import (
    Misfit,
    has_dimension,
    is_dimension,
    places_of,
    record_of,
    set_value,
    value_in,
)
from reviews.merge.stored import load_value, store_value
from reviews.merge.texts import Chunk, LineMerge, merge_lines
from reviews.merge.values import MergedValue, MergePlan, Pending, Side, merge_values

__all__ = [
    "Chunk",
    "LineMerge",
    "MergePlan",
    "MergedValue",
    "Misfit",
    "Pending",
    "Side",
    "has_dimension",
    "is_dimension",
    "load_value",
    "merge_lines",
    "merge_list",
    "merge_values",
    "places_of",
    "record_of",
    "set_value",
    "store_value",
    "value_in",
]
