"""Netlify's API on 127.0.0.1, as far as deploying goes, and the sites that it serves.

Statuses and answers follow the OpenAPI file and what the official client was recorded to accept;
`tests/agents/deployment/netlify/test_emulator.py` holds it to both. As a process of its own:
`python -m tests.support.netlify_server [port]`.

A site answers below `/~/NAME/`, one deploy of it below `/~/DEPLOY--NAME/`, or at these names under
`netlify.app` in the Host header.
"""

from __future__ import annotations

import hashlib
import io
import re
import secrets
import sys
import time
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.support.netlify_sites import Node, serve
from tests.support.platform_http import Reply, Request, Server

TOKEN = "nfp_emulated_token"
ACCOUNT = {
    "id": "acc1", "name": "Emulated Team", "slug": "emu-team", "type_slug": "free",
    "type_name": "Free", "default": True, "capabilities": {},
}  # fmt: skip
UNFINISHED = ("new", "preparing", "prepared", "uploading", "uploaded")


@dataclass
class Deploy:
    id: str
    site: Site
    title: str
    branch: str
    draft: bool
    created: float
    state: str = "new"
    files: dict[str, str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    functions_config: dict[str, Any] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    required_functions: list[str] = field(default_factory=list)
    error: str = ""
    locked: bool = False
    due: float = 0.0
    """When its state moves on by itself."""
    published: float = 0.0
    variables: dict[str, str] = field(default_factory=dict)
    """Those of when it was begun: later ones take effect with a new deploy."""


@dataclass
class Site:
    id: str
    name: str
    created: float
    domain: str = ""
    live: Deploy | None = None
    deploys: list[Deploy] = field(default_factory=list)
    """Oldest first."""


class Netlify:
    """The emulator; `start` it, and change it from a test at any time.

    `ready_after` and `prepared_after` are seconds that a deploy stays uploaded, or preparing.
    """

    def __init__(
        self, *, ready_after: float = 0.02, prepared_after: float = 0.02, journal: bool = True
    ) -> None:
        self.ready_after, self.prepared_after = ready_after, prepared_after
        self.http = Server(self.answer, journal=journal)
        self.tokens = {TOKEN}
        self.sites: dict[str, Site] = {}
        self.foreign = {"taken"}
        """Names of sites that belong to others."""
        self.content: dict[str, bytes] = {}
        self.variables: dict[str, dict[str, dict[str, Any]]] = {}
        """By site ("" for the whole account) and key."""
        self.fails_processing = ""
        """The reason with which each deploy fails instead of getting ready."""
        self.restores_drafts = True
        """Whether restore publishes a deploy that was begun as a draft."""
        self.node = Node()

    def start(self, port: int = 0) -> Netlify:
        self.http.port = port
        self.http.start()
        return self

    def close(self) -> None:
        self.http.close()
        self.node.close()

    @property
    def api(self) -> str:
        return f"{self.http.url}/api/v1"

    def site(self, name: str) -> Site:
        """The site of that name, id or domain, made when there is none."""
        return self._site(name) or self._new_site(name)

    def find(self, release: str) -> Deploy | None:
        return next((d for s in self.sites.values() for d in s.deploys if d.id == release), None)

    def add_deploy(self, site: str, title: str) -> None:
        """Put a deploy of somebody else's into the list of a site."""
        found = self._need_site(site)
        found.deploys.append(
            Deploy(secrets.token_hex(12), found, title, "main", False, time.time())
        )

    def bytes_of(self, deploy: Deploy) -> dict[str, bytes]:
        """What a deploy serves, by path."""
        return {path: self.content[sha] for path, sha in deploy.files.items()}

    # --- Requests --------------------------------------------------------------------------

    def answer(self, request: Request) -> Reply:
        host = request.headers.get("host", "").partition(":")[0]
        parts = request.parts
        if host.endswith(".netlify.app"):
            return self._serve(request, host.removesuffix(".netlify.app"), parts)
        if parts[0] == "~":
            return self._serve(request, parts[1] if len(parts) > 1 else "", parts[2:])
        if parts[0] in ("team", "site"):
            return Reply(200, [])
        if parts[:2] != ["api", "v1"]:
            return _error(404, "Not Found")
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return _error(401, "Unauthorized")
        path = parts[4:] if parts[2:4] == ["api", "v1"] else parts[2:]
        for method, pattern, handler in _ROUTES:
            found = re.fullmatch(pattern, "\0".join(path)) if method == request.method else None
            if found:
                try:
                    return handler(self, request, *found.groups())
                except _Refuse as refused:
                    return _error(refused.status, refused.message)
        return _error(404, "Not Found")

    def _serve(self, request: Request, label: str, parts: list[str]) -> Reply:
        release, _, name = label.rpartition("--")
        site = next((one for one in self.sites.values() if one.name == name), None)
        if site is None:
            return Reply(404, b"Not Found - no such site")
        for one in site.deploys:
            self._move_on(one)
        deploys = [d for d in site.deploys if release in (d.id, d.branch) and d.state == "ready"]
        deploy = site.live if not release else (deploys[-1] if deploys else None)
        if deploy is None:
            return Reply(404, b"Not Found - nothing is deployed")
        return serve(request, "/" + "/".join(parts), deploy, self.content, self.node)

    # --- Accounts and sites ----------------------------------------------------------------

    def user(self, _request: Request) -> Reply:
        return Reply(200, {"id": "user1", "full_name": "Ann", "email": "ann@example.com"})

    def accounts(self, _request: Request) -> Reply:
        return Reply(200, [ACCOUNT])

    def list_sites(self, request: Request) -> Reply:
        wanted = request.query.get("name", "")
        found = [self._about(site) for site in self.sites.values() if wanted in site.name]
        return self._page(request, found)

    def create_site(self, request: Request, _account: str = "") -> Reply:
        name = (_object(request)).get("name") or f"site-{secrets.token_hex(3)}"
        if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", str(name)):
            raise _Refuse(422, "name is invalid")
        if name in self.foreign or self._site(str(name)):
            return Reply(422, {"code": 422, "errors": {"subdomain": ["must be unique"]},
                               "message": "subdomain must be unique"})  # fmt: skip
        return Reply(201, self._about(self._new_site(str(name))))

    def get_site(self, _request: Request, site: str) -> Reply:
        return Reply(200, self._about(self._need_site(site)))

    def change_site(self, request: Request, site: str) -> Reply:
        found = self._need_site(site)
        found.domain = str(_object(request).get("custom_domain") or found.domain)
        return Reply(200, self._about(found))

    def delete_site(self, _request: Request, site: str) -> Reply:
        del self.sites[self._need_site(site).id]
        return Reply(204)

    # --- Deploys ---------------------------------------------------------------------------

    def create_deploy(self, request: Request, site: str) -> Reply:
        zipped = request.headers.get("content-type") == "application/zip"
        body = {} if zipped else _object(request)
        found = self._need_site(site)
        deploy = Deploy(
            secrets.token_hex(12), found, request.query.get("title", ""),
            str(body.get("branch") or request.query.get("branch") or "main"),
            bool(body.get("draft")), time.time(), variables=self._values(found),
        )  # fmt: skip
        if zipped:
            self._unzip(deploy, request.body)
        elif "files" in body or "functions" in body:
            self._take_manifest(deploy, body)
        found.deploys.append(deploy)
        return Reply(200, self._about_deploy(deploy))

    def _values(self, site: Site) -> dict[str, str]:
        """What functions get of the account's variables and the site's own."""
        return {
            key: one["values"][0]["value"]
            for place in ("", site.id)
            for key, one in self.variables.get(place, {}).items()
        }

    def change_deploy(self, request: Request, site: str, release: str) -> Reply:
        deploy = self._need_deploy(release, self._need_site(site))
        self._take_manifest(deploy, _object(request))
        return Reply(200, self._about_deploy(deploy))

    def list_deploys(self, request: Request, site: str) -> Reply:
        deploys = reversed(self._need_site(site).deploys)
        about = [self._about_deploy(deploy) for deploy in deploys]
        for key in ("state", "branch"):
            about = [one for one in about if one[key] == request.query.get(key, one[key])]
        return self._page(request, about)

    def get_deploy(self, _request: Request, site: str, release: str = "") -> Reply:
        owner = self._need_site(site) if release else None
        return Reply(200, self._about_deploy(self._need_deploy(release or site, owner)))

    def delete_deploy(self, _request: Request, site: str, release: str = "") -> Reply:
        deploy = self._need_deploy(release or site)
        if deploy is deploy.site.live:
            raise _Refuse(422, "a published deploy cannot be deleted")
        deploy.site.deploys.remove(deploy)
        return Reply(204)

    def put_file(self, request: Request, release: str, path: str) -> Reply:
        deploy = self._need_deploy(release)
        name = path.replace("\0", "/")
        sha = hashlib.sha1(request.body).hexdigest()
        if deploy.files.get(name) != sha:
            raise _Refuse(422, f"the digest of {name} is not the one of the manifest")
        self.content[sha] = request.body
        return Reply(200, {"id": f"/{name}", "path": f"/{name}", "sha": sha,
                           "mime_type": "application/octet-stream",
                           "size": len(request.body)})  # fmt: skip

    def put_function(self, request: Request, release: str, name: str) -> Reply:
        deploy = self._need_deploy(release)
        sha = hashlib.sha256(request.body).hexdigest()
        if deploy.functions.get(name) != sha:
            raise _Refuse(422, f"the digest of {name} is not the one of the manifest")
        self.content[sha] = request.body
        return Reply(200, {"id": secrets.token_hex(8), "name": name, "sha": sha})

    def cancel(self, _request: Request, release: str) -> Reply:
        deploy = self._need_deploy(release)
        if deploy.state != "error" and deploy.site.live is not deploy:
            deploy.state, deploy.error = "error", "Canceled deploy"
        return Reply(201, self._about_deploy(deploy))

    def restore(self, _request: Request, site: str, release: str) -> Reply:
        deploy = self._need_deploy(release, self._need_site(site))
        self._move_on(deploy)
        if deploy.draft and not self.restores_drafts:
            raise _Refuse(422, "no draft can be published")
        if deploy.state != "ready":
            raise _Refuse(422, f"a deploy that is {deploy.state} cannot be published")
        self._publish(deploy)
        return Reply(201, self._about_deploy(deploy))

    def roll_back(self, _request: Request, site: str) -> Reply:
        found = self._need_site(site)
        before = [d for d in found.deploys if d.published and d is not found.live]
        if not before:
            raise _Refuse(422, "there is no earlier deploy")
        self._publish(max(before, key=lambda deploy: deploy.published))
        return Reply(204)

    def lock(self, _request: Request, release: str, word: str) -> Reply:
        deploy = self._need_deploy(release)
        deploy.locked = word == "lock"
        return Reply(200, self._about_deploy(deploy))

    def list_files(self, _request: Request, site: str) -> Reply:
        live = self._need_site(site).live
        files = live.files if live else {}
        return Reply(200, [
            {"id": f"/{path}", "path": f"/{path}", "sha": sha, "size": len(self.content[sha]),
             "mime_type": "application/octet-stream"} for path, sha in files.items()
        ])  # fmt: skip

    def purge(self, _request: Request) -> Reply:
        return Reply(202)

    # --- Variables -------------------------------------------------------------------------

    def list_variables(self, request: Request, account: str) -> Reply:
        found = self._variables(request, account)
        context = request.query.get("context_name") or request.query.get("context_name[]")
        shown = [_shown(one) for one in found.values()]
        if context:
            shown = [
                {**one, "values": [v for v in one["values"] if v["context"] in ("all", context)]}
                for one in shown
            ]
            shown = [one for one in shown if one["values"]]
        return Reply(200, shown)

    def site_variables(self, _request: Request, site: str) -> Reply:
        found = self.variables.get(self._need_site(site).id, {})
        return Reply(200, [_shown(one) for one in found.values()])

    def create_variables(self, request: Request, account: str) -> Reply:
        found, given = self._variables(request, account), request.json()
        if not isinstance(given, list):
            raise _Refuse(400, "the body is an array of variables")
        for one in given:
            _check_variable(one)
            if one["key"] in found:
                raise _Refuse(409, f"{one['key']} exists already")
        made = {one["key"]: {**one, "updated_at": _stamp(time.time())} for one in given}
        found.update(made)
        return Reply(201, list(made.values()))

    def get_variable(self, request: Request, account: str, key: str) -> Reply:
        found = self._variables(request, account)
        return Reply(200, _shown(found[key])) if key in found else _error(404, "Not Found")

    def put_variable(self, request: Request, account: str, key: str) -> Reply:
        found, given = self._variables(request, account), _object(request)
        if key not in found:
            return _error(404, "Not Found")
        _check_variable(given)
        found[key] = {**given, "updated_at": _stamp(time.time())}
        return Reply(200, found[key])

    def patch_variable(self, request: Request, account: str, key: str) -> Reply:
        found, given = self._variables(request, account), _object(request)
        if key not in found:
            return _error(404, "Not Found")
        kept = [v for v in found[key]["values"] if v["context"] != given["context"]]
        found[key] = {**found[key], "values": [*kept, given]}
        return Reply(201, found[key])

    def delete_variable(self, request: Request, account: str, key: str) -> Reply:
        self._variables(request, account).pop(key, None)
        return Reply(204)

    # --- State -----------------------------------------------------------------------------

    def _variables(self, request: Request, account: str) -> dict[str, dict[str, Any]]:
        if account not in (ACCOUNT["id"], ACCOUNT["slug"]):
            raise _Refuse(404, "Not Found")
        site = request.query.get("site_id", "")
        return self.variables.setdefault(self._need_site(site).id if site else "", {})

    def _site(self, name: str) -> Site | None:
        plain = name.removesuffix(".netlify.app")
        for site in self.sites.values():
            if site.id == name or site.name == plain or (site.domain and site.domain == name):
                return site
        return None

    def _need_site(self, name: str) -> Site:
        found = self._site(name)
        if found is None:
            raise _Refuse(404, "Not Found")
        return found

    def _need_deploy(self, release: str, site: Site | None = None) -> Deploy:
        found = self.find(release)
        if found is None or (site and found.site is not site):
            raise _Refuse(404, "Not Found")
        return found

    def _new_site(self, name: str) -> Site:
        made = Site(str(uuid.uuid4()), name, time.time())
        self.sites[made.id] = made
        return made

    def _take_manifest(self, deploy: Deploy, body: dict[str, Any]) -> None:
        if deploy.state not in UNFINISHED:
            raise _Refuse(422, f"a deploy that is {deploy.state} cannot be changed")
        files = {path.lstrip("/"): sha for path, sha in body.get("files", {}).items()}
        if any("#" in path or "?" in path for path in files):
            raise _Refuse(422, "file names cannot contain # or ?")
        deploy.files, deploy.functions = files, body.get("functions", {})
        deploy.functions_config = body.get("functions_config", {})
        # The official client begins a draft with `draft: true` and sends `false` with its manifest;
        # it stays a draft.
        deploy.draft = deploy.draft or bool(body.get("draft"))
        missing = dict.fromkeys(sha for sha in files.values() if sha not in self.content)
        deploy.required = list(missing)
        deploy.required_functions = [s for s in deploy.functions.values() if s not in self.content]
        deploy.state = "uploading"
        if body.get("async"):
            deploy.state, deploy.due = "preparing", time.time() + self.prepared_after

    def _unzip(self, deploy: Deploy, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                body = archive.read(name)
                sha = hashlib.sha1(body).hexdigest()
                self.content[sha] = body
                deploy.files[name] = sha
        deploy.state = "uploading"

    def _move_on(self, deploy: Deploy) -> None:
        now = time.time()
        if deploy.state == "preparing" and now >= deploy.due:
            deploy.state = "prepared"
        if deploy.state in ("prepared", "uploading"):
            wanted = [*deploy.required, *deploy.required_functions]
            if all(sha in self.content for sha in wanted):
                deploy.state, deploy.due = "uploaded", now + self.ready_after
        if deploy.state == "uploaded" and now >= deploy.due:
            if self.fails_processing:
                deploy.state, deploy.error = "error", self.fails_processing
                return
            deploy.state = "ready"
            locked = deploy.site.live is not None and deploy.site.live.locked
            if not deploy.draft and deploy.branch == "main" and not locked:
                self._publish(deploy)

    def _publish(self, deploy: Deploy) -> None:
        deploy.site.live, deploy.published = deploy, time.time()

    def _about(self, site: Site) -> dict[str, Any]:
        for deploy in site.deploys:
            self._move_on(deploy)
        at = _stamp(site.created)
        address = f"{self.http.url}/~/{site.name}"
        return {
            "id": site.id, "site_id": site.id, "name": site.name, "account_id": ACCOUNT["id"],
            "account_slug": ACCOUNT["slug"], "account_name": ACCOUNT["name"], "url": address,
            "ssl_url": address, "admin_url": f"https://app.netlify.com/projects/{site.name}",
            "state": "current", "capabilities": {}, "build_settings": {},
            "processing_settings": {}, "plan": "free", "created_at": at, "updated_at": at,
            "feature_flags": {}, "use_envelope": True,
            "published_deploy": self._about_deploy(site.live) if site.live else None,
        }  # fmt: skip

    def _about_deploy(self, deploy: Deploy) -> dict[str, Any]:
        self._move_on(deploy)
        site, at = deploy.site, _stamp(deploy.created)
        waits = deploy.state in ("new", "preparing")
        address = f"{self.http.url}/~/{site.name}"
        own = f"{self.http.url}/~/{deploy.id}--{site.name}"
        return {
            "id": deploy.id, "site_id": site.id, "state": deploy.state, "name": site.name,
            "url": address, "ssl_url": address, "deploy_url": own, "deploy_ssl_url": own,
            "admin_url": f"https://app.netlify.com/projects/{site.name}",
            "branch": deploy.branch, "draft": deploy.draft,
            "required": [] if waits else deploy.required,
            "required_functions": [] if waits else deploy.required_functions,
            "created_at": at, "updated_at": at, "user_id": "user1", "title": deploy.title,
            "context": "production", "locked": deploy.locked or None, "log_access_attributes": {},
            "published_at": _stamp(deploy.published) if deploy.published else None,
            "error_message": deploy.error or None,
        }  # fmt: skip

    def _page(self, request: Request, found: list[dict[str, Any]]) -> Reply:
        page = int(request.query.get("page", 1))
        size = min(int(request.query.get("per_page", 100)), 100)
        last = max(1, -(-len(found) // size))
        address = f"{self.http.url}{request.path}?per_page={size}&page="
        links = [f'<{address}{last}>; rel="last"']
        if page < last:
            links.insert(0, f'<{address}{page + 1}>; rel="next"')
        part = found[(page - 1) * size : page * size]
        return Reply(200, part, {"link": ", ".join(links)})


class _Refuse(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def _error(status: int, message: str) -> Reply:
    return Reply(status, {"code": status, "message": message})


def _object(request: Request) -> dict[str, Any]:
    body = request.json() or {}
    if not isinstance(body, dict):
        raise _Refuse(400, "the body is an object")
    return body


def _check_variable(one: dict[str, Any]) -> None:
    """Secrets may not be read after processing, nor be the same in all contexts."""
    secret = bool(one.get("is_secret"))
    if secret and "post-processing" in one.get("scopes", ()):
        raise _Refuse(422, "a secret cannot have the scope post-processing")
    if secret and any(value["context"] == "all" for value in one["values"]):
        raise _Refuse(422, "a secret needs a context other than all")


def _shown(one: dict[str, Any]) -> dict[str, Any]:
    """As it is read back: what a secret is worth cannot be read again."""
    if not one.get("is_secret"):
        return one
    return {**one, "values": [{**value, "value": ""} for value in one["values"]]}


def _stamp(seconds: float) -> str:
    at = datetime.fromtimestamp(seconds, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


_PART, _REST = "([^\0]+)", "(.+)"
_ROUTES: list[tuple[str, str, Callable[..., Reply]]] = [
    (method, path.replace("/", "\0").replace("*", _REST).replace("{}", _PART), handler)
    for method, path, handler in (
        ("PUT", "deploys/{}/files/*", Netlify.put_file),
        ("PUT", "deploys/{}/functions/{}", Netlify.put_function),
        ("GET", "user", Netlify.user),
        ("GET", "accounts", Netlify.accounts),
        ("GET", "sites", Netlify.list_sites),
        ("POST", "sites", Netlify.create_site),
        ("POST", "purge", Netlify.purge),
        ("GET", "sites/{}", Netlify.get_site),
        ("PATCH", "sites/{}", Netlify.change_site),
        ("PUT", "sites/{}", Netlify.change_site),
        ("DELETE", "sites/{}", Netlify.delete_site),
        ("GET", "sites/{}/env", Netlify.site_variables),
        ("GET", "sites/{}/files", Netlify.list_files),
        ("POST", "sites/{}/deploys", Netlify.create_deploy),
        ("GET", "sites/{}/deploys", Netlify.list_deploys),
        ("GET", "sites/{}/deploys/{}", Netlify.get_deploy),
        ("PUT", "sites/{}/deploys/{}", Netlify.change_deploy),
        ("DELETE", "sites/{}/deploys/{}", Netlify.delete_deploy),
        ("POST", "sites/{}/deploys/{}/restore", Netlify.restore),
        ("PUT", "sites/{}/rollback", Netlify.roll_back),
        ("GET", "deploys/{}", Netlify.get_deploy),
        ("DELETE", "deploys/{}", Netlify.delete_deploy),
        ("POST", "deploys/{}/cancel", Netlify.cancel),
        ("POST", "deploys/{}/(lock|unlock)", Netlify.lock),
        ("GET", "accounts/{}/env", Netlify.list_variables),
        ("POST", "accounts/{}/env", Netlify.create_variables),
        ("GET", "accounts/{}/env/{}", Netlify.get_variable),
        ("PUT", "accounts/{}/env/{}", Netlify.put_variable),
        ("PATCH", "accounts/{}/env/{}", Netlify.patch_variable),
        ("DELETE", "accounts/{}/env/{}", Netlify.delete_variable),
        ("POST", "{}/sites", Netlify.create_site),
    )
]

if __name__ == "__main__":
    emulator = Netlify(ready_after=0.05, prepared_after=0.05, journal=False)
    emulator.start(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(emulator.http.url, flush=True)
    try:
        sys.stdin.read()
    finally:
        emulator.close()
