"""The .ts format."""

import pytest

from aition.core.errors import InputError
from aition.data.ts import from_ts

HEADER = "#note\n@problemName P\n@timeStamps false\n@classLabel true up down\n@data\n"


def written(tmp_path, text):
    path = tmp_path / "P.ts"
    path.write_text(text)
    return path


def test_features_lengths_missing_values_and_classes_are_read(tmp_path):
    batch, names = from_ts(written(tmp_path, HEADER + "1,2,3:4,5,6:down\n7,?:8,9:up\n"))
    assert names == ("up", "down")
    assert batch.label.tolist() == [1, 0]
    assert batch.lengths.tolist() == [3, 2]
    assert batch.x[0].tolist() == [[1, 4], [2, 5], [3, 6]]
    assert batch.observed[1].tolist() == [[True, True], [False, True], [False, False]]


def test_values_as_labels_are_read(tmp_path):
    batch, names = from_ts(written(tmp_path, "@targetLabel true\n@data\n1,2:0.5\n"))
    assert (batch.label.tolist(), names) == ([0.5], ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER, "must hold samples"),
        (HEADER + "1,2:sideways\n", "labels \\['sideways'\\]"),
        (HEADER + "1,x:up\n", "line 6, must hold numbers"),
        (HEADER + "1,2:3:up\n", "features of one length"),
        (HEADER + "up\n", "features of one length"),
        ("x,y\n" + HEADER, "line 1, must begin with"),
        ("@data\n1,2:up\n", "must name its classes"),
        ("@timeStamps true\n@classLabel true a\n@data\n(0,1):a\n", "must hold numbers"),
        ("@targetLabel true\n@data\n1,2:high\n", "not all are numbers"),
    ],
)
def test_malformed_files_are_refused_with_the_reason(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        from_ts(written(tmp_path, text))
