"""A daemon that lies: the real one behind it, but for the answers that a test changes."""

import http.server
import ssl
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def forward(self):
        size = int(self.headers.get("Content-Length", 0))
        asked = self.rfile.read(size) if size else None
        kept = {name: self.headers[name] for name in ("Content-Type",) if self.headers[name]}
        link = self.server.daemon.connection()
        link.request(self.command, self.path, asked, kept)
        answer = link.getresponse()
        body = self.server.lie(self.path, answer.read())
        link.close()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = forward

    def log_message(self, *_):
        pass


class Liar:
    """`with Liar(daemon, lie) as server:` where lie(path, body) gives the body to answer with."""

    def __init__(self, daemon, lie):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(daemon.certificate, daemon.key)
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True,
                                               do_handshake_on_connect=False)
        self.http.daemon_threads, self.http.lie, self.http.daemon = True, lie, daemon

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}).start()
        return "https://127.0.0.1:%d" % self.http.server_port

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()
