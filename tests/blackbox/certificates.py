"""Certificates that vouch for themselves."""
import subprocess


def make_certificate(folder, name):
    """A certificate for that name and its key, as two PEM files in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "30", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                    "-out", certificate, "-keyout", key], check=True, stderr=subprocess.DEVNULL)
    return certificate, key


def make_expired_certificate(folder, name):
    """The same, but it was good for a day of 2020 only."""
    certificate, key = make_certificate(folder, name)
    (folder / "authority.conf").write_text(
        "[ca]\ndefault_ca = it\n[it]\ndatabase = index.txt\nnew_certs_dir = .\nserial = serial\ndefault_md = sha256\n"
        "policy = any\n[any]\ncommonName = supplied\n")
    (folder / "index.txt").write_text("")
    (folder / "serial").write_text("01\n")
    for command in (["req", "-new", "-key", key.name, "-subj", f"/CN={name}", "-out", "request.pem"],
                    ["ca", "-selfsign", "-batch", "-notext", "-config", "authority.conf", "-keyfile", key.name,
                     "-in", "request.pem", "-out", certificate.name,
                     "-startdate", "20200101000000Z", "-enddate", "20200102000000Z"]):
        subprocess.run(["openssl", *command], cwd=folder, check=True, stderr=subprocess.DEVNULL)
    return certificate, key
