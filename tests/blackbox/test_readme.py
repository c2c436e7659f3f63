"""The quick start of the README, line by line as it stands there, and its table of settings."""
import os
import pathlib
import re
import subprocess

README = (pathlib.Path(__file__).resolve().parent.parent.parent / "README.md").read_text()


def test_the_quick_start_works_as_it_is_written(start):
    service = start(BCRYPT_COST="10", PROJECT_NAME=None, SECRET_KEY=None)
    script = re.search(r"## Quick start.*?```sh\n(.*?)```", README, re.DOTALL)[1]
    script = script.replace("127.0.0.1:8000", f"127.0.0.1:{service.port}")
    result = subprocess.run(["sh", "-e", "-c", script], cwd=service.folder, capture_output=True, text=True, timeout=60,
                            env={**os.environ, "no_proxy": "127.0.0.1"})
    assert result.returncode == 0, result.stdout + result.stderr
    for words in ('"is_email_verified":false', "Email verified successfully", '"full_name":"Jane Doe"',
                  '"is_email_verified":true', '"access_token"'):
        assert words in result.stdout
    assert service.database().execute("SELECT count(*) FROM sessions WHERE revoked_at IS NOT NULL").fetchone() == (1,)


def test_the_table_of_settings_is_the_declared_one(start):
    declared = start().run("config", "--markdown").stdout
    written = re.search(r"<!-- settings:.*?-->\n(.*?)<!-- end of settings -->", README, re.DOTALL)[1]
    assert written.strip() == declared.strip(), "write the output of `watchword config --markdown` into README.md"
