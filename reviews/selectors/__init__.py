"""Reads that two callers share: versions, the timeline, the queue, and why a record is not exported."""
