"""The only writers. Callers use ``workflow``, ``editing``, ``importing`` and ``exporting``; the rest serves these."""
