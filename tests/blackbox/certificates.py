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
