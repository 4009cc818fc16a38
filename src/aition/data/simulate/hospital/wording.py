"""What the simulated hospital's things are called by those who look at them: a file of words for the app."""

from aition.data.simulate.hospital.measures import MEASURES

NAMES = {
    "sysbp": "systolic BP", "diabp": "diastolic BP", "meanbp": "mean BP", "resp_rate": "breathing rate",
    "spo2": "O2 saturation", "gcs_eye": "eyes (GCS)", "gcs_verbal": "verbal (GCS)", "gcs_motor": "motor (GCS)",
    "fio2": "inspired O2", "ph": "pH", "pao2": "arterial O2", "paco2": "arterial CO2", "bun": "urea nitrogen",
    "wbc": "white cells", "inr": "INR", "ptt": "PTT",
}  # fmt: skip
"""Of features whose names are short for something; short enough to stand beside their values."""
UNITS = {"insp/min": "breaths/min", "units": "", "sec": "s", "mm Hg": "mmHg", "bpm": "beats/min", "K/uL": "1000/µL"}
HEAD = """\
sequence = "stay"
sequences = "stays"
outcomes = ["the chance of survival", "the risk of death"]
time = "hour"
classes = ["survived", "died"]

[columns]
age = { name = "Age", unit = "years" }
male = { name = "Sex", values = { 0 = "female", 1 = "male" } }

[features]
"""


def words() -> str:
    """The words, as TOML that ``aition serve`` reads."""
    lines = []
    for one in MEASURES:
        name, unit = NAMES.get(one.name, one.name.replace("_", " ")), UNITS.get(one.unit, one.unit)
        said = f', unit = "{unit}"' if unit else ""
        lines.append(f'{one.name} = {{ name = "{name}"{said} }}\n')
    return HEAD + "".join(lines)
