"""What an operator does not have to care about: other servers that are away, logs that cannot be written, rights that are few."""
import os
import random
import shutil
import subprocess
import time

import pytest

from redis_server import RedisServer
from service import Service, free_port


def test_readiness_asks_for_nothing_but_the_database(start):
    """Mail waits in the outbox, limits are kept in memory, files are answered 503: no reason to take the instance out."""
    nobody = f"127.0.0.1:{free_port()}"
    service = start(REDIS_URL=f"redis://{nobody}", SMTP_HOST="127.0.0.1", SMTP_PORT=str(free_port()), SMTP_USE_SSL="false",
                    MAIL_FROM="no-reply@example.com", MINIO_ENDPOINT=nobody, MINIO_ACCESS_KEY="access-key",
                    MINIO_SECRET_KEY="secret-key", MINIO_BUCKET_NAME="files")
    service.register()
    for _ in range(10):
        began = time.monotonic()
        assert service.client.get("/healthz").status_code == 200
        assert time.monotonic() - began < 0.3
        assert service.client.get("/readyz").status_code == 200
        time.sleep(0.1)


@pytest.mark.parametrize("hindrance", ["the log is a folder", "its folder is a file"])
def test_a_log_that_cannot_be_written_is_told_and_hinders_nobody(binary, tmp_path, hindrance):
    service = Service(binary, tmp_path, {})
    if hindrance == "the log is a folder":
        (tmp_path / "logs" / "app.log").mkdir(parents=True)
    else:
        (tmp_path / "logs").touch()
    service.start()
    service.verified()
    service.stop()
    printed = service.printed()
    assert printed.count("the log file cannot be written; standard error still gets every line") == 1
    assert "path=logs/app.log" in printed and "an account was made" in printed


@pytest.mark.skipif(os.getuid() != 0, reason="needs to become another user")
def test_an_unprivileged_user_with_one_folder_is_enough(binary, tmp_path):
    """Nothing else can be written, the working folder included."""
    data = tmp_path / "data"
    data.mkdir()
    os.chown(data, 65532, 65532)
    for folder in (tmp_path, *tmp_path.parents):
        if str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    program = shutil.copy(binary, tmp_path / "watchword")
    service = Service(program, tmp_path, {"DATA_DIR": str(data)})
    service.output = open(tmp_path / "output.txt", "ab")
    service.process = subprocess.Popen(["setpriv", "--reuid", "65532", "--regid", "65532", "--clear-groups", "--no-new-privs",
                                        "--inh-caps=-all", "--bounding-set=-all", program], cwd="/", env=service.environment(),
                                       stdin=subprocess.DEVNULL, stdout=service.output, stderr=subprocess.STDOUT)
    service.wait_until_it_listens()
    service.verified()
    service.stop()
    assert "path=logs/app.log" in service.printed()


@pytest.mark.long
def test_waiting_as_long_as_told_is_enough_at_every_instance(start, tmp_path):
    """With two limits, of which the longer wait is told, and a Redis that is started anew now and then."""
    redis = RedisServer(tmp_path / "redis")
    try:
        both = [start(REDIS_HOST="127.0.0.1", REDIS_PORT=str(redis.port), RATE_LIMIT_LOGIN="2/2 seconds;12/20 seconds")
                for _ in range(2)]
        waits = []
        for turn in range(8):
            if turn in (3, 6):
                redis.kill()
                redis.start()
                time.sleep(1)
            for _ in range(20):
                answer = random.choice(both).post("/auth/login", {"email": "jane@example.com", "password": "x"})
                if answer.status_code == 429:
                    break
            waits.append(int(answer.headers["retry-after"]))
            assert 1 <= waits[-1] <= 20
            time.sleep(waits[-1])
            again = random.choice(both).post("/auth/login", {"email": "jane@example.com", "password": "x"})
            assert again.status_code == 400, (waits, again.headers)
    finally:
        redis.kill()
