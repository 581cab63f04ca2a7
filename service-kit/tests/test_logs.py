"""What a log line may hold."""

import json
import logging

import pytest
import structlog

from service_kit.logs import configure_logging
from service_kit.settings import ServiceSettings

FORGED = "/a\n05:00:00 [info] signed in as=admin\r\x1b[2K\u2028\u202e/b\x00\udc80"


@pytest.fixture
def logging_as():
    """Configure the logs as a service does, and put back afterwards what was there."""
    root = logging.getLogger()
    before = root.handlers[:], root.level

    def configure(form):
        structlog.reset_defaults()
        configure_logging("tested", ServiceSettings(log_format=form))

    yield configure
    root.handlers[:], root.level = before[0], before[1]
    structlog.reset_defaults()


@pytest.mark.parametrize("form", ["console", "json"])
def test_nothing_that_a_stranger_sends_begins_a_line_or_moves_the_cursor(logging_as, capsys, form):
    logging_as(form)
    structlog.get_logger().info("request", path=FORGED)
    structlog.get_logger().info(FORGED)
    structlog.get_logger().info("several", paths=[FORGED])
    logging.getLogger("library").warning("bad header %s", FORGED)
    said = capsys.readouterr().out
    lines = said.splitlines()
    assert len(lines) == 4
    assert all(line.isprintable() for line in lines)
    assert all("signed in as=admin" in line for line in lines)
    if form == "json":
        assert json.loads(lines[0])["path"] == FORGED


def test_a_fault_keeps_the_lines_of_its_traceback(logging_as, capsys):
    logging_as("console")
    try:
        int(FORGED[:2])
    except ValueError:
        structlog.get_logger().exception("unhandled error", path="/a")
    assert len(capsys.readouterr().out.splitlines()) > 3


def test_secrets_are_not_written(logging_as, capsys):
    logging_as("console")
    secret = dict.fromkeys(("password", "token", "cookie", "authorization", "refresh_token"), "tr0ub4dor")
    structlog.get_logger().info("careless", **secret)
    assert "tr0ub4dor" not in capsys.readouterr().out
