"""What is wrong on the command line is told in one line that names it, with the exit code of its kind."""

import re
import socket
import subprocess
import sys

import pytest

from aition.cli import main

RUN = "explain model.safetensors data.safetensors --to NEW "
CASES = [
    # the words themselves
    ("explian a b", 2, "'explian'.*'explain'"),
    ("explain", 2, "MODEL"),
    ("explain model.safetensors", 2, "DATA"),
    ("explain model.safetensors data.safetensors", 2, "--to"),
    (RUN + "--frob", 2, "--frob"),
    (RUN + "--padding squeeze", 2, "--padding.*'squeeze'.*'keep', 'remove'"),
    (RUN + "--progress maybe", 2, "--progress.*'maybe'"),
    (RUN + "--workers many", 2, "--workers.*integer"),
    (RUN + "--workers 0", 2, "workers must be a whole number from 1, but is 0"),
    (RUN + "--shard-size 0", 2, "shard_size must be a whole number from 1, but is 0"),
    (RUN + "--memory much", 2, "--memory.*'much'"),
    ("data steal", 2, "steal"),
    # the model
    ("explain absent.safetensors data.safetensors --to NEW", 2, "absent.safetensors.*does not exist"),
    ("explain folder data.safetensors --to NEW", 2, "folder"),
    ("explain file.txt data.safetensors --to NEW", 2, "file.txt"),
    ("explain torn.safetensors data.safetensors --to NEW", 2, "torn.safetensors"),
    ("explain flipped.safetensors data.safetensors --to NEW", 3, "flipped.safetensors is damaged"),
    ("explain text.safetensors data.safetensors --to NEW", 2, "text.safetensors"),
    ("explain bare.safetensors data.safetensors --to NEW", 2, "bare.safetensors does not say.*builder"),
    ("explain archive.zip data.safetensors --to NEW", 2, "archive.zip"),
    ("explain model.pkl data.safetensors --to NEW", 3, "model.pkl is a pickle.*--trust"),
    ("explain disguised.safetensors data.safetensors --to NEW", 3, "disguised.safetensors is a pickle.*--trust"),
    ("explain weights.pt data.safetensors --to NEW", 3, "weights.pt.*pickle.*--trust"),
    ("explain model.onnx data.safetensors --to NEW", 3, "model.onnx.*--trust"),
    ("explain broken.pkl data.safetensors --to NEW --trust", 3, "broken.pkl can't be loaded"),
    ("explain weights.pt data.safetensors --to NEW --trust", 2, "weights.pt does not say.*builder"),
    (RUN + "--builder nowhere:build", 2, "'nowhere:build' can't be imported"),
    (RUN + "--builder json:nothing", 2, "'json:nothing' can't be imported"),
    (RUN + "--builder json:dumps", 2, "dumps"),
    (RUN + "--builder gru", 2, "no builder 'gru'.*gru-classifier"),
    (RUN + "--builder mlp-classifier", 2, "mlp-classifier.*n_time|builder"),
    (RUN + "--builder lstm-classifier", 3, "model.safetensors"),
    # the data
    ("explain model.safetensors absent.csv --to NEW", 2, "absent.csv.*does not exist"),
    ("explain model.safetensors japanese-vowel --to NEW", 2, "did you mean 'japanese-vowels'"),
    ("explain model.safetensors japanese-vowels:rest --to NEW", 2, "train or test, but is 'rest'"),
    ("explain model.safetensors ECG200 --to NEW", 2, "aition data fetch ECG200"),
    ("explain model.safetensors table.xlsx --to NEW", 2, "parquet.*table.xlsx"),
    ("explain model.safetensors text.csv --to NEW", 2, "heart rate"),
    ("explain model.safetensors twice.csv --to NEW", 2, "'a'"),
    ("explain model.safetensors rows.csv --to NEW", 2, "at least one|no rows|none|empty"),
    ("explain model.safetensors empty.csv --to NEW", 2, "empty.csv"),
    ("explain model.safetensors names.csv --to NEW", 2, "sample"),
    ("explain model.safetensors torn.parquet --to NEW", 2, "torn.parquet"),
    ("explain model.safetensors objects.npz --to NEW", 2, "objects.npz"),
    ("explain model.safetensors nameless.npz --to NEW", 2, "nameless.npz"),
    ("explain model.safetensors infinite.npz --to NEW", 2, "[Ii]nf"),
    ("explain model.safetensors none.npz --to NEW", 2, "at least one sample"),
    ("explain model.safetensors torn.ts --to NEW", 2, "torn.ts, line 3"),
    ("explain model.safetensors changed.safetensors --to NEW", 2, "changed.safetensors is damaged"),
    ("explain model.safetensors model.safetensors --to NEW", 2, "format aition-batch.*aition-model"),
    ("explain model.safetensors wide.safetensors --to NEW", 3, "the model.*raised|expected"),
    ("explain model.safetensors labels.safetensors --target true --to NEW", 2, "labels 0 to 2.*has 3"),
    (RUN + "--standardise", 2, "--standardise"),
    # the explainer
    (RUN + "--explainer integrated-gradient", 2, "'integrated-gradient'.*integrated-gradients"),
    (RUN + "--set stepz=3", 2, "'stepz'; did you mean 'steps'"),
    (RUN + "--set steps=many", 2, "steps must be a whole number, but is 'many'"),
    (RUN + "--set steps=0", 2, "steps"),
    (RUN + "--set steps", 2, "NAME=VALUE.*'steps'"),
    (RUN + "--set steps=1 --set steps=2", 2, "steps once"),
    (RUN + "--set rule=best", 2, "rule must be one of.*'best'"),
    (RUN + "--set baseline={", 2, "baseline must be JSON"),
    (RUN + "--set baseline=nothing", 2, "baseline must be one of.*'nothing'"),
    (RUN + "--preset paper", 2, "preset of integrated-gradients.*'paper'"),
    (RUN + "--explainer captum --set method=DeepLeft", 2, "'DeepLeft'"),
    (RUN + "--explainer captum --set method=DeepLift", 4, "DeepLift can't explain GRU"),
    # the target
    (RUN + "--target best", 2, "--target.*'best'"),
    (RUN + "--target horizon=3", 2, "no axis horizon.*Target.predicted"),
    (RUN + "--target class=7", 2, "class 7 is out of range.*0 to 2"),
    (RUN + "--target class=-1", 2, "index for class.*-1"),
    (RUN + "--target class=runner-up", 2, "'runner-up' is a choice for versus"),
    (RUN + "--target class=5..2", 2, "must rise, but is 5..2"),
    (RUN + "--target scalar", 2, "choose class"),
    (RUN + "--target predicted,time=last", 2, "no axis time"),
    (RUN + "--target whole:class", 2, "one number a sample"),
    (RUN + "--target whole:class --target predicted", 2, "one kind"),
    (RUN + "--versus class=0..2", 2, "--versus must name one output"),
    (RUN + "--versus horizon=1", 2, "no axis horizon"),
    # the store
    (RUN.replace("NEW", "run"), 5, "run holds another run"),
    (RUN.replace("NEW", "full"), 5, "full holds thesis.txt"),
    (RUN.replace("NEW", "file.txt"), 5, "file.txt"),
    (RUN.replace("NEW", "file.txt/run"), 5, "file.txt"),
    (RUN.replace("NEW", "locked"), 5, "locked is being written by another run"),
    (RUN.replace("NEW", "run") + "--explainer saliency --shard-size 3", 5, "shard_size was 2, but is 3"),
    (RUN.replace("NEW", "damaged") + "--explainer saliency --shard-size 2", 5, "damaged/shards/000001"),
    ("explain model.safetensors labels.safetensors --to run --explainer saliency --shard-size 2", 5, "other data"),
    ("show absent", 5, "absent"),
    ("show folder", 5, "folder holds no store"),
    ("show file.txt", 5, "file.txt"),
    ("show unfinished", 5, "unfinished is not finished"),
    ("show damaged", 5, "damaged/shards/000001/sample-time-feature.parquet was changed"),
    ("show lost", 5, "lost/shards/000002 is missing"),
    ("show added", 5, "added/shards/000009"),
    ("show unsealed", 5, "unsealed/manifest.json"),
    ("show run --sample nobody", 2, "no sample 'nobody'"),
    ("show run --top 0", 2, "--top"),
    ("show run --nth 3", 2, "--nth must be 0.*3"),
    ("show run --plot picture.bmp", 2, "--plot.*'picture.bmp'"),
    ("show run --plot nowhere/picture.png", 2, "nowhere"),
    ("show run --report report.pdf", 2, "--report.*'report.pdf'"),
    # the rest
    ("explainers integrated", 2, "'integrated'"),
    ("data info nothing", 2, "'nothing'"),
    ("data fetch Nothing", 2, "'Nothing'"),
    ("data write nothing x.safetensors", 2, "'nothing'"),
    ("data write gun-point x.csv", 2, "x.csv"),
    ("data write gun-point nowhere/x.safetensors", 2, "nowhere"),
    ("data write data.safetensors x.safetensors", 2, "data.safetensors"),
    ("demo --out file.txt", 2, "file.txt"),
    ("demo --out full", 2, "full holds something else"),
    ("demo --out NEW --seed -1", 2, "--seed"),
    ("demo --out NEW --serve --port 70000", 2, "--port.* 65535"),
    ("demo --out NEW --serve --port TAKEN", 2, "TAKEN of 127.0.0.1 is in use"),
]


@pytest.fixture
def taken():
    """A port that somebody else has."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        yield str(one.getsockname()[1])


def test_there_are_sixty_cases_of_every_kind():
    assert len(CASES) >= 60
    assert {code for _, code, _ in CASES} == {2, 3, 4, 5}


@pytest.mark.parametrize(("line", "code", "named"), CASES, ids=[line for line, _, _ in CASES])
def test_what_is_wrong_is_told_in_one_line(line, code, named, inside, tmp_path, taken, capsys):
    words = [word.replace("NEW", str(tmp_path / "new")).replace("TAKEN", taken) for word in line.split()]
    got = main([*words])
    said = capsys.readouterr()
    assert said.out == ""
    assert re.fullmatch(r"aition: [^\n]+\n", said.err)
    assert "fault of Aition" not in said.err
    assert re.search(named.replace("TAKEN", taken), said.err)
    assert got == code


def test_a_process_ends_with_the_code_and_the_line(inside):
    code = "import sys; from aition.cli import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", code, "show", "damaged"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (5, "", 1)
    assert done.stderr.startswith("aition: damaged/shards/000001")
