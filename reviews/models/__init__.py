"""What PolicyHub stores: one noun a file."""

from reviews.models.assignment import Assignment
from reviews.models.comment import Comment
from reviews.models.conflict import Conflict, Resolution
from reviews.models.decision import Decision
from reviews.models.dimension import DimensionAnalysis
from reviews.models.door import ClosedDoorError
from reviews.models.file_question import Answer, FileQuestion, QuestionKind
from reviews.models.finding import Finding
from reviews.models.hold import Hold
from reviews.models.policy import Policy
from reviews.models.preferences import Preferences
from reviews.models.run import Run, RunFile, RunKind, RunStatus
from reviews.models.skip import Skip
from reviews.models.source_file import SourceFile
from reviews.models.trail import TrailHead, TrailModel
from reviews.models.verdict import Verdict

__all__ = [
    "Answer",
    "Assignment",
    "ClosedDoorError",
    "Comment",
    "Conflict",
    "Decision",
    "DimensionAnalysis",
    "FileQuestion",
    "Finding",
    "Hold",
    "Policy",
    "Preferences",
    "QuestionKind",
    "Resolution",
    "Run",
    "RunFile",
    "RunKind",
    "RunStatus",
    "Skip",
    "SourceFile",
    "TrailHead",
    "TrailModel",
    "Verdict",
]
