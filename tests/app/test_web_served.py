"""The program as a whole: headers, hosts, assets, start and end, a new state of the atlas."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from app import atlas_watch, web
from app.headers import content_security_policy
from app.settings import read_settings
from geodata.errors import AtlasUnavailableError
from iot.broker.errors import PortTakenError
from store.errors import StoreUnavailableError
from tests.app.conftest import wait_until
from tests.app.small import COVERS, write_small
from tests.support import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from app.services import Services
    from app.settings import Settings
    from tests.app.conftest import Running


def test_every_answer_keeps_the_browser_on_this_server(steady: Running) -> None:
    for path in ("/", "/api/alerts", "/healthz", "/metrics", "/api/live/snapshot", "/api/nothing"):
        headers = steady.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy, path
        script = re.search(r"script-src ([^;]*)", policy)
        assert script is not None
        assert "unsafe" not in script[1]
        assert "http" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers


def test_every_inline_script_of_the_page_is_allowed_by_its_hash(steady: Running) -> None:
    import base64
    import hashlib

    answer = steady.get("/")
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", answer.text, re.DOTALL)
    inline = [
        body
        for attributes, body in scripts
        if body and "src=" not in attributes and "application/json" not in attributes
    ]
    # What stands in a comment for old browsers is not run.
    inline = [body for body in inline if "Internet Explorer" not in body]
    assert inline
    for body in inline:
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in answer.headers["content-security-policy"], body[:200]


def test_policy_lists_the_given_hashes() -> None:
    assert "script-src 'self' 'sha256-a' 'sha256-b';" in content_security_policy(
        ["'sha256-a'", "'sha256-b'"]
    )


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8050", "127.0.0.1.evil.example", ""]
)
def test_another_name_that_points_here_is_refused(steady: Running, host: str) -> None:
    assert steady.get("/api/alerts", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_names_of_this_machine_are_answered(steady: Running, host: str) -> None:
    named = {"Host": f"{host}:{steady.port}"}
    assert steady.get("/api/alerts", headers=named).status_code == 200


def test_assets_stand_with_dashs_date_and_are_asked_for_again_without(steady: Running) -> None:
    page = steady.get("/").text
    dated = re.findall(r'src="(/assets/[^"]+\?m=[^"]+)"', page)
    assert dated
    asset = steady.get(dated[0])
    assert asset.status_code == 200
    assert "immutable" in asset.headers["cache-control"]
    plain = steady.get(dated[0].partition("?")[0])
    assert plain.headers["cache-control"] == "no-cache"
    missing = steady.get("/assets/no-such-file.js?m=1")
    assert missing.status_code == 404
    assert "immutable" not in missing.headers["cache-control"]


def test_text_is_packed_and_numbers_and_streams_are_not(steady: Running) -> None:
    packed = {"Accept-Encoding": "gzip"}
    assert steady.get("/api/catalogue", headers=packed).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in steady.get("/api/live/snapshot", headers=packed).headers
    with httpx.stream("GET", steady.base + "/api/live", headers=packed, timeout=5) as answer:
        assert "content-encoding" not in answer.headers


def test_a_running_program_ends_while_browsers_are_on_the_stream(settings: Settings) -> None:
    from tests.app.conftest import serve

    running = serve(settings)
    with httpx.stream("GET", running.base + "/api/live", timeout=5) as answer:
        lines = answer.iter_lines()
        next(lines)
        running.stop()  # asserts that it ends
        for _ in lines:
            pass


def test_taken_port_is_told_by_its_number(settings: Settings) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", settings.web.port))
        other.listen()
        with pytest.raises(PortTakenError, match=str(settings.web.port)):
            web.run(settings)


def test_a_missing_or_damaged_geopackage_is_told_and_left_alone(tmp_path: Path) -> None:
    settings = read_settings(data=tmp_path, web={"port": free_port()})
    with pytest.raises(AtlasUnavailableError, match=re.escape("onemap.gpkg")):
        web.build(settings)
    settings.geopackage.write_bytes(b"not a GeoPackage" * 100)
    with pytest.raises(AtlasUnavailableError, match=re.escape("onemap.gpkg")):
        web.build(settings)
    assert settings.geopackage.read_bytes() == b"not a GeoPackage" * 100


def test_a_damaged_store_is_told(settings: Settings) -> None:
    (settings.data / "onemap.db").write_bytes(b"not a database" * 1_000)
    with pytest.raises(StoreUnavailableError, match="store"):
        web.build(settings)


@pytest.mark.parametrize("problem", ["port", "geopackage"])
def test_the_program_says_it_in_one_line_and_exits_1(
    settings: Settings, problem: str, tmp_path: Path
) -> None:
    with closing(socket.socket()) as other:
        if problem == "port":
            other.bind(("127.0.0.1", settings.web.port))
            other.listen()
        else:
            settings.geopackage.unlink()
        arguments = ["web", "--data", str(tmp_path), "--port", str(settings.web.port)]
        ended = subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    (line,) = [said for said in ended.stderr.splitlines() if said.startswith("onemap: ")]
    assert (str(settings.web.port) if problem == "port" else "onemap.gpkg") in line


def test_a_new_state_of_the_atlas_is_shown_to_everyone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.app.conftest import serve

    monkeypatch.setattr(web, "watch_atlas", partial(atlas_watch.watch_atlas, interval_s=0.05))
    running = serve(settings)
    try:
        before = running.get("/healthz").json()["atlas"]
        write_small(settings.geopackage, {COVERS[0]: "新名字"})
        path = f"/api/components/{COVERS[0]}"
        wait_until("it is shown", lambda: running.get(path).json()["name"] == "新名字")
        wait_until("streamed", lambda: running.get("/healthz").json()["atlas"] != before)
        assert running.services.feed.stream.seq >= 2  # once for the store, once for the atlas
    finally:
        running.stop()


def test_a_geopackage_that_breaks_leaves_the_last_good_state(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        watch = asyncio.create_task(atlas_watch.watch_atlas(services, 0.01))
        services.settings.geopackage.unlink()
        await asyncio.sleep(0.3)
        assert not watch.done()
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)

    shown: Any = services.atlas
    asyncio.run(story())
    assert services.atlas is shown
    said = [record for record in caplog.records if "keeping the last state" in record.message]
    assert len(said) == 1
