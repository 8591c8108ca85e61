"""What a contributor meets first: tasks, the hook, workflows, forms and the changelog."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from bullion.paths import PROJECT_DIR

FORGE = PROJECT_DIR / ".github"
CONTRIBUTING = (PROJECT_DIR / "CONTRIBUTING.md").read_text(encoding="utf-8")
QUESTION = re.compile(r"^\d+\. \*\*(\w+(?: \w+)*)\.\*\* (.+)$", re.MULTILINE)
TASK = re.compile(r"^## ([a-z]+) +(\S.*)$", re.MULTILINE)


def questions(text: str) -> list[tuple[str, str]]:
    """The numbered questions of a text: name and words."""
    return [(found[1], found[2].strip()) for found in QUESTION.finditer(text)]


def read_yaml(path: Path) -> dict[Any, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def run_dev(*arguments: str, cwd: Path = PROJECT_DIR) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [cwd / "scripts" / "dev", *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


def tasks() -> dict[str, str]:
    return dict(TASK.findall((PROJECT_DIR / "scripts" / "dev").read_text(encoding="utf-8")))


def test_every_task_is_a_function_with_its_line_of_help() -> None:
    text = (PROJECT_DIR / "scripts" / "dev").read_text(encoding="utf-8")
    helpers = {"list", "all_of", "source_lint"}
    assert set(re.findall(r"^([a-z_]+)\(\)", text, re.MULTILINE)) - helpers == set(tasks())
    shown = run_dev("help").stdout
    for name, words in tasks().items():
        assert re.search(rf"^  {name} +{re.escape(words)}$", shown, re.MULTILINE)


@pytest.mark.parametrize("word", ["nope", ".", "all_of", "--version"])
def test_what_is_no_task_is_said(word: str) -> None:
    done = run_dev(word)
    assert done.returncode == 2
    assert f"there is no task '{word}'" in done.stderr


def test_contributing_shows_every_task() -> None:
    shown = set(re.findall(r"`(?:\./)?scripts/dev ([a-z]+)", CONTRIBUTING))
    assert shown == set(tasks()) - {"help"}


def test_the_hook_calls_check_and_leaves_others_hooks_alone(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    shutil.copy(PROJECT_DIR / "scripts" / "dev", tmp_path / "scripts" / "dev")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    hook = tmp_path / ".git" / "hooks" / "pre-commit"
    for _ in range(2):
        assert run_dev("hooks", cwd=tmp_path).returncode == 0
        # The real check is not this test's: whether git comes to it is.
        assert "scripts/dev" in hook.read_text()
    stub = tmp_path / "scripts" / "dev"
    stub.write_text('#!/bin/sh\necho "called with $*" >&2\nexit 1\n')
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    commit = ["git", *identity, "commit", "--quiet", "--allow-empty", "--message", "x"]
    done = subprocess.run(commit, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "called with check" in done.stderr
    shutil.copy(PROJECT_DIR / "scripts" / "dev", stub)
    hook.write_text("#!/bin/sh\nexit 0\n")
    refused = run_dev("hooks", cwd=tmp_path)
    assert refused.returncode == 1
    assert "is not ours" in refused.stderr
    assert hook.read_text() == "#!/bin/sh\nexit 0\n"


def test_pre_commit_fetches_nothing_and_does_what_the_hook_does() -> None:
    config = read_yaml(PROJECT_DIR / ".pre-commit-config.yaml")
    [source] = config["repos"]
    [hook] = source["hooks"]
    assert source["repo"] == "local"
    assert hook["language"] == "system"
    assert hook["entry"] == "scripts/dev check"


@pytest.mark.parametrize(
    ("name", "called"), [("ci", ".ci/run"), ("nightly", "scripts/dev nightly --spark")]
)
def test_a_workflow_only_calls(name: str, called: str) -> None:
    """What is checked is the repository's own, and runs without the forge."""
    jobs = read_yaml(FORGE / "workflows" / f"{name}.yml")["jobs"]
    steps = [step for job in jobs.values() for step in job["steps"]]
    assert [step["run"] for step in steps if "run" in step] == [called]
    used = {step["uses"].split("@")[0] for step in steps if "uses" in step}
    assert used == {"actions/checkout", "actions/setup-python"}


def test_there_are_no_other_workflows() -> None:
    assert {path.name for path in (FORGE / "workflows").iterdir()} == {"ci.yml", "nightly.yml"}


def test_contributing_asks_eight_questions() -> None:
    assert len(questions(CONTRIBUTING)) == 8


def test_the_form_of_a_new_model_asks_them() -> None:
    form = read_yaml(FORGE / "ISSUE_TEMPLATE" / "3_new_model.yml")
    asked = [
        (part["attributes"]["label"], part["attributes"]["description"].strip())
        for part in form["body"]
        if part["type"] == "textarea"
    ]
    assert asked == questions(CONTRIBUTING)


def test_a_pull_request_asks_them_and_what_to_do_after_the_merge() -> None:
    text = (FORGE / "PULL_REQUEST_TEMPLATE.md").read_text(encoding="utf-8")
    assert questions(text) == questions(CONTRIBUTING)
    assert "- [ ] Full refresh: " in text


@pytest.mark.parametrize("path", sorted((FORGE / "ISSUE_TEMPLATE").glob("[0-9]*.yml")), ids=str)
def test_a_form_is_one_that_the_forge_shows(path: Path) -> None:
    form = read_yaml(path)
    assert form["name"]
    assert form["description"]
    fields = [part for part in form["body"] if part["type"] != "markdown"]
    assert len({field["id"] for field in fields}) == len(fields)
    for field in fields:
        assert field["type"] in {"input", "textarea", "dropdown"}
        assert field["attributes"]["label"]
        # GitHub refuses an option that is not text, as a bare yes is in YAML.
        assert all(isinstance(one, str) for one in field["attributes"].get("options", []))


def changelog_versions(text: str) -> list[str]:
    """The versions of a changelog, newest first."""
    return re.findall(r"^## (\d+\.\d+\.\d+)\b", text, re.MULTILINE)


def changelog_rows(text: str) -> list[list[str]]:
    """The cells of each row of a changelog's tables, without heads and rules."""
    rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    return [row for row in rows if row[0] != "what" and not set(row[0]) <= set("-: ")]


def test_the_version_is_the_newest_of_the_changelog() -> None:
    project = tomllib.loads((PROJECT_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    text = (PROJECT_DIR / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = changelog_versions(text)
    assert versions[0] == project["project"]["version"]
    assert versions == sorted(versions, key=lambda one: [*map(int, one.split("."))], reverse=True)


def test_every_row_of_the_changelog_says_what_to_do() -> None:
    text = (PROJECT_DIR / "CHANGELOG.md").read_text(encoding="utf-8")
    heads = {line for line in text.splitlines() if line.startswith("| what |")}
    assert heads == {"| what | change | old | new | what you must do |"}
    rows = changelog_rows(text)
    assert len(rows) > 20
    assert not [row for row in rows if len(row) != 5 or not all(row)]


def test_a_row_without_its_last_cell_is_seen() -> None:
    text = "| what | change |\n|---|---|\n| `a \\| b` | c | d | e | |\n"
    assert changelog_rows(text) == [["`a \\| b`", "c", "d", "e", ""]]
