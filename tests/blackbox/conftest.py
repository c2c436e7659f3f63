"""Black-box tests: they start the real binary on a free port, speak HTTP to it, and read the mail that it writes.

WATCHWORD_ASAN and WATCHWORD_RELEASE name the binaries; without them the usual places under build/ are tried.
"""
import os
import pathlib

import pytest

from faulty_link import FaultyLink
from filing import Person
from servers import Postgres
from service import Service

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes its time; runs with ./test --all")


@pytest.fixture(scope="session")
def binary():
    """The binary that most tests talk to: with sanitizers, so that an answer is also a statement about memory."""
    return ROOT / os.environ.get("WATCHWORD_ASAN", "build/asan/watchword")


@pytest.fixture(scope="session")
def release_binary():
    return ROOT / os.environ.get("WATCHWORD_RELEASE", "build/release/watchword")


@pytest.fixture
def prepared(binary, tmp_path):
    """prepared(SETTING="value", …) -> Service that is not started. Each has a folder of its own; all are stopped, and checked
    for a clean end."""
    made = []

    def prepare(**settings):
        service = Service(binary, tmp_path / f"service{len(made)}", settings)
        made.append(service)
        return service

    yield prepare
    for service in made:
        service.stop()


@pytest.fixture
def start(prepared):
    """The same, and started."""
    return lambda **settings: prepared(**settings).start()


@pytest.fixture(scope="module")
def service(binary, tmp_path_factory):
    """One service for a whole module of tests that do not get in each other's way."""
    running = Service(binary, tmp_path_factory.mktemp("service"), {}).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def postgres():
    server = Postgres()
    yield server
    server.close()


@pytest.fixture
def database(postgres):
    """The name of an empty one."""
    return postgres.new_database()


@pytest.fixture
def link(postgres):
    """A way to that server which can be made slow, silent, or cut."""
    between = FaultyLink(postgres.port)
    yield between
    between.close()


@pytest.fixture
def jane(service):
    """Somebody who is logged in."""
    return Person(service)


@pytest.fixture
def john(service):
    return Person(service)
