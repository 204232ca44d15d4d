"""The examples for operators name nothing that is not there, and each alert leads to what to do."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.metrics import exposition
from tests.house_rules.project import ROOT

OPS = ROOT / "ops"
ALERTS: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((OPS / "alerts.yml").read_text())["groups"] for rule in group["rules"]
]
DASHBOARD = json.loads((OPS / "dashboard.json").read_text(encoding="utf-8"))
HANDBOOK = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
METRIC = re.compile(r"\b(?:brobygger|process|node)_[a-z_]+")
OTHERS = {"node_filesystem_avail_bytes"}  # of node_exporter
PROMTOOL = shutil.which("promtool")


def shown() -> set[str]:
    """Every name that a process shows: what it counts, and what observing.py reads."""
    counted = re.findall(r"^# TYPE (\S+) ", exposition().decode(), re.MULTILINE)
    read = (ROOT / "brobygger" / "observing.py").read_text(encoding="utf-8")
    return {name for name in counted if not name.endswith("_created")} | set(re.findall(r'"(brobygger_[a-z_]+)"', read))


def asked() -> list[str]:
    """Every expression of alerts and dashboard."""
    of_panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [rule["expr"] for rule in ALERTS] + of_panels


def anchors() -> set[str]:
    """The headings of the handbook, as links name them."""
    headings = re.findall(r"^#+ (.+)$", HANDBOOK, re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", one.lower()).strip().replace(" ", "-") for one in headings}


def test_alerts_and_dashboard_ask_for_metrics_that_are_there() -> None:
    names = {name.removesuffix("_bucket") for expression in asked() for name in METRIC.findall(expression)}

    assert names <= shown() | OTHERS


def test_every_metric_of_ours_is_asked_for() -> None:
    names = {name.removesuffix("_bucket") for expression in asked() for name in METRIC.findall(expression)}

    assert {name for name in shown() if name.startswith("brobygger_")} <= names


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_happened_and_leads_to_what_to_do(rule: dict[str, Any]) -> None:
    page, _, heading = rule["annotations"]["runbook_url"].partition("#")

    assert page == "docs/operating.md"
    assert heading in anchors()
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"Brobygger[A-Za-z]+", rule["alert"])
    assert re.fullmatch(r"\d+[mh]", rule.get("for", "1m"))
    assert rule["expr"].count("(") == rule["expr"].count(")")


def test_no_two_alerts_or_panels_share_a_name() -> None:
    for names in ([rule["alert"] for rule in ALERTS], [panel["title"] for panel in DASHBOARD["panels"]]):
        assert len(names) == len(set(names))


def test_panels_do_not_lie_on_each_other() -> None:
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    cells = [
        (one["x"] + right, one["y"] + down) for one in places for right in range(one["w"]) for down in range(one["h"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _y in cells) < 24


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not here: apt-get install prometheus")
@pytest.mark.parametrize(("kind", "name"), [("rules", "alerts.yml"), ("config", "prometheus.yml"), ("rules", "panels")])
def test_prometheus_takes_the_examples(kind: str, name: str, tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": one} for number, one in enumerate(asked())]
    (tmp_path / "panels").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    file = tmp_path / name if name == "panels" else OPS / name

    checked = subprocess.run([str(PROMTOOL), "check", kind, str(file)], capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr
