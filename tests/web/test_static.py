"""The page's files are served, and no address leads to any other file."""

import os

import pytest

from aition.view.web.static import page_files
from stand_ins.web import serving


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    root = tmp_path / "static"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("<title>page</title>")
    (root / "assets" / "main-1a.js").write_text("export {}")
    (root / "assets" / "main-1a.css").write_text("a {}")
    (root / "favicon.svg").write_text("<svg/>")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "up").symlink_to(tmp_path)
    return root


TRAVERSALS = (
    "/../secret.txt", "/%2e%2e/secret.txt", "/%252e%252e/secret.txt", "/..%2fsecret.txt", "/..%5csecret.txt",
    "/..\\secret.txt", "/assets/../../secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "//secret.txt", "/./secret.txt",
    "/....//secret.txt", "/link.txt", "/up/secret.txt", "/up/static/index.html", "/secret.txt", "/static/index.html",
    "/%00", "/index.html%00.txt", "/assets/", "/assets", "/index.html/", "//index.html", "/assets/..;/index.html",
    "/\xff", "/%ff%fe", "/file:///etc/passwd", "/C:\\Windows", "http://evil.example/", "/etc/passwd", "/api",
)  # fmt: skip


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_address_leads_to_another_file(what, folder, path):
    with serving(what, page=page_files(folder)) as client:
        answer = client.send("GET", path.replace("\xff", "%ff"))
        assert answer.status in (400, 403, 404)
        assert b"secret" not in answer.body
        assert b"page" not in answer.body


def test_a_path_from_the_root_of_the_disk_leads_nowhere(served, stores):
    assert served.get(os.fspath(stores[0] / "manifest.json")).status == 404


def test_the_page_needs_no_session_for_it_holds_no_data(stranger):
    answer = stranger.get("/")
    assert (answer.status, answer.kind) == (200, "text/html; charset=utf-8")


def test_kinds_of_files_are_told(folder):
    kinds = {name: one.kind for name, one in page_files(folder).items()}
    assert kinds == {
        "/index.html": "text/html", "/assets/main-1a.js": "text/javascript", "/assets/main-1a.css": "text/css",
        "/favicon.svg": "image/svg+xml",
    }  # fmt: skip


def test_only_files_with_a_digest_in_their_names_are_kept(served):
    assert served.get("/").headers["Cache-Control"] == "no-cache"
    assert "immutable" in served.get("/assets/main-1a2b.js").headers["Cache-Control"]


def test_headers_come_without_the_file(served):
    answer = served.send("HEAD", "/")
    assert (answer.status, answer.body) == (200, b"")


def test_a_page_that_is_not_built_says_how(what):
    with serving(what, page={}) as client:
        answer = client.get("/")
        assert answer.status == 503
        assert b"npm run build" in answer.body
        assert b"style" not in answer.body


def test_a_folder_that_is_not_there_has_no_files(tmp_path):
    assert page_files(tmp_path / "none") == {}
