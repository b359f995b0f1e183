"""The command line as a process: what scripts and cron rely on."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

TWO = '{"title": "Paper Boats on Still Water", "url": "https://example.org/boats"}\n{"title": "Paper Kites in Wind"}\n'


class Program:
    """`paper-round` with a database and a home of its own."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.database = place / "papers.db"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(place / "home"),
            "PYTHONPATH": str(Path(__file__).parents[1]),  # the code beside these tests, whatever is installed
            "PAPER_ROUND_DATABASE_URL": f"sqlite:///{self.database}",
            "PAPER_ROUND_HTTP": "off",
            "PYTHONWARNINGS": "error",
        }

    def run(self, *words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", *words],
            input=given, capture_output=True, text=True, cwd=self.place, env=self.environment, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stdout + done.stderr
        return done

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "bot.cli", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, cwd=self.place, env=self.environment,
        )  # fmt: skip

    def say(self, text: str, *words: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.run("say", text, "--json", *words).stdout)
        return answer

    def write(self, name: str, text: str | bytes) -> str:
        path = self.place / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def test_import_counts_and_a_second_time_knows_them_all(program: Program) -> None:
    file = program.write("two.txt", TWO)
    assert program.run("import", file).stdout == "2 papers read: 2 new, 0 known, 0 skipped\n"
    assert program.run("import", file).stdout == "2 papers read: 0 new, 2 known, 0 skipped\n"
    assert program.run("import", "-", given=TWO).stdout == "2 papers read: 0 new, 2 known, 0 skipped\n"


def test_good_entries_are_kept_and_bad_ones_named_by_line(program: Program) -> None:
    file = program.write("some.jsonl", TWO + "{broken\n" + '{"abstract": "no title"}\n')
    done = program.run("import", file)
    assert done.returncode == 0
    assert done.stdout == "4 papers read: 2 new, 0 known, 2 skipped\n"
    assert f"{file}, line 3: " in done.stderr
    assert f"{file}, line 4: " in done.stderr


def test_what_is_no_list_of_papers_is_refused_and_the_rest_is_read(program: Program) -> None:
    rubbish = program.write("rubbish.bin", bytes(range(256)) * 40)
    done = program.run("import", rubbish, str(program.place), "missing.bib", program.write("two.jsonl", TWO))
    assert done.returncode == 2
    assert done.stdout == "2 papers read: 2 new, 0 known, 0 skipped\n"
    assert len(done.stderr.strip().splitlines()) == 3
    assert "is a directory" in done.stderr
    assert "There is no file missing.bib." in done.stderr


def test_say_prints_one_object_and_leaves_with_what_became_of_it(program: Program) -> None:
    program.run("import", program.write("two.jsonl", TWO))
    done = program.run("say", "/paper paper boats", "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert (answer["audience"], answer["announce"]) == ("person", None)
    (card,) = answer["cards"]
    assert card["kind"] == "paper"
    assert card["title"] == "Paper Boats on Still Water"
    assert {
        "n",
        "id",
        "title",
        "url",
        "authors",
        "published",
        "categories",
        "gist",
        "abstract",
        "why",
        "posted_before",
    } <= set(card)
    assert {"label", "verb", "target"} == set(card["actions"][0])
    followed = program.run("say", "--json", "/papers follow boats", "--user", "ada", "--channel", "sea")
    assert json.loads(followed.stdout)["announce"] == "ada now follows boats here."
    assert program.run("say", "/papers folow boats").returncode == 2


def test_digest_composes_once_and_a_dry_run_stores_nothing(program: Program) -> None:
    assert program.run("digest").returncode == 2
    program.run("import", program.write("two.jsonl", TWO))
    program.run("say", "/papers follow kites")
    dry = json.loads(program.run("digest", "--dry-run", "--json").stdout)
    real = json.loads(program.run("digest", "--json").stdout)
    assert [c["title"] for c in dry["cards"] if c["kind"] == "paper"] == ["Paper Kites in Wind"]
    assert [c["title"] for c in real["cards"] if c["kind"] == "paper"] == ["Paper Kites in Wind"]
    assert real["audience"] == "channel"


def test_the_database_may_be_named_before_or_after_the_verb(program: Program) -> None:
    other = f"sqlite:///{program.place}/other.db"
    program.run("--database", other, "say", "/papers follow boats")
    assert "boats" in program.run("say", "/papers list", "--database", other).stdout
    assert "boats" not in program.run("say", "/papers list").stdout


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///{place}", "is a directory, not a database file."),
        ("mysql://root@localhost/x", "Paper Round does not run on mysql."),
        ("nonsense", "That is not a database address."),
        ("postgresql://nobody@127.0.0.1:1/none", "does not answer."),
        ("sqlite:////proc/nowhere/papers.db", "can't be made."),
        ("sqlite://", "A database has to be a file."),
        (
            "postgresql://127.0.0.1:1/db?password=hunter2",
            "The database postgresql://127.0.0.1:1/db does not answer.",
        ),
    ],
)
def test_a_database_that_can_t_be_used_gets_one_sentence(program: Program, url: str, said: str) -> None:
    done = program.run("say", "/papers list", "--database", url.format(place=program.place))
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_file_that_is_no_database_is_left_as_it_is(program: Program) -> None:
    program.write("papers.db", "My diary. Nobody else's business.\n" * 50)
    before = program.database.read_bytes()
    done = program.run("say", "/papers list")
    assert (done.returncode, program.database.read_bytes()) == (1, before)
    assert "is not a Paper Round database." in done.stderr
    assert "NOT WELL" in program.run("doctor").stdout


def test_somebody_else_s_database_is_left_as_it_is(program: Program) -> None:
    with sqlite3.connect(program.database) as connection:
        connection.execute("CREATE TABLE recipes (name)")
    connection.close()
    before = program.database.read_bytes()
    done = program.run("say", "/papers follow soup")
    assert done.returncode == 1
    assert "belongs to another program" in done.stderr
    assert "belongs to another program. Choose" in program.run("doctor").stdout
    assert program.database.read_bytes() == before


def test_json_is_one_object_whatever_happens(program: Program) -> None:
    program.environment["PYTHONIOENCODING"] = "ascii"
    followed = program.run(
        "say", "/papers follow 推荐系统", "--json", "--user", b"\xff".decode("utf-8", "surrogateescape")
    )
    assert followed.returncode == 0
    assert "推荐系统" in json.loads(followed.stdout)["text"]
    program.environment["PAPER_ROUND_DATABASE_URL"] = f"sqlite:///{program.place}"
    refused = program.run("say", "/papers list", "--json")
    assert refused.returncode == 2
    assert "is a directory" in json.loads(refused.stdout)["text"]


def test_what_a_file_is_called_can_t_steer_the_terminal(program: Program) -> None:
    done = program.run("import", "ev\x1b]0;pwn\x07il.jsonl", "--date", "2026-01-01")
    assert "\x1b" not in done.stderr
    assert "\x1b" not in program.run("import", "x", "--date", "\x1b[2J").stderr
    assert "\x1b" not in program.run("\x1b[2J").stderr


def test_a_log_for_machines_is_json(program: Program) -> None:
    program.environment["PAPER_ROUND_LOG"] = "json"
    program.write("papers.db", "My diary. Nobody else's business.\n" * 50)
    program.run("say", "/papers list")
    (line,) = (program.place / "home/.local/share/paper-round/paper-round.log").read_text().splitlines()
    assert json.loads(line)["level"] == "WARNING"


def test_doctor_sees_papers_that_can_t_be_looked_up_and_makes_nothing(program: Program) -> None:
    program.run("doctor", "--database", f"sqlite:///{program.place}/a/b/c.db")
    assert not (program.place / "a").exists()
    program.run("import", program.write("two.jsonl", TWO))
    with sqlite3.connect(program.database) as connection:
        connection.execute("DELETE FROM paper_search")
    connection.close()
    done = program.run("doctor")
    assert done.returncode == 1
    assert "2 of them can't be looked up" in done.stdout


def test_doctor_tells_what_searches_the_papers(program: Program, database_url: str) -> None:
    searched = "SQLite's FTS5" if database_url.startswith("sqlite") else "PostgreSQL's own"
    assert f"well: {searched}\n" in program.run("doctor", "--database", database_url).stdout


def test_a_locked_database_is_waited_for_and_then_told(program: Program) -> None:
    program.run("say", "/papers follow boats")
    holder = sqlite3.connect(program.database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        assert "boats" in program.run("say", "/papers list").stdout
        done = program.run("say", "/papers follow kites")
    finally:
        holder.close()
    assert done.returncode == 1
    assert "is in use by another program. Try again in a moment." in done.stdout
    assert "kites" not in program.run("say", "/papers list").stdout


def test_a_damaged_database_is_told(program: Program) -> None:
    program.run("import", program.write("two.jsonl", TWO))
    with program.database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 60_000)
    done = program.run("say", "/papers follow boats")
    assert done.returncode == 1
    assert "is damaged" in done.stdout + done.stderr
    assert program.run("doctor").returncode == 1


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_import_that_is_stopped_keeps_what_it_had(program: Program, stop: signal.Signals) -> None:
    rows = "".join(
        json.dumps({"title": f"Study number {n} of boats", "doi": f"10.5555/{n}"}) + "\n" for n in range(3_000)
    )
    process = program.start("import", "-")
    assert process.stdin is not None
    process.stdin.write(rows)
    process.stdin.flush()  # and then a source that says nothing more
    wait_for_papers(program.database, 500)
    process.send_signal(stop)
    process.wait(20)
    process.stdin.close()
    assert process.stdout is not None
    assert process.stderr is not None
    said = process.stderr.read()
    process.stdout.close()
    process.stderr.close()
    assert process.returncode == 1
    assert "Traceback" not in said
    told = re.search(r"Stopped\. ([\d,]+) papers read: \1 new, 0 known, 0 skipped\.", said)
    assert told
    assert f"well: {told.group(1)} papers" in program.run("doctor").stdout


def wait_for_papers(database: Path, count: int) -> None:
    for _ in range(600):
        if database.exists():
            with sqlite3.connect(database) as connection:
                try:
                    found = connection.execute("SELECT count(*) FROM paper").fetchone()[0]
                except sqlite3.OperationalError:
                    found = 0
            connection.close()
            if found >= count:
                return
        time.sleep(0.05)
    raise AssertionError(f"{count} papers never arrived")


def test_help_is_quick_to_read_and_wrong_words_get_one_sentence(program: Program) -> None:
    assert "paper-round" in program.run("--help").stdout
    wrong = program.run("impotr", "x")
    assert wrong.returncode == 2
    assert "See paper-round --help" in wrong.stderr
    assert program.run("import", "x", "--date", "soon").stderr == "“soon” is no day. Try --date 2025-03-14.\n"


def test_several_processes_write_at_once_and_nothing_is_lost(program: Program) -> None:
    program.run("say", "/papers list")
    runs = [program.start("say", f"/papers follow subject{n}") for n in range(6)]
    for run in runs:
        out, err = run.communicate(timeout=60)
        assert run.returncode == 0, out + err
    assert [f"subject{n}" in program.run("say", "/papers list").stdout for n in range(6)] == [True] * 6


def test_doctor_says_what_is_well(program: Program) -> None:
    assert "is not there yet" in program.run("doctor").stdout
    program.run("import", program.write("two.jsonl", TWO))
    done = program.run("doctor")
    assert done.returncode == 0
    assert "2 papers" in done.stdout
    assert "NOT WELL" not in done.stdout


def test_doctor_tells_the_last_backup_and_who_has_the_port(program: Program) -> None:
    program.run("say", "/papers list")
    assert "none was made yet" in program.run("doctor").stdout
    program.run("backup", "kept.db")
    assert "the last was made within a day" in program.run("doctor").stdout
    with socket.create_server(("127.0.0.1", 0)) as other:
        threading.Thread(target=lambda: other.accept()[0].close(), daemon=True).start()
        program.environment["PAPER_ROUND_HTTP"] = f"127.0.0.1:{other.getsockname()[1]}"
        done = program.run("doctor")
    assert done.returncode == 1
    assert "is in use by another program" in done.stdout
    assert "is free" in program.run("doctor").stdout
    program.environment["PAPER_ROUND_HTTP"] = "8080"
    assert "is no address to listen on" in program.run("doctor").stdout


def test_chat_reads_a_pipe_line_by_line(program: Program) -> None:
    done = program.run("chat", given="/papers follow recsys\ndigest\nquit\n")
    assert done.returncode == 0
    assert "Following recsys here" in done.stdout
    assert "why  recsys" in done.stdout


def test_an_operator_says_how_much_a_channel_may_follow(program: Program) -> None:
    program.environment["PAPER_ROUND_MOST_FOLLOWS"] = "1"
    program.say("/papers follow recsys")
    assert "follows 1 of at most 1 topic." in program.say("/papers follow robots")["text"]
    program.environment["PAPER_ROUND_MOST_FOLLOWS"] = "none"
    refused = program.run("say", "/papers list")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("PAPER_ROUND_MOST_FOLLOWS can't be used: ")


def test_a_file_speaks_for_what_could_be_followed(program: Program) -> None:
    library = "@article{a, title={Kelp}, keywords={kelp forests}, author={Lovelace, Ada}}\n" * 2
    proposed = program.run("propose", program.write("library.bib", library))
    assert (proposed.returncode, proposed.stdout.splitlines()[0]) == (0, "Proposed from 2 papers")
    assert '/papers import kelp forests; author:"Ada Lovelace"' in proposed.stdout
    assert "kelp forests" in program.run("propose", "-", given=library).stdout
    refused = json.loads(program.run("propose", "absent.bib", "--json").stdout)
    assert refused["text"] == "There is no file absent.bib. Check its name."


def test_an_operator_learns_what_an_address_setting_may_be(program: Program) -> None:
    program.environment["ARXIV_API_URL"] = "arxiv"
    refused = program.run("gather")
    advice = "Give one such as https://example.org/api, without a user name or password.\n"
    assert refused.returncode == 2
    assert refused.stderr == f"ARXIV_API_URL can't be used. “arxiv” is not a web address. {advice}"


def test_an_export_is_the_file_itself(program: Program) -> None:
    program.run("import", program.write("two.jsonl", TWO))
    program.run("say", "/papers save paper kites")
    assert program.run("say", "/papers export bibtex").stdout.startswith("@")


def test_a_time_zone_that_is_none_and_a_home_that_can_t_be_written_get_a_sentence(program: Program) -> None:
    program.environment["PAPER_ROUND_TIMEZONE"] = "Mars/Phobos"
    done = program.run("say", "/papers list")
    assert (done.returncode, done.stderr) == (
        2, "PAPER_ROUND_TIMEZONE can't be used: no such time zone; try Europe/Berlin.\n",
    )  # fmt: skip
    program.environment |= {"PAPER_ROUND_TIMEZONE": "UTC", "HOME": "/proc/nowhere", "PAPER_ROUND_DATABASE_URL": ""}
    done = program.run("say", "/papers list")
    assert done.returncode == 1
    assert done.stderr.endswith("can't be made. Choose another place with --database.\n")


def test_an_import_into_a_locked_database_is_a_fault(program: Program) -> None:
    program.run("say", "/papers list")
    holder = sqlite3.connect(program.database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        done = program.run("import", program.write("two.jsonl", TWO))
    finally:
        holder.close()
    assert done.returncode == 1
    assert "is in use by another program" in done.stderr


def test_deliveries_are_listed_with_their_state(program: Program) -> None:
    assert program.run("deliveries").stdout == "There are no such deliveries.\n"
    program.run("import", program.write("two.jsonl", TWO))
    program.run("say", "/papers follow kites", "--channel", "sea")
    program.run("digest", "--channel", "sea")
    listed = program.run("deliveries", "--channel", "sea", "--state", "sent", "--since", "2026-01-01").stdout
    assert "sent: " in listed
    assert "terminal sea" in listed
    assert "no such deliveries" in program.run("deliveries", "--state", "failed").stdout
    assert program.run("deliveries", "--since", "soon").stderr == "“soon” is no day. Try --since 2025-03-14.\n"
    assert program.run("deliveries", "--state", "lost").returncode == 2
