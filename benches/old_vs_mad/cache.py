"""A caching proxy of the bench's own, so that no mirror's mood is measured: both sides fetch through it, it fetches once.

It listens on the engine's bridge and is named to build steps as `http_proxy` and `https_proxy`, which are part of no
cache key. What comes over TLS it can read because its CA is added to the bundle that both sides get as the secret
`ca`. What is behind a URL is kept as it was first seen. Only for build steps of this bench: it trusts who asks.
"""

import hashlib
import json
import re
import shutil
import ssl
import subprocess
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

KEPT_HEADERS = ("Content-Type", "ETag", "Last-Modified", "Location", "Cache-Control", "X-PyPI-Last-Serial")
SENT_HEADERS = ("Accept", "User-Agent", "Content-Type")


class Cache:
    """The proxy, running in threads of this process until `close`."""

    def __init__(self, folder, address, bundle):
        self.folder = folder
        (folder / "answers").mkdir(parents=True, exist_ok=True)
        self.lock = threading.Lock()
        self.served = 0
        self.fetched = 0
        self._make_ca()
        self.bundle = folder / "bundle.pem"
        host = Path(bundle).read_text() if bundle else ""
        self.bundle.write_text(host + "\n" + (folder / "ca.pem").read_text())
        handler = type("OfThisCache", (Handler,), {"cache": self})
        self.server = Server((address, 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://{address}:{self.server.server_address[1]}"

    def close(self):
        self.server.shutdown()

    def _make_ca(self):
        if (self.folder / "ca.pem").exists():
            return
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.folder / "ca.key"]
        extensions = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"]
        openssl("req", "-x509", *key, "-days", "30", "-subj", "/CN=old-vs-mad", *extensions, "-out", self.folder / "ca.pem")

    def context(self, host):
        """TLS as that host, by a certificate of our CA."""
        if not re.fullmatch(r"[A-Za-z0-9.-]{1,253}", host):
            raise ValueError(f"no host: {host!r}")
        made = self.folder / f"{host}.pem"
        with self.lock:
            if not made.exists():
                name = self.folder / host
                key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key"]
                openssl("req", "-new", *key, "-subj", "/CN=host", "-out", f"{name}.csr")
                Path(f"{name}.ext").write_text(f"subjectAltName=DNS:{host}\nextendedKeyUsage=serverAuth\n")
                by = ["-CA", self.folder / "ca.pem", "-CAkey", self.folder / "ca.key", "-CAcreateserial"]
                openssl("x509", "-req", "-in", f"{name}.csr", *by, "-days", "30", "-extfile", f"{name}.ext", "-out", f"{name}.crt")
                made.write_text(Path(f"{name}.key").read_text() + Path(f"{name}.crt").read_text())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(made)
        return context

    def answer(self, url, headers):
        """Status, headers and file of what is behind a URL; fetched the first time."""
        key = hashlib.sha256(f"{url}\n{headers.get('Accept', '')}".encode()).hexdigest()
        body = self.folder / "answers" / key
        facts = body.with_suffix(".json")
        if not facts.exists():
            self._fetch(url, headers, body, facts)
        known = json.loads(facts.read_text())
        return known["status"], known["headers"], body

    def _fetch(self, url, headers, body, facts):
        request = urllib.request.Request(url, headers={name: headers[name] for name in SENT_HEADERS if name in headers})
        try:
            reply = OPENER.open(request, timeout=120)
        except urllib.error.HTTPError as refused:
            reply = refused
        draft = body.with_suffix(f".{threading.get_ident()}")
        with reply, open(draft, "wb") as file:
            shutil.copyfileobj(reply, file)
        kept = {name: reply.headers[name] for name in KEPT_HEADERS if name in reply.headers}
        with self.lock:
            self.fetched += draft.stat().st_size
        draft.replace(body)
        # Only what is there is kept: a host that refuses today may not tomorrow.
        text = json.dumps({"url": url, "status": reply.status, "headers": kept})
        other = facts.with_suffix(f".{threading.get_ident()}")
        other.write_text(text)
        other.replace(facts)


class Server(ThreadingHTTPServer):
    """A step that goes away in the middle is nobody's error."""

    daemon_threads = True

    def handle_error(self, *_):
        pass


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is the asker's to follow."""

    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(NoRedirect)


class Handler(BaseHTTPRequestHandler):
    """One connection of a build step; `CONNECT` makes it TLS, then it goes on."""

    protocol_version = "HTTP/1.1"
    host = None

    def do_CONNECT(self):
        self.host = self.path.partition(":")[0]
        self.send_response(200)
        self.end_headers()
        self.connection = self.cache.context(self.host).wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb", self.rbufsize)
        self.wfile = self.connection.makefile("wb", 0)
        self.close_connection = False

    def do_GET(self):
        url = self.path if self.host is None else f"https://{self.host}{self.path}"
        try:
            status, headers, body = self.cache.answer(url, self.headers)
        except OSError as error:
            self.send_error(502, str(error)[:100])
            return
        begin, end = 0, body.stat().st_size
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked and status == 200 and int(asked[1]) < end:
            status, begin, whole = 206, int(asked[1]), end
            end = min(int(asked[2]) + 1, end) if asked[2] else end
            headers = {**headers, "Content-Range": f"bytes {begin}-{end - 1}/{whole}"}
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(end - begin))
        self.end_headers()
        if self.command == "HEAD":
            return
        with open(body, "rb") as file:
            file.seek(begin)
            self.wfile.write(file.read(end - begin))
        with self.cache.lock:
            self.cache.served += end - begin

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
