"""What the replaced service does on its database, by its own statements; and its tokens."""
import base64
import hashlib
import hmac
import json
import secrets
import time

from passlib.context import CryptContext
from passlib.hash import bcrypt_sha256

hashes = CryptContext(schemes=["bcrypt_sha256", "bcrypt"])


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(secret, claims):
    """A token as that service writes it; of a text, whatever it says."""
    texts = json.dumps({"alg": "HS256", "typ": "JWT"}), claims if isinstance(claims, str) else json.dumps(claims)
    parts = [base64url(text.encode()) for text in texts]
    mac = hmac.new(secret.encode(), ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, base64url(mac)])


def claims_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class ReplacedService:
    """It names ten columns in its INSERT, compares addresses letter by letter, and knows no session."""

    COLUMNS = ("id, email, full_name, hashed_password, created_at, is_email_verified, email_otp_hash, "
               "email_otp_expires_at, email_otp_attempts, email_otp_last_sent_at")

    def __init__(self, postgres, database, secret):
        self.postgres, self.database, self.secret = postgres, database, secret

    def sql(self, text):
        return self.postgres.sql(self.database, text)

    def register(self, address, password):
        """The code that it would mail."""
        code = f"{secrets.randbelow(10**6):06}"
        self.sql(f"""
            INSERT INTO users (email, full_name, hashed_password, is_email_verified, email_otp_hash,
                               email_otp_expires_at, email_otp_attempts, email_otp_last_sent_at)
            VALUES ('{address}', NULL, '{bcrypt_sha256.using(rounds=4).hash(password)}', false,
                    '{bcrypt_sha256.using(rounds=4).hash(code)}', now() + interval '10 minutes', 0, now())
            RETURNING id, created_at""")
        return code

    def find(self, address):
        rows = self.sql(f"SELECT {self.COLUMNS} FROM users WHERE users.email = '{address}' LIMIT 1")
        return dict(zip(self.COLUMNS.split(", "), rows[0])) if rows else None

    def verify(self, address, code):
        row = self.find(address)
        if row["is_email_verified"] == "t" or not hashes.verify(code, row["email_otp_hash"]):
            return False
        self.sql(f"UPDATE users SET is_email_verified = true, email_otp_hash = NULL, email_otp_expires_at = NULL, "
                 f"email_otp_attempts = 0 WHERE users.id = {row['id']}")
        return True

    def login(self, address, password):
        """Its two tokens, or None."""
        row = self.find(address)
        if not row or not hashes.verify(password, row["hashed_password"]) or row["is_email_verified"] != "t":
            return None
        return {f"{kind}_token": self.token(row["id"], kind) for kind in ("access", "refresh")}

    def token(self, account, kind, seconds=600):
        return signed(self.secret, {"sub": str(account), "type": kind, "exp": int(time.time()) + seconds})

    def reads(self, token, kind):
        """The account that it takes the token for, or None; with the checks of its library, python-jose."""
        head, _, mac = token.rpartition(".")
        expected = hmac.new(self.secret.encode(), head.encode(), hashlib.sha256).digest()
        claims = claims_of(token)
        texts = all(isinstance(claims[name], str) for name in ("sub", "iss", "jti") if name in claims)
        whole = all(isinstance(claims[name], int) for name in ("iat", "nbf", "exp") if name in claims)
        if not (hmac.compare_digest(base64url(expected), mac) and texts and whole) or {"aud", "at_hash"} & claims.keys():
            return None
        now = int(time.time())
        if claims["exp"] < now or claims.get("nbf", now) > now or claims["type"] != kind:
            return None
        return int(claims["sub"])
