"""Nobody is answered who was not given the key of this process."""

import base64
import re

import pytest

from aition.view.web.questions import QUESTIONS
from aition.view.web.session import Session


def test_the_key_has_256_bits_and_is_another_every_time():
    keys = {base64.urlsafe_b64decode(Session().token + "=") for _ in range(20)}
    assert len(keys) == 20
    assert {len(key) for key in keys} == {32}


def test_the_key_is_exchanged_for_a_cookie_that_no_script_reads(stranger):
    answer = stranger.ask("session", {"token": stranger.session.token})
    assert answer.status == 200
    pattern = rf"aition-{stranger.port}=[\w-]{{43}}; Path=/; HttpOnly; SameSite=Strict"
    assert re.fullmatch(pattern, answer.headers["Set-Cookie"])


def test_the_cookie_does_not_hold_the_key(served):
    assert served.session.token not in served.cookie


@pytest.mark.parametrize("token", ["", "x", "é", "\ud800", "A" * 43])
def test_another_key_is_refused(stranger, token):
    answer = stranger.ask("session", {"token": token})
    assert answer.status == 403
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("body", [{}, {"token": 1}, {"token": None}, {"token": ["x"]}])
def test_what_is_no_key_is_refused(stranger, body):
    assert stranger.ask("session", body).status in (400, 403)


def test_part_of_the_key_is_refused(stranger):
    assert stranger.ask("session", {"token": stranger.session.token[:-1]}).status == 403


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_question_is_answered_without_the_cookie(stranger, question):
    assert stranger.ask(question, {}).status == 401


@pytest.mark.parametrize("cookie", ["{name}=", "{name}=wrong", "other={secret}", "{name}={token}", "{name}", "=;;="])
def test_another_cookie_is_refused(stranger, cookie):
    stranger.cookie = cookie.format(
        name=f"aition-{stranger.port}", secret=stranger.session.secret, token=stranger.session.token
    )
    assert stranger.ask("open", {}).status == 401


def test_cookies_of_other_programs_on_this_machine_do_no_harm(served):
    around = f'theirs="{{[; {served.cookie}; more=1'
    assert served.ask("open", {}, Cookie=around).status == 200


def test_a_session_ends_with_its_process(served):
    assert not Session().known(served.cookie, str(served.port))


def test_a_cookie_of_another_port_is_not_known(served):
    assert served.session.known(served.cookie, str(served.port))
    assert not served.session.known(served.cookie, str(served.port + 1))


def test_a_session_does_not_show_its_keys():
    session = Session()
    assert session.token not in repr(session)
    assert session.secret not in repr(session)
