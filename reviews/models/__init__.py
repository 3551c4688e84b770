"""What PolicyHub stores: one noun a file."""

from reviews.models.decision import Decision
from reviews.models.dimension import DimensionAnalysis
from reviews.models.door import ClosedDoorError
from reviews.models.policy import Policy
from reviews.models.source_file import SourceFile
from reviews.models.verdict import Verdict

__all__ = ["ClosedDoorError", "Decision", "DimensionAnalysis", "Policy", "SourceFile", "Verdict"]
