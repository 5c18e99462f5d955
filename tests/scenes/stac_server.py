"""A STAC API and file server on 127.0.0.1 that fails as told; made for one test each."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CONFORMS = [
    "https://api.stacspec.org/v1.0.0/core",
    "https://api.stacspec.org/v1.0.0/item-search",
]
QUERY = "https://api.stacspec.org/v1.0.0/item-search#query"


def item(name, assets=None, **properties):
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": name,
        "collection": "sentinel-2-l1c",
        "geometry": {"type": "Point", "coordinates": [3.0, 51.0]},
        "bbox": [3.0, 51.0, 3.0, 51.0],
        "properties": {"datetime": "2023-08-04T02:13:51Z"} | properties,
        "links": [],
        "assets": assets or {},
    }


class Server:
    """``routes`` maps paths to functions of the handler; ``seen`` holds what was asked."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"
        self.routes = {}
        self.seen = []

    def asked(self, path):
        return [request for request in self.seen if request["path"] == path]

    def serve_items(self, items, per_page=2, next_link=None, failing=0, conforms=()):
        """Landing page and search; the first ``failing`` searches answer 503."""
        left = [failing]

        def landing(handler):
            links = [
                {"rel": "search", "type": "application/geo+json", "href": self.url + "/search"}
            ]
            links = [{"rel": "root", "href": self.url}, *links]
            head = {"type": "Catalog", "id": "local", "description": "d", "stac_version": "1.0.0"}
            send_json(handler, head | {"conformsTo": [*CONFORMS, *conforms], "links": links})

        def search(handler):
            if left[0]:
                left[0] -= 1
                return send(handler, b"later", status=503)
            start = int(handler.query.get("start", handler.body.get("start", 0)))
            page = {"type": "FeatureCollection", "features": items[start : start + per_page]}
            page["links"] = []
            if next_link is not None:
                page["links"] = [{"rel": "next", "href": next_link}]
            elif start + per_page < len(items):
                body = {"start": start + per_page}
                link = {"rel": "next", "href": self.url + "/search", "method": "POST"}
                page["links"] = [link | {"body": body, "merge": True}]
            return send_json(handler, page)

        self.routes |= {"/": landing, "": landing, "/search": search}


def send(handler, data, status=200, length=None, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    if length != "none":
        handler.send_header("Content-Length", str(len(data) if length is None else length))
    handler.end_headers()
    handler.wfile.write(data)
    handler.close_connection = True


def send_json(handler, value):
    send(handler, json.dumps(value).encode(), Content_Type="application/geo+json")


@contextmanager
def running():
    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            path, _, query = self.path.partition("?")
            self.query = dict(pair.split("=", 1) for pair in query.split("&") if "=" in pair)
            size = int(self.headers.get("Content-Length", 0))
            self.body = json.loads(self.rfile.read(size)) if size else {}
            asked = {"path": path, "headers": dict(self.headers), "body": self.body}
            server.seen.append(asked | {"query": self.query})
            route = server.routes.get(path)
            if route is None:
                send(self, b"", status=404)
            else:
                route(self)

        do_GET = do_POST = answer

        def log_message(self, *_):
            pass

    service = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.daemon_threads = True
    server = Server(service.server_port)
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        service.shutdown()
        service.server_close()
        thread.join()
