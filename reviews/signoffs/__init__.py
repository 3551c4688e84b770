"""Sign-offs beside the files: the manifest SIGNOFFS.jsonl, its signature, and the check of both against a folder.

It needs neither Django nor a database, imports nothing else of PolicyHub, and installs on its own: see pyproject.toml.
"""

from reviews.signoffs.manifest import NAME, SIGNATURE, BrokenManifestError, Manifest, SignedFile

__all__ = ["NAME", "SIGNATURE", "BrokenManifestError", "Manifest", "SignedFile"]
