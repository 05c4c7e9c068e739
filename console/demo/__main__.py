"""``make demo``: the main job, start to end, on bundled inputs and a bundled site served on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from console.demo.server import serve_site

INPUTS = Path(__file__).parent / "inputs"
OUT = Path("demo-out")
CONFIG = """# made by make demo
data = "demo-out/data"

[crawl]
user_agent = "xiansuo-demo/0.1 (demo on loopback)"
allow_networks = ["127.0.0.0/8"]
delay_s = 0.0

[store]
url = "sqlite:///demo-out/data/index.sqlite"
blobs = "demo-out/data/blobs"

[evidence]
operator = "demo"
region = "loopback"
"""


def main() -> int:
    """Run every step as a person would type it; stops at the first that fails."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    (OUT / "xiansuo.toml").write_text(CONFIG, "utf-8")
    with serve_site() as site:
        steps = (
            (
                "扫描自带的帖子、广告和导出表 / scan bundled posts, adverts and an export",
                ["scan", str(INPUTS), "--save"],
            ),
            (
                "抓取本机上的演示站点 / crawl the bundled site on loopback",
                ["crawl", site, "--pages", "30", "--job", "demo"],
            ),
            ("广告位与落地页 / ad slots and landing pages", ["ads", f"{site}article/law.html"]),
            ("应用详情页 / an app listing", ["apps", f"{site}app/wallet.html"]),
            ("检索 / search", ["search", "跑分"]),
            ("线索 / leads", ["leads", "list"]),
        )
        for title, arguments in steps:
            if code := _run(title, arguments):
                return code
    ids = _lead_ids()
    report = str(OUT / "report.html")
    if code := _run("报告 / report", ["report", *ids, "--format", "html", "--out", report]):
        return code
    if code := _run("校验证据 / verify proof", ["verify", ids[0], "--audit"]):
        return code
    print(f"\n报告 / report:   {report}")
    print(
        "控制台 / console: .venv/bin/xiansuo --config demo-out/xiansuo.toml serve   → http://127.0.0.1:8421/"
    )
    print("自己的数据 / your own data: .venv/bin/xiansuo scan YOUR_FILE")
    return 0


def _command(arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "console.cli", "--config", str(OUT / "xiansuo.toml"), *arguments]


def _run(title: str, arguments: list[str]) -> int:
    shown = " ".join(argument if len(argument) < 60 else "…" + argument[-40:] for argument in arguments[:8])
    print(f"\n\033[1m{title}\033[0m\n$ xiansuo {shown}", flush=True)
    return subprocess.run(_command(arguments), check=False, env=os.environ).returncode


def _lead_ids() -> list[str]:
    import json

    listed = subprocess.run(_command(["leads", "list", "--json"]), check=True, capture_output=True)
    return [lead["id"] for lead in json.loads(listed.stdout)]


if __name__ == "__main__":
    sys.exit(main())
