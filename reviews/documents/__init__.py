"""Front-matter text, read and edited without losing a byte. Knows no Django, no file system, no policies."""

from reviews.documents.changes import REMOVED, is_same
from reviews.documents.document import Document, Style
from reviews.documents.errors import DocumentError, KeyPath

__all__ = ["REMOVED", "Document", "DocumentError", "KeyPath", "Style", "is_same"]
