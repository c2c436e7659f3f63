#!/usr/bin/env python3
"""An SMTP server that keeps what it is sent and misbehaves on request. For tests only.

    smtp_sink.py [--port N] [--tls none|starttls|implicit] [--auth PLAIN,LOGIN] [--fault FAULT]…

It writes one JSON object a line to standard output:
    {"event": "listening", "port": 2525, "ca_file": "/…/certificate.pem"}
    {"event": "mail", "from": …, "to": […], "parameters": "SMTPUTF8", "user": …, "tls": true, "subject": …, "text": …, "data": …}
    {"event": "closed", "commands": ["EHLO", "MAIL", …]}          a client has gone; the verbs that it sent

A fault is STEP=ACTION, with *N for the first N times only. Steps: GREETING EHLO STARTTLS AUTH MAIL RCPT DATA END (END is
after the final dot; a mail that END refuses or closes on is not reported, except with `keep-and-close`). Actions: a reply such as
`451 4.3.0 later`, `close`, `keep-and-close`, `silence`, `drip` (one byte a second), `inject` (STARTTLS: plain text after the reply).

In Python: `with SmtpSink(faults=["RCPT=451 later*3"]) as sink: … sink.port, sink.next("mail")`.
"""
import argparse
import base64
import json
import queue
import re
import shutil
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from email import message_from_bytes
from email.policy import default as default_policy


class Fault:
    def __init__(self, text):
        found = re.fullmatch(r"([A-Z]+)=(.*?)(?:\*(\d+))?", text)
        if not found:
            raise ValueError(f"not a fault: {text}")
        self.step, self.action, times = found.groups()
        self.left = int(times) if times else sys.maxsize


class Gone(Exception):
    """The connection is to end here."""


class Session(socketserver.StreamRequestHandler):
    def setup(self):
        self.commands, self.user, self.secure = [], None, False
        super().setup()

    def handle(self):
        try:
            if self.server.sink.tls == "implicit":
                self.begin_tls()
            self.answer("GREETING", "\r\n".join(self.server.sink.greeting))
            while True:
                line = self.rfile.readline(65536)
                if not line:
                    break
                verb = line.split()[0].decode("latin-1").upper() if line.split() else ""
                self.commands.append(verb)
                self.obey(verb, line.decode("utf-8", "surrogateescape").rstrip("\r\n"))
        except (Gone, ConnectionError, ssl.SSLError, TimeoutError):
            pass

    def finish(self):
        try:
            super().finish()
        except (OSError, ValueError):
            pass
        self.server.sink.report(event="closed", commands=self.commands, tls=self.secure)

    def say(self, reply):
        self.wfile.write(reply.encode("utf-8", "surrogateescape") + b"\r\n")
        self.wfile.flush()

    def answer(self, step, reply):
        """Says `reply`, or does what a fault of this step wants. Returns whether it was `reply`."""
        fault = self.server.sink.take_fault(step)
        if fault is None or fault in ("keep-and-close", "inject"):
            self.say(reply)
            return True
        if fault == "close":
            raise Gone
        if fault == "silence":
            while self.rfile.readline(65536):
                pass
            raise Gone
        if fault == "drip":
            for byte in reply.encode() + b"\r\n":
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(1)
            return True
        self.say(fault)
        return False

    def obey(self, verb, line):
        sink = self.server.sink
        if verb == "EHLO" and not sink.helo_only:
            self.answer("EHLO", self.features())
        elif verb == "HELO":
            self.say("250 sink.example")
        elif verb == "STARTTLS" and sink.tls == "starttls" and not self.secure:
            self.start_tls()
        elif verb == "AUTH":
            self.authenticate(line)
        elif verb == "MAIL":
            self.sender, self.recipients = line, []
            if sink.demand_auth and self.user is None:
                self.say("530 5.7.0 Authentication required")
            else:
                self.answer("MAIL", "250 2.1.0 ok")
        elif verb == "RCPT":
            if self.answer("RCPT", "250 2.1.5 ok"):
                self.recipients.append(line.partition("<")[2].rpartition(">")[0])
        elif verb == "DATA":
            if self.answer("DATA", "354 go on"):
                self.receive()
        elif verb in ("RSET", "NOOP"):
            self.say("250 2.0.0 ok")
        elif verb == "QUIT":
            self.say("221 2.0.0 bye")
            raise Gone
        else:
            self.say("502 5.5.2 unknown command")

    def features(self):
        sink = self.server.sink
        lines = ["sink.example", "SIZE 10485760", "8BITMIME"]
        if sink.tls == "starttls" and not self.secure:
            lines.append("STARTTLS")
        if sink.auth and (self.secure or not sink.auth_after_tls):
            lines.append(("AUTH=" if sink.old_auth_form else "AUTH ") + " ".join(sink.auth))
        if sink.smtputf8:
            lines.append("SMTPUTF8")
        return "\r\n".join(["250-" + line for line in lines[:-1]] + ["250 " + lines[-1]])

    def start_tls(self):
        inject = self.server.sink.fault_is("STARTTLS", "inject")
        if inject:
            self.wfile.write(b"220 2.0.0 go on\r\n250 injected\r\n")
            self.wfile.flush()
        elif not self.answer("STARTTLS", "220 2.0.0 go on"):
            return
        self.begin_tls()

    def begin_tls(self):
        self.request = self.connection = self.server.sink.secured(self.connection)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
        self.secure = True

    def authenticate(self, line):
        words = line.split()
        if words[1].upper() not in self.server.sink.auth:
            self.say("504 5.5.4 unrecognized authentication type")
            return
        if words[1].upper() == "PLAIN":
            first = words[2] if len(words) > 2 else self.ask("334 ")
            _, user, password = base64.b64decode(first).decode().split("\0")
        else:
            user = base64.b64decode(words[2] if len(words) > 2 else self.ask("334 VXNlcm5hbWU6")).decode()
            password = base64.b64decode(self.ask("334 UGFzc3dvcmQ6")).decode()
        if self.server.sink.credentials not in (None, (user, password)):
            self.say("535 5.7.8 Authentication credentials invalid")
        elif self.answer("AUTH", "235 2.7.0 ok"):
            self.user = user

    def ask(self, challenge):
        self.say(challenge)
        return self.rfile.readline(65536).decode().strip()

    def receive(self):
        data = b""
        while True:
            line = self.rfile.readline()
            if not line:
                raise Gone
            if line == b".\r\n":
                break
            if line.startswith(b"."):
                line = line[1:]
            data += line
        sink = self.server.sink
        fault = sink.peek_fault("END")
        if fault in (None, "keep-and-close"):
            sink.report(**self.describe(data))
        if fault == "keep-and-close":
            sink.take_fault("END")
            raise Gone
        self.answer("END", "250 2.0.0 queued")

    def describe(self, data):
        message = message_from_bytes(data, policy=default_policy)
        text, html = message.get_body(("plain",)), message.get_body(("html",))
        address, _, parameters = self.sender.partition("<")[2].rpartition(">")
        return {
            "event": "mail",
            "from": address,
            "parameters": parameters.strip(),
            "to": self.recipients,
            "user": self.user,
            "tls": self.secure,
            "subject": message["subject"],
            "text": text.get_content() if text else None,
            "html": html.get_content() if html else None,
            "data": data.decode("utf-8", "surrogateescape"),
            "only_crlf": not re.search(rb"\r(?!\n)|(?<!\r)\n", data),
        }


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # a client that breaks off a handshake is part of the tests


class SmtpSink:
    def __init__(self, port=0, tls="none", auth=(), faults=(), certificate=None, key=None, certificate_name="localhost",
                 certificate_days=2, credentials=None, demand_auth=False, auth_after_tls=False, old_auth_form=False, helo_only=False,
                 smtputf8=True, greeting=("220 sink.example ESMTP",)):
        self.tls, self.auth, self.credentials, self.demand_auth = tls, [kind.upper() for kind in auth], credentials, demand_auth
        self.auth_after_tls, self.old_auth_form, self.helo_only = auth_after_tls, old_auth_form, helo_only
        self.smtputf8, self.greeting = smtputf8, list(greeting)
        self.faults = [Fault(text) for text in faults]
        self.lock = threading.Lock()
        self.events = queue.Queue()
        self.on_event = None
        self.folder = None
        self.certificate, self.key = certificate, key
        if tls != "none":
            if certificate is None:
                self.make_certificate(certificate_name, certificate_days)
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(self.certificate, self.key)
        self.server = Server(("127.0.0.1", port), Session)
        self.server.sink = self
        self.port = self.server.server_address[1]

    def make_certificate(self, name, days):
        self.folder = tempfile.mkdtemp(prefix="smtp-sink-")
        self.certificate, self.key = f"{self.folder}/certificate.pem", f"{self.folder}/key.pem"
        request, extensions = f"{self.folder}/request.pem", f"{self.folder}/extensions"
        with open(extensions, "w") as file:
            file.write(f"subjectAltName=DNS:{name}\nbasicConstraints=critical,CA:TRUE\n")
        for command in (["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                         "-keyout", self.key, "-out", request],
                        ["x509", "-req", "-in", request, "-signkey", self.key, "-days", str(days), "-extfile", extensions,
                         "-out", self.certificate]):
            subprocess.run(["openssl", *command], check=True, stderr=subprocess.DEVNULL)

    def secured(self, connection):
        connection.settimeout(10)
        secured = self.context.wrap_socket(connection, server_side=True)
        secured.settimeout(None)
        return secured

    def peek_fault(self, step):
        with self.lock:
            return next((fault.action for fault in self.faults if fault.step == step and fault.left > 0), None)

    def fault_is(self, step, action):
        return self.peek_fault(step) == action

    def take_fault(self, step):
        with self.lock:
            for fault in self.faults:
                if fault.step == step and fault.left > 0:
                    fault.left -= 1
                    return fault.action
        return None

    def report(self, **event):
        self.events.put(event)
        if self.on_event:
            self.on_event(event)

    def next(self, kind, timeout=10):
        """The next event of this kind; others before it are dropped. Raises queue.Empty."""
        end = time.monotonic() + timeout
        while True:
            event = self.events.get(timeout=max(end - time.monotonic(), 0.001))
            if event["event"] == kind:
                return event

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        if self.folder:
            shutil.rmtree(self.folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
    parser.add_argument("--certificate", help="PEM; default: a self-signed one that is made for --certificate-name")
    parser.add_argument("--key")
    parser.add_argument("--certificate-name", default="localhost")
    parser.add_argument("--certificate-days", type=int, default=2, help="how long it is valid; -1: it has expired")
    parser.add_argument("--auth", default="", help="mechanisms to offer, comma-separated")
    parser.add_argument("--auth-after-tls", action="store_true", help="offer AUTH only once TLS has begun")
    parser.add_argument("--old-auth-form", action="store_true", help="offer it as AUTH=LOGIN")
    parser.add_argument("--credentials", help="user:password; default: any")
    parser.add_argument("--demand-auth", action="store_true", help="530 to MAIL without AUTH")
    parser.add_argument("--helo-only", action="store_true")
    parser.add_argument("--no-smtputf8", action="store_true")
    parser.add_argument("--greeting", action="append", help="a line of the greeting; may be given several times")
    parser.add_argument("--fault", action="append", default=[], help="see above; may be given several times")
    options = parser.parse_args()
    sink = SmtpSink(port=options.port, tls=options.tls, auth=[kind for kind in options.auth.split(",") if kind],
                    faults=options.fault, certificate=options.certificate, key=options.key,
                    certificate_name=options.certificate_name, certificate_days=options.certificate_days,
                    credentials=tuple(options.credentials.split(":", 1)) if options.credentials else None,
                    demand_auth=options.demand_auth, auth_after_tls=options.auth_after_tls,
                    old_auth_form=options.old_auth_form, helo_only=options.helo_only, smtputf8=not options.no_smtputf8,
                    greeting=options.greeting or ["220 sink.example ESMTP"])
    lock = threading.Lock()

    def write(event):
        with lock:
            print(json.dumps(event), flush=True)

    sink.on_event = write
    with sink:
        write({"event": "listening", "port": sink.port, "ca_file": sink.certificate})
        sys.stdin.read()  # until whoever started it closes the pipe or dies


if __name__ == "__main__":
    main()
