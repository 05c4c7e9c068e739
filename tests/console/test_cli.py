"""Commands as people type them, each in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from console.cli import COMMANDS
from tests import servers
from tests.console.typed import ROOT, xiansuo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAVY = {"spacy", "scrapy", "playwright", "celery", "elasticsearch", "numpy", "pydantic", "rich", "fastapi"}
PROMO = "长期收U出U，秒结不冻卡，加微信 ulaoban_886，备注出U"
BENIGN = "小区团购大米，满五十送货上门，加群主微信 mi_tuan2026"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, console.cli\n"
        "try: console.cli.cli.main(['--help'], standalone_mode=False)\n"
        f"finally: print(sorted({HEAVY} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, tmp_path: Path) -> None:
    done = xiansuo(command, "--help", cwd=tmp_path, XIANSUO_LANG="en")
    assert done.returncode == 0, done.stderr
    assert "Usage: xiansuo" in done.stdout


def test_scan_never_writes_over_its_input(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(PROMO)
    done = xiansuo("scan", "a.txt", "--out", "./a.txt", cwd=tmp_path, XIANSUO_LANG="en")
    assert done.returncode == 2
    assert "overwritten" in done.stderr
    assert path.read_text() == PROMO


@pytest.mark.parametrize(
    ("closing", "code"), [("<&-", 3), (">&-", 3), ("2>&-", 0)], ids=["input", "output", "errors"]
)
def test_closed_streams_are_no_crash(closing: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(BENIGN)
    which = "-" if closing == "<&-" else "a.txt"
    done = subprocess.run(
        ["/bin/sh", "-c", f"'{sys.executable}' -m console.cli scan {which} --format jsonl {closing}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)


def test_scan_prints_one_object_a_line_in_input_order(tmp_path: Path) -> None:
    lines = [
        json.dumps({"id": "a", "text": PROMO}, ensure_ascii=False),
        "{broken",
        json.dumps({"id": "b", "text": BENIGN}, ensure_ascii=False),
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(lines), "utf-8")
    done = xiansuo("scan", "in.jsonl", "--format", "jsonl", cwd=tmp_path)
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 3
    assert [each["error"] is None for each in objects] == [True, False, True]
    assert [each["lead"] for each in objects] == [True, False, False]
    assert list(objects[0]) == [
        "id", "lead", "score", "review", "stance", "categories", "diversion", "contacts", "findings", "basis",
        "tier", "versions", "error",
    ]  # fmt: skip
    for found in objects[0]["contacts"]:
        assert PROMO[found["start"] : found["end"]] == found["raw"]
    for found in objects[0]["findings"]:
        assert PROMO[found["start"] : found["end"]] == found["matched"]
    assert "3" in done.stderr


@pytest.mark.parametrize(
    ("text", "code"), [pytest.param(PROMO, 1, id="lead"), pytest.param(BENIGN, 0, id="no lead")]
)
def test_fail_on_lead_sets_the_exit_code(text: str, code: int, tmp_path: Path) -> None:
    stdin = json.dumps({"id": "x", "text": text})
    assert xiansuo("scan", "-", "--fail-on", "lead", cwd=tmp_path, stdin=stdin).returncode == code


def test_resume_goes_on_after_the_last_whole_line(tmp_path: Path) -> None:
    items = [json.dumps({"id": str(n), "text": PROMO}) for n in range(5)]
    (tmp_path / "in.jsonl").write_text("\n".join(items), "utf-8")
    xiansuo("scan", "in.jsonl", "--format", "jsonl", "--out", "whole.jsonl", cwd=tmp_path)
    whole = (tmp_path / "whole.jsonl").read_bytes()
    (tmp_path / "part.jsonl").write_bytes(whole[: len(whole) // 2])
    done = xiansuo("scan", "in.jsonl", "--format", "jsonl", "--out", "part.jsonl", "--resume", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "part.jsonl").read_bytes() == whole


def test_jobs_give_the_same_bytes(tmp_path: Path) -> None:
    texts = [PROMO, BENIGN, "", "🚀" * 50, "警方提醒：不要参与跑分"] * 150
    (tmp_path / "in.jsonl").write_text(
        "\n".join(json.dumps({"id": str(n), "text": text}) for n, text in enumerate(texts)), "utf-8"
    )
    one = xiansuo("scan", "in.jsonl", "--format", "jsonl", "--jobs", "1", cwd=tmp_path)
    two = xiansuo("scan", "in.jsonl", "--format", "jsonl", "--jobs", "2", cwd=tmp_path)
    assert len(one.stdout.splitlines()) == len(texts)
    assert one.stdout == two.stdout


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        pytest.param(("scan", "no-such-file.jsonl"), "no-such-file", id="missing input"),
        pytest.param(("scan", "-", "--resume"), "--out", id="resume without out"),
        pytest.param(("search", "x", "--filter", "nonsense"), "category", id="bad filter"),
        pytest.param(("search", "("), "", id="bad query"),
        pytest.param(("leads", "show", "ffff"), "ffff", id="unknown lead"),
    ],
)
def test_mistakes_get_one_clear_line(arguments: tuple[str, ...], word: str, tmp_path: Path) -> None:
    done = xiansuo(*arguments, cwd=tmp_path, stdin="")
    assert done.returncode in {2, 3}
    assert "Traceback" not in done.stderr
    assert word in done.stderr + done.stdout


def test_a_configuration_that_is_no_toml_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "xiansuo.toml").write_text('lang = "zh\n', "utf-8")
    done = xiansuo("index", "stats", cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "TOML" in done.stderr


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (b'{"id": 1, "text": "U", "lead": true}', "stance"),
        (b"[1]", "object"),
        (b"{", "JSON"),
        (b"\xff", "JSON"),
    ],
    ids=["a field missing", "no object", "broken", "no text"],
)
def test_rows_that_cannot_be_measured_are_named(row: bytes, word: str, tmp_path: Path) -> None:
    good = '{"id": 0, "text": "天气不错", "lead": false, "stance": "unrelated"}'
    (tmp_path / "labelled.jsonl").write_bytes(good.encode() + b"\n" + row + b"\n")
    done = xiansuo("eval", "labelled.jsonl", cwd=tmp_path)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "labelled.jsonl:2" in done.stderr
    assert word in done.stderr


def test_eval_writes_report_pictures_and_errors(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "text": "出U 收U 加微信 usdt8888 价格好", "lead": True, "stance": "promo"},
        {"id": "b", "text": "出U 收U 加微信 usdt8889 价格好", "lead": False, "stance": "unrelated"},
        {"id": "c", "text": "天气不错", "lead": False, "stance": "unrelated"},
    ]
    (tmp_path / "labelled.jsonl").write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
    options = ["--report", "r.html", "--plots", "plots", "--errors", "wrong.jsonl", "--json"]
    done = xiansuo("eval", "labelled.jsonl", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["texts"] == 3
    assert "data:image/svg+xml" in (tmp_path / "r.html").read_text("utf-8")
    assert {path.name for path in (tmp_path / "plots").iterdir()} >= {"reliability.png", "confusion.png"}
    wrong = [json.loads(line) for line in (tmp_path / "wrong.jsonl").read_text("utf-8").splitlines()]
    false_alarm = next(row for row in wrong if "false alarm" in row["faults"])
    assert false_alarm["id"] == "b"
    assert false_alarm["quote"] in rows[1]["text"]
    refused = xiansuo("eval", "labelled.jsonl", "--attacks", "--errors", "x.jsonl", cwd=tmp_path)
    assert refused.returncode == 2


def test_a_deep_tier_that_cannot_be_used_blocks_no_scan(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "text": "出U 收U 加微信 usdt8888 价格好"},
        {"id": "b", "text": "币圈老韭菜，聊聊经验，微信见主页"},
    ]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    plain = xiansuo("scan", "in.jsonl", "--format", "jsonl", cwd=tmp_path)
    (tmp_path / "xiansuo.toml").write_text("[detection.deep]\ntier = 'onnx'\nmodel = '/nowhere'\n", "utf-8")
    done = xiansuo("scan", "in.jsonl", "--format", "jsonl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "deep tier onnx" in done.stderr
    assert "Traceback" not in done.stderr
    for line, other in zip(plain.stdout.splitlines(), done.stdout.splitlines(), strict=True):
        verdict = json.loads(other)
        verdict.pop("remark", None)
        assert verdict == json.loads(line)


def test_unknown_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / "xiansuo.toml").write_text("[crawl]\nspeed = 9\n", "utf-8")
    done = xiansuo("index", "stats", cwd=tmp_path)
    assert done.returncode == 2
    assert "crawl.speed" in done.stderr


@pytest.fixture(params=["embedded", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)])
def index(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Environment that names an index of each kind."""
    if request.param == "embedded":
        yield {}
        return
    url, prefix = servers.elasticsearch_url(), f"cli{os.getpid()}"
    yield {"XIANSUO_STORE__URL": url, "XIANSUO_STORE__INDEX_PREFIX": prefix}
    servers.drop_indices(url, prefix)


def test_saved_hits_are_found_reviewed_reported_and_verified(tmp_path: Path, index: dict[str, str]) -> None:
    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return xiansuo(*arguments, cwd=tmp_path, stdin=stdin, XIANSUO_LANG="zh", **index)

    stdin = "\n".join(
        json.dumps({"id": str(n), "text": text, "url": f"https://forum.example/{n}"})
        for n, text in enumerate([PROMO, PROMO + "，同城面交", BENIGN])
    )
    saved = run("scan", "-", "--save", stdin=stdin)
    assert saved.returncode == 0, saved.stderr
    found = [json.loads(line) for line in run("search", "冻卡", "--format", "jsonl").stdout.splitlines()]
    assert len(found) == 2
    mark = found[0]["highlights"][0]
    assert found[0]["blocks"][mark["block"]]["text"][mark["start"] : mark["end"]] == "冻卡"

    leads = json.loads(run("leads", "list", "--json").stdout)
    lead = next(each for each in leads if each["subject"]["value"].endswith("ulaoban_886"))
    assert len(lead["hit_ids"]) == 2
    for action, actor in (("triage", "甲"), ("confirm", "甲")):
        done = run("leads", "review", lead["id"][:10], action, "--as", actor, "--reason", "查实")
        assert done.returncode == 0, done.stderr
    own = run("leads", "review", lead["id"], "approve", "--as", "甲", "--reason", "查实")
    assert own.returncode == 3
    assert "another person" in own.stderr
    assert run("leads", "review", lead["id"], "approve", "--as", "乙", "--reason", "同意").returncode == 0

    report = run("report", lead["id"], "--format", "json")
    assert "涉嫌" in report.stdout
    bundle = tmp_path / "bundle.zip"
    assert run("report", lead["id"], "--format", "bundle", "--out", str(bundle)).returncode == 0
    assert run("verify", str(bundle)).returncode == 0
    assert run("verify", lead["id"], "--audit").returncode == 0
    blob = max(
        (tmp_path / "xiansuo-data" / "blobs").rglob("*"),
        key=lambda path: path.stat().st_size if path.is_file() else 0,
    )
    flipped = bytearray(blob.read_bytes())
    flipped[len(flipped) // 2] ^= 1
    blob.chmod(0o644)
    blob.write_bytes(flipped)
    assert run("verify", lead["id"]).returncode == 3


@pytest.fixture
def lead(tmp_path: Path) -> str:
    """The id of a lead, saved in the test's folder."""
    stdin = json.dumps({"id": "1", "text": PROMO})
    assert xiansuo("scan", "-", "--save", cwd=tmp_path, stdin=stdin).returncode == 0
    found: str = json.loads(xiansuo("leads", "list", "--json", cwd=tmp_path).stdout)[0]["id"]
    return found


def test_a_lead_is_shown_in_context_with_the_law(lead: str, tmp_path: Path) -> None:
    shown = xiansuo("leads", "show", lead[:10], cwd=tmp_path, XIANSUO_LANG="zh").stdout
    assert PROMO in shown
    assert "规范依据" in shown
    assert "银发" in shown
    told = json.loads(xiansuo("leads", "show", lead, "--json", cwd=tmp_path).stdout)
    assert PROMO in told["hits"][0]["quotes"][0]["text"]
    assert told["basis"]


def test_of_a_lead_that_does_not_verify_only_a_draft_is_made(lead: str, tmp_path: Path) -> None:
    for blob in (tmp_path / "xiansuo-data" / "blobs").rglob("*"):
        if blob.is_file() and blob.read_bytes().startswith(b"[body]"):
            blob.unlink()
    refused = xiansuo("report", lead, "--format", "csv", "--out", "r.csv", cwd=tmp_path)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (3, 1), refused.stderr
    assert "--draft" in refused.stderr
    assert not (tmp_path / "r.csv").exists()
    assert "草稿，不得提交" in xiansuo("report", lead, "--format", "csv", "--draft", cwd=tmp_path).stdout


def test_a_dismissed_lead_is_reported_as_a_draft_alone(lead: str, tmp_path: Path) -> None:
    assert xiansuo("leads", "review", lead, "dismiss", "--reason", "误报", cwd=tmp_path).returncode == 0
    refused = xiansuo("report", lead, "--format", "html", cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (3, "")
    drafted = xiansuo("report", lead, "--format", "bundle", "--draft", "--out", "d.zip", cwd=tmp_path)
    assert drafted.returncode == 0, drafted.stderr
    assert "草稿，不得提交" in xiansuo("verify", "d.zip", cwd=tmp_path).stdout


@pytest.mark.parametrize(("given", "word"), [("zz", "no lead"), ("", "no lead")], ids=["unknown", "empty"])
def test_a_lead_that_is_not_there_is_said(given: str, word: str, tmp_path: Path) -> None:
    done = xiansuo("leads", "show", given, cwd=tmp_path, XIANSUO_LANG="en")
    assert done.returncode == 2
    assert word in done.stderr


def test_purge_tells_first_and_then_removes(tmp_path: Path, index: dict[str, str]) -> None:
    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return xiansuo(*arguments, cwd=tmp_path, stdin=stdin, XIANSUO_LANG="en", **index)

    texts = [PROMO, PROMO.replace("ulaoban_886", "laowang_4417")]
    stdin = "\n".join(json.dumps({"id": str(n), "text": text}) for n, text in enumerate(texts))
    assert run("scan", "-", "--save", stdin=stdin).returncode == 0
    held = next(
        lead
        for lead in json.loads(run("leads", "list", "--json").stdout)
        if lead["subject"]["value"].endswith("laowang_4417")
    )
    assert run("leads", "review", held["id"], "triage", "--reason", "seen").returncode == 0
    assert "nothing to remove" in run("purge").stdout
    told = run("purge", "--dry-run", "--before", "2100-01-01")
    assert "hits 1" in told.stdout
    assert json.loads(run("index", "stats").stdout)["hits"] == 2
    done = json.loads(run("purge", "--before", "2100-01-01", "--json").stdout)
    assert (len(done["hits"]), len(done["captures"]), done["audit"]) == (1, 1, 2)
    assert [lead["id"] for lead in json.loads(run("leads", "list", "--json").stdout)] == [held["id"]]
    checked = run("verify", held["id"], "--audit")
    assert checked.returncode == 0, checked.stdout
    assert len(run("search", "冻卡", "--format", "jsonl").stdout.splitlines()) == 1
    assert run("index", "retry").stdout.startswith("indexed 0")
    assert run("purge", "--before", "soon").returncode == 2


def test_purge_removes_finished_crawl_runs_with_a_receipt(tmp_path: Path, index: dict[str, str]) -> None:
    jobs = tmp_path / "xiansuo-data" / "jobs" / "forum"
    for name, done in (("1", "true"), ("2", "false")):
        (jobs / name).mkdir(parents=True)
        (jobs / name / "progress.json").write_text(f'{{"done":{done}}}', "utf-8")
    assert "nothing to remove" in xiansuo("purge", cwd=tmp_path, XIANSUO_LANG="en", **index).stdout
    told = xiansuo("purge", "--dry-run", "--before", "2100-01-01", "--json", cwd=tmp_path, **index)
    assert json.loads(told.stdout)["runs"] == ["forum/1"]
    assert (jobs / "1").is_dir()
    removed = json.loads(xiansuo("purge", "--before", "2100-01-01", "--json", cwd=tmp_path, **index).stdout)
    assert (removed["runs"], removed["audit"]) == (["forum/1"], 1)
    assert [path.name for path in jobs.iterdir()] == ["2"]
    assert xiansuo("verify", "--audit", cwd=tmp_path, **index).returncode == 0


def test_the_settings_choose_the_language(tmp_path: Path) -> None:
    (tmp_path / "xiansuo.toml").write_text('lang = "en"\n', "utf-8")
    assert "no leads" in xiansuo("leads", "list", cwd=tmp_path).stdout


def test_a_bundle_tells_its_key_and_may_be_asked_for_the_senders(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return xiansuo(*arguments, cwd=tmp_path, XIANSUO_LANG="en")

    (tmp_path / "in.jsonl").write_text(json.dumps({"id": "x", "text": PROMO}), "utf-8")
    run("scan", "in.jsonl", "--save")
    lead = json.loads(run("leads", "list", "--json").stdout)[0]["id"]
    run("report", lead, "--format", "bundle", "--out", "case.zip")
    told = run("verify", "case.zip")
    key = told.stdout.split("signed by: ")[1].split()[0]
    assert (told.returncode, len(key)) == (0, 64)
    shutil.unpack_archive(tmp_path / "case.zip", tmp_path / "unpacked")
    assert run("verify", "unpacked", "--key", key).returncode == 0
    assert run("verify", "case.zip", "--key", "0" * 64).returncode == 3
    assert run("verify", "case.zip", "--key", "zz").returncode == 2


def test_eval_measures_under_attack(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "text": PROMO, "lead": True, "stance": "promotion"},
        {"id": "b", "text": BENIGN, "lead": False, "stance": "unrelated"},
    ]
    (tmp_path / "two.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    done = xiansuo("eval", "two.jsonl", "--attacks", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["texts"], result["leads"]) == (2, 1)
    assert [row["name"] for row in result["rows"]][:2] == ["clean", "homophones 30 %"]


def test_files_without_anything_to_judge_are_counted_and_no_failure(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text(PROMO)
    for name in ("empty.txt", ".hidden", "movie.xyz"):
        (folder / name).write_text("x" if name == "movie.xyz" else "")
    done = xiansuo("scan", "in", "--format", "jsonl", cwd=tmp_path, XIANSUO_LANG="en")
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert {each["id"]: each.get("reason") for each in found} == {
        "in/.hidden": "hidden", "in/a.txt:1": None, "in/empty.txt": "empty", "in/movie.xyz": "skipped",
    }  # fmt: skip
    assert "inputs 4 = leads 1 + rejected 3 + failed 0" in done.stderr
    assert all(word in done.stderr for word in ("empty 1", "hidden 1", "skipped 1"))
    shown = xiansuo("scan", "in", "--all", cwd=tmp_path)
    assert "movie.xyz" in shown.stdout


@pytest.mark.parametrize(
    ("options", "word"),
    [pytest.param((), "--out FILE", id="printed"), pytest.param(("--out", "o"), "same command", id="filed")],
)
def test_an_interrupted_scan_says_how_to_go_on(options: tuple[str, ...], word: str, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "console.cli", "scan", "-", "--format", "jsonl", *options],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT), "XIANSUO_LANG": "en"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"id": "1", "text": PROMO}).encode() + b"\n")
    process.stdin.flush()
    if options:
        tick = threading.Event()
        while not ((tmp_path / "o").exists() and (tmp_path / "o").stat().st_size) and process.poll() is None:
            tick.wait(0.05)
    else:
        process.stdout.readline()
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 130
    assert word in said
    assert "--resume" in said


def test_columns_are_named_for_scan_and_eval(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        f"nr,x1,是否线索,stance\n7,{PROMO},true,promo\n8,{BENIGN},no,unrelated\n", "utf-8"
    )
    names = ("--column", "text=x1", "--column", "id=nr")
    found = xiansuo("scan", "t.csv", "--format", "jsonl", *names, cwd=tmp_path)
    assert [json.loads(line)["id"] for line in found.stdout.splitlines()] == ["7", "8"]
    measured = xiansuo("eval", "t.csv", "--json", *names, "--column", "lead=是否线索", cwd=tmp_path)
    assert measured.returncode == 0, measured.stderr
    for command in ("scan", "eval"):
        assert xiansuo(command, "t.csv", "--column", "colour=x", cwd=tmp_path).returncode == 2
    lacking = xiansuo("eval", "t.csv", cwd=tmp_path)
    assert lacking.returncode == 3
    assert "--column" in lacking.stderr
