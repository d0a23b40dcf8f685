"""A tiny model by itself, as the daemon serves it, and behind a daemon's OpenAI-compatible interface."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from altd.describe.clean import clean
from altd.describe.reader import Reader
from altd.models.loading import load_model, load_processor
from altd_trainer.evaluation import EvaluationRequest, ask, open_items
from altd_trainer.evaluation.reading import KeepingReader
from altd_trainer.evaluation.run import find_answerer
from altd_trainer.evaluation.served import ServedModel
from altd_trainer.evaluation.server import KEY_VARIABLE, ChatServer
from altd_trainer.generation import Question, answer
from daemon_process import Daemon


def plain(model: Path, cache: Path, **settings: object) -> EvaluationRequest:
    return EvaluationRequest(str(model), served=False, quantization="none", lines="truth", **settings)


def test_a_batch_answers_as_one_by_one(model_dir: Path, tmp_path: Path) -> None:
    items = open_items("synthetic:test", 3)
    together, single = (
        list(find_answerer(plain(model_dir, tmp_path, batch_size=size), tmp_path).answer(items))
        for size in (3, 1)
    )
    assert together == single
    assert [each.lines for each in single] == [item.lines for item in items]
    assert all(each.sure and each.text for each in single)


def test_answers_end_before_the_end_token(model_dir: Path) -> None:
    (question,) = ask(open_items("synthetic:test", 1), "truth", Path())
    assert isinstance(question, Question)
    (text,) = answer(load_model(model_dir, "none"), load_processor(model_dir), [question], 1)
    assert "</s>" not in text
    assert "ASSISTANT" not in text


def test_pictures_are_read_once(tmp_path: Path) -> None:
    item = next(item for item in open_items("synthetic:test", 30) if len(item.lines) > 1)
    lines = KeepingReader(tmp_path / "lines").read(item.image)
    assert lines == Reader().read(item.image)
    (file,) = (tmp_path / "lines").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert KeepingReader(tmp_path / "lines").read(item.image) == lines
    file.write_text('[["kept", 0.9, [0, 0, 1, 1]]]')
    (question,) = ask([item], "reader", tmp_path / "lines")
    assert question.lines == ["kept"]


def test_as_served_is_what_the_daemon_serves(daemon: Daemon, tiny_model: Path, tmp_path: Path) -> None:
    items = open_items("synthetic:test", 3)
    served = find_answerer(EvaluationRequest(str(tiny_model), quantization="none"), tmp_path)
    assert isinstance(served, ServedModel)
    for item, heard in zip(items, served.answer(items), strict=True):
        body = daemon.describe(item.encoded, {"context": vars(item.context)})
        told = (body["state"], body["text"], body["confidence"], body["text_in_image"])
        assert (heard.state, heard.text, heard.confidence, "\n".join(heard.lines)) == told
        assert clean(heard.said) == heard.text or not heard.from_model
        assert heard.probability is not None
        assert 0 < heard.probability < 1


def test_a_picture_that_cannot_be_decoded_fails_alone(tiny_model: Path, tmp_path: Path) -> None:
    good, other = open_items("synthetic:test", 2)
    served = find_answerer(EvaluationRequest(str(tiny_model), quantization="none"), tmp_path)
    broken, whole = served.answer([replace(good, picture=b"no picture"), other])
    assert broken.state == "failed"
    assert broken.error
    assert whole.state != "failed"


def test_a_server(daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, daemon.token)
    server = ChatServer(f"http://127.0.0.1:{daemon.port}/v1/", "tiny", cache=tmp_path)
    for each in server.answer(open_items("synthetic:test", 2)):
        assert each.state in ("done", "no_description")
        assert each.confidence is None
        assert each.text == clean(each.said)
    monkeypatch.delenv(KEY_VARIABLE)
    with pytest.raises(ValueError, match=KEY_VARIABLE):
        list(server.answer(open_items("synthetic:test", 1)))


def test_no_server(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="begins with http"):
        ChatServer("file:///etc", "tiny", cache=tmp_path)
    with pytest.raises(ValueError, match="does not answer"):
        list(ChatServer("http://127.0.0.1:9", "tiny", cache=tmp_path).answer(open_items("synthetic:test", 1)))


def test_a_digest_changes_with_what_answers(tiny_model: Path, tmp_path: Path) -> None:
    other = tmp_path / "model"
    shutil.copytree(tiny_model, other)
    requests = [
        EvaluationRequest(str(tiny_model)),
        EvaluationRequest(str(tiny_model), adapter="none"),
        EvaluationRequest(str(tiny_model), quantization="none"),
        EvaluationRequest(str(tiny_model), served=False),
        EvaluationRequest(str(tiny_model), served=False, lines="truth"),
    ]
    digests = {find_answerer(request, tmp_path).digest for request in requests}
    assert len(digests) == len(requests)
    assert find_answerer(EvaluationRequest(str(other)), tmp_path).digest in digests
    (other / "calibration.json").write_text('{"min_mean_logp": -1}')
    assert find_answerer(EvaluationRequest(str(other)), tmp_path).digest not in digests


def test_the_pipeline_reads_for_itself(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--plain"):
        find_answerer(EvaluationRequest(str(tiny_model), lines="truth"), tmp_path)
