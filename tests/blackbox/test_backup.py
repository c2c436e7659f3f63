"""What docs/production.md says of backups: made beside the running service, they bring everything back elsewhere."""
import shutil
import sqlite3

from service import API


def test_a_backup_of_a_running_service_is_a_service(start):
    service = start(SECRET_KEY=None)  # then the key is in the data folder too
    address = service.verified()
    tokens = service.login(address)
    token = {"authorization": f"Bearer {tokens['access_token']}"}
    assert service.client.post(API + "/users/upload-file", headers=token,
                               files={"file": ("a.txt", b"contents")}).status_code == 200

    restored = service.folder.parent / "restored"
    restored.mkdir(mode=0o700)
    with sqlite3.connect(service.data / "watchword.db") as database:
        database.execute("VACUUM INTO ?", (str(restored / "watchword.db"),))
    shutil.copy2(service.data / "secret_key", restored)
    shutil.copytree(service.data / "files", restored / "files")
    service.register()  # after the backup
    assert service.count("users") == 2

    other = start(SECRET_KEY=None, DATA_DIR=str(restored))
    assert other.count("users") == 1
    assert other.get("/users/profile", tokens["access_token"]).json()["email"] == address
    assert other.login(address)
    assert other.client.get(API + "/users/download-file/a.txt", headers=token).content == b"contents"
