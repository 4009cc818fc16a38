"""Hospital: intensive care in which the risk of death is planted, in memory and as raw files of several kinds."""

from aition.data.simulate.hospital.hospital import Hospital, optimum
from aition.data.simulate.hospital.values import Ranked, ValueTruth, precision
from aition.data.simulate.hospital.writing import Form, Written, write, write_batches

__all__ = ["Form", "Hospital", "Ranked", "ValueTruth", "Written", "optimum", "precision", "write", "write_batches"]
