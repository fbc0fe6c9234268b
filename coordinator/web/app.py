"""The dashboard as an ASGI application: routes, signing in and out, and what errors look like."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from coordinator.web import applications, forms, monitoring, pipelines, public
from coordinator.web.guard import Guard, token_of
from coordinator.web.sessions import COOKIE, LONGEST
from coordinator.web.site import FOLDER, Site, moved, page, site_of

KIND = "genesis-dashboard"
"""How `/healthz` says what listens on the port."""


async def health(request: Request) -> Response:
    """That a dashboard listens here, and no more: it is asked before anybody signs in."""
    del request
    return JSONResponse({"kind": KIND, "ok": True})


async def sign_in(request: Request) -> Response:
    """Where a code is given; a script takes it from the fragment, which no log ever sees."""
    if request.scope["session"] is not None:
        return moved("/")
    return page(request, "sign_in.html", problem="")


async def enter(request: Request) -> Response:
    """A code for a session."""
    site, form = site_of(request), await forms.read(request)
    token = site.door.enter(form.get("code", ""), site.clock())
    if token is None:
        problem = "This code is wrong, was used already, or is older than two minutes."
        return page(request, "sign_in.html", 403, problem=problem)
    answer = moved("/")
    answer.set_cookie(
        COOKIE, token, max_age=int(LONGEST), httponly=True, samesite="strict", path="/"
    )
    return answer


async def leave(request: Request) -> Response:
    """End the session."""
    await forms.signed(request)
    site_of(request).door.leave(token_of(request.headers))
    answer = moved("/sign-in")
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


async def refused(request: Request, error: Exception) -> Response:
    """A page that says what did not work, and what was left as it was."""
    assert isinstance(error, HTTPException)
    text = "There is no such page." if error.detail == "Not Found" else error.detail
    if request.scope.get("session") is None:
        return Response(text, error.status_code, media_type="text/plain")
    return page(request, "error.html", error.status_code, text=text, code=error.status_code)


async def broken(request: Request, error: Exception) -> Response:
    """A page for a defect; what it was stands in the log."""
    del error
    text = "The dashboard made a mistake. `genesis logs --service dashboard` has the details."
    if request.scope.get("session") is None:
        return Response(text, 500, media_type="text/plain")
    return page(request, "error.html", 500, text=text, code=500)


def application(site: Site) -> Starlette:
    """The whole dashboard, guarded."""
    made = Starlette(
        routes=[
            Route("/healthz", health),
            Route("/sign-in", sign_in),
            Route("/sign-in", enter, methods=["POST"]),
            Route("/sign-out", leave, methods=["POST"]),
            *pipelines.ROUTES,
            *applications.ROUTES,
            *monitoring.ROUTES,
            *public.ROUTES,
            Mount("/static", StaticFiles(directory=FOLDER / "static")),
        ],
        middleware=[Middleware(Guard, door=site.door, port=site.port, clock=site.clock)],
        exception_handlers={HTTPException: refused, 500: broken},
    )
    made.state.site = site
    return made
