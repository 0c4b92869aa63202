# SPDX-License-Identifier: Apache-2.0
"""/metrics, the alert rules and the dashboard belong together: what a rule or a
panel asks for is there."""
import json
import re
import shutil
import subprocess

import pytest

from conftest import ROOT, need
from pages import render

RULES = ROOT / "configs/prometheus/holdfast.rules.yml"
CASES = ROOT / "configs/prometheus/holdfast.rules.test.yml"
DASHBOARD = ROOT / "configs/grafana/holdfast.json"
SITUATIONS = ("all-protected", "one-copy", "unknown", "lost", "setting-up",
              "spreading", "empty", "alarm", "old", "many")


@pytest.fixture
def promtool():
    return need("promtool", "prometheus")


def metrics_of(build, situation):
    code, _, body = render(build, situation, "/metrics")
    assert code == 200
    return body.decode()


def run(*words, text=None):
    done = subprocess.run(words, input=text, text=True, stderr=subprocess.STDOUT,
                          stdout=subprocess.PIPE, timeout=60)
    assert done.returncode == 0, done.stdout
    return done.stdout


def asked_for(text):
    return set(re.findall(r"\bholdfast_[a-z_]+", text))


def test_prometheus_reads_every_situation(build, promtool):
    for situation in SITUATIONS:
        run(promtool, "check", "metrics", text=metrics_of(build, situation))


def test_states_add_up_and_are_always_there(build):
    for situation in SITUATIONS:
        values = [int(value) for value in re.findall(
            r'^holdfast_items\{state="[a-z-]+"\} (\d+)$',
            metrics_of(build, situation), re.M)]
        assert len(values) == 6
        if situation not in ("empty", "setting-up"):
            assert sum(values) >= 12438


def test_the_rules_hold(promtool):
    run(promtool, "check", "rules", str(RULES))
    run(promtool, "test", "rules", str(CASES))


def test_every_rule_has_its_cases():
    alerts = re.findall(r"- alert: (\w+)", RULES.read_text())
    names = set(re.findall(r'- name: "(\w+) (?:fires|stays silent)"',
                           CASES.read_text()))
    assert len(alerts) >= 11 and set(alerts) == names


def test_rules_and_panels_ask_for_what_there_is(build):
    there = asked_for("\n".join(
        line for line in metrics_of(build, "many").splitlines()
        if not line.startswith("#")))
    rules = asked_for("\n".join(re.findall(r"expr: (.*)",
                                           RULES.read_text())))
    assert rules and not rules - there
    dashboard = json.loads(DASHBOARD.read_text())
    queries = [target["expr"] for panel in dashboard["panels"]
               for target in panel["targets"]]
    queries += [one["query"] for one in dashboard["templating"]["list"]
                if one["type"] == "query"]
    panels = asked_for("\n".join(queries))
    assert not panels - there
    # And nothing is measured that nobody looks at.
    assert not there - panels - rules


def test_panels_are_valid_queries(promtool, tmp_path):
    dashboard = json.loads(DASHBOARD.read_text())
    rules = {"groups": [{"name": "panels", "rules": [
        {"record": f"panel_{number}", "expr": target["expr"].replace(
            "$instance", ".*")}
        for number, target in enumerate(
            target for panel in dashboard["panels"]
            for target in panel["targets"])]}]}
    path = tmp_path / "panels.json"
    path.write_text(json.dumps(rules))
    out = run(promtool, "check", "rules", str(path))
    assert "rules found" in out


def test_no_item_is_a_label(build):
    assert not re.search(r"HF-|[0-9a-f]{32}", metrics_of(build, "many"))


def test_need_fails_loudly_in_ci(monkeypatch):
    monkeypatch.setenv("CI", "true")
    assert shutil.which("no-such-program-here") is None
    with pytest.raises(pytest.fail.Exception):
        need("no-such-program-here", "nothing")
