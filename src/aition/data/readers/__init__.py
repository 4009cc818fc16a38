"""Readers: from raw records, such as those of hospitals, to samples, out of core."""
