"""What PolicyHub stores: one noun a file."""

from reviews.models.assignment import Assignment
from reviews.models.comment import Comment
from reviews.models.decision import Decision
from reviews.models.dimension import DimensionAnalysis
from reviews.models.door import ClosedDoorError
from reviews.models.finding import Finding
from reviews.models.hold import Hold
from reviews.models.policy import Policy
from reviews.models.preferences import Preferences
from reviews.models.skip import Skip
from reviews.models.source_file import SourceFile
from reviews.models.verdict import Verdict

__all__ = [
    "Assignment",
    "ClosedDoorError",
    "Comment",
    "Decision",
    "DimensionAnalysis",
    "Finding",
    "Hold",
    "Policy",
    "Preferences",
    "Skip",
    "SourceFile",
    "Verdict",
]
