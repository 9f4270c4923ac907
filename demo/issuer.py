#!/usr/bin/env python3
"""A CI service as far as Sealward sees one: an OpenID Connect issuer of identity tokens, for the
demonstration alone. Its discovery page, its key set, its claims and the way a job asks for a token
(a URL and a bearer of its own) are those of GitHub Actions.

    issuer.py prepare FOLDER PORT    makes keys, key set and jobs, once
    issuer.py serve FOLDER           answers on 127.0.0.1

In FOLDER: keys (mode 0600), jwks.json (what a policy pins), jobs.json (which bearer is which job),
jobs/NAME (the two variables that a job finds in its environment).
"""

import base64
import json
import os
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

LIFE_SECONDS = 300
KEYS = {"ES256": "demo-es256", "RS256": "demo-rs256"}


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def job(repository, repository_id, owner_id, environment, alg):
    """The claims of one job, under GitHub's names."""
    owner = repository.split("/")[0]
    workflow = repository + "/.github/workflows/release.yml@refs/heads/main"
    return {"bearer": secrets.token_urlsafe(32), "alg": alg, "claims": {
        "sub": "repo:%s:environment:%s" % (repository, environment),
        "repository": repository, "repository_id": repository_id,
        "repository_owner": owner, "repository_owner_id": owner_id,
        "repository_visibility": "private", "environment": environment,
        "ref": "refs/heads/main", "ref_type": "branch", "ref_protected": "true",
        "sha": "8f1d0f2b5c3e4a6978d0c1b2a3948576e5f60718", "event_name": "push",
        "workflow": "release", "workflow_ref": workflow, "job_workflow_ref": workflow,
        "job_workflow_sha": "8f1d0f2b5c3e4a6978d0c1b2a3948576e5f60718",
        "runner_environment": "github-hosted", "run_id": "7012345678", "run_number": "42",
        "run_attempt": "1"}}


JOBS = {
    "app": job("example/app", "1001", "500", "release", "RS256"),
    "lib": job("example/lib", "1002", "500", "release", "ES256"),
    # Where app is built after its move: another repository of the same owner.
    "moved": job("example/product", "1003", "500", "release", "ES256"),
    # Somebody else's repository that has taken the name of ours: only the ids differ.
    "impostor": job("example/app", "9009", "900", "release", "ES256"),
}


def private_write(path, data):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def jwk(alg, key):
    public = key.public_key().public_numbers()
    common = {"use": "sig", "alg": alg, "kid": KEYS[alg]}
    if alg == "ES256":
        return {"kty": "EC", "crv": "P-256", "x": base64url(public.x.to_bytes(32, "big")),
                "y": base64url(public.y.to_bytes(32, "big")), **common}
    return {"kty": "RSA", "n": number(public.n), "e": number(public.e), **common}


def prepare(folder, port):
    os.makedirs(folder, exist_ok=True)
    keys = {"ES256": ec.generate_private_key(ec.SECP256R1()),
            "RS256": rsa.generate_private_key(65537, 2048)}
    for alg, key in keys.items():
        private_write(os.path.join(folder, alg + ".pem"), key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
    with open(os.path.join(folder, "jwks.json"), "w") as file:
        json.dump({"keys": [jwk(alg, key) for alg, key in keys.items()]}, file, indent=2)
        file.write("\n")
    private_write(os.path.join(folder, "jobs.json"),
                  json.dumps({"port": port, "jobs": JOBS}, indent=2).encode() + b"\n")
    os.makedirs(os.path.join(folder, "jobs"), exist_ok=True)
    for name, found in JOBS.items():
        private_write(os.path.join(folder, "jobs", name), (
            "ACTIONS_ID_TOKEN_REQUEST_URL='http://127.0.0.1:%d/token?api-version=2.0'\n"
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN='%s'\n" % (port, found["bearer"])).encode())


class Issuer:
    def __init__(self, folder):
        with open(os.path.join(folder, "jobs.json")) as file:
            kept = json.load(file)
        with open(os.path.join(folder, "jwks.json")) as file:
            self.jwks = json.load(file)
        self.port, self.jobs = kept["port"], kept["jobs"]
        self.url = "http://127.0.0.1:%d" % self.port
        self.keys = {}
        for alg in KEYS:
            with open(os.path.join(folder, alg + ".pem"), "rb") as file:
                self.keys[alg] = serialization.load_pem_private_key(file.read(), None)

    def discovery(self):
        return {"issuer": self.url, "jwks_uri": self.url + "/.well-known/jwks",
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": list(KEYS)}

    def job_of(self, header):
        for found in self.jobs.values():
            if secrets.compare_digest(header.encode(), b"Bearer " + found["bearer"].encode()):
                return found
        return None

    def token(self, found, audience):
        now = int(time.time())
        alg = found["alg"]
        head = {"typ": "JWT", "alg": alg, "kid": KEYS[alg]}
        body = {"jti": secrets.token_hex(16), "iss": self.url, "aud": audience,
                **found["claims"], "iat": now, "nbf": now, "exp": now + LIFE_SECONDS}
        text = ".".join(base64url(json.dumps(part).encode()) for part in (head, body))
        return text + "." + base64url(self.sign(alg, text.encode()))

    def sign(self, alg, text):
        if alg == "RS256":
            return self.keys[alg].sign(text, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self.keys[alg].sign(text, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    issuer = None

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/.well-known/openid-configuration":
            self.answer(200, self.issuer.discovery())
        elif url.path == "/.well-known/jwks":
            self.answer(200, self.issuer.jwks)
        elif url.path == "/token":
            self.token(parse_qs(url.query).get("audience", []))
        else:
            self.answer(404, {"message": "no such page"})

    def token(self, audiences):
        found = self.issuer.job_of(self.headers.get("Authorization", ""))
        if found is None:
            self.answer(401, {"message": "this bearer belongs to no job"})
        elif len(audiences) != 1:
            self.answer(400, {"message": "name one audience"})
        else:
            value = self.issuer.token(found, audiences[0])
            self.answer(200, {"count": len(value), "value": value})

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_request(self, code="-", size="-"):
        """Without the query: nothing of a job's token request belongs into a log."""
        self.log_message("%s %s %s", self.command, urlsplit(self.path).path, code)


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "prepare":
        prepare(sys.argv[2], int(sys.argv[3]))
    elif len(sys.argv) == 3 and sys.argv[1] == "serve":
        Handler.issuer = Issuer(sys.argv[2])
        ThreadingHTTPServer(("127.0.0.1", Handler.issuer.port), Handler).serve_forever()
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
