"""Administration behind the fake gateway: everybody's accounts, invitations, the audit trail."""

import datetime as dt
import hashlib
import uuid
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from fake_gateway import FakeGateway

SCOPE = "accounts:manage"


class FakeAdministration:
    """The part of auth-service for administrators; ``gateway`` keeps the accounts."""

    def __init__(self, gateway: "FakeGateway") -> None:
        self.gateway = gateway
        self.invitations: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.sessions: dict[str, list[dict[str, Any]]] = {}
        self.mailed: list[str] = []
        self.sends_mail = True
        self.signup_closed = False
        self.page_size: int | None = None
        self.queries: list[dict[str, str]] = []

    def routes(self) -> list[tuple[str, str, Any]]:
        one = "/auth/users/{account_id}"
        return [
            ("GET", "/auth/users", self.find), ("GET", one, self.account), ("PATCH", one, self.change),
            ("GET", f"{one}/sessions", self.list_sessions), ("DELETE", f"{one}/sessions", self.end_sessions),
            ("DELETE", f"{one}/second-factor", self.reset_second_factor),
            ("POST", f"{one}/password-reset", self.send_reset_link),
            ("GET", "/auth/invitations", self.list_invitations), ("POST", "/auth/invitations", self.invite),
            ("DELETE", "/auth/invitations/{invitation_id}", self.withdraw),
            ("GET", "/auth/audit", self.audit), ("GET", "/auth/audit/export", self.export),
        ]  # fmt: skip

    # Things that are there

    def record(self, action: str, *, actor: str | None = None, subject: str | None = None, **facts: Any) -> None:
        """Have an event; accounts are named by their addresses."""
        self.events.append({
            "number": len(self.events) + 1, "at": self.gateway.now(), "action": action, "actor": self.named(actor),
            "subject": self.named(subject), "address": "192.0.2.7", "user_agent": "Firefox", "detail": {},
        } | facts)  # fmt: skip

    def named(self, email: str | None) -> dict[str, Any] | None:
        return {"id": self.gateway.accounts[email]["id"], "email": email} if email else None

    def sign_in(self, email: str, **facts: Any) -> None:
        """Have somebody signed in in a browser."""
        session = {
            "id": str(uuid.uuid4()), "created_at": self.gateway.now(), "last_used_at": self.gateway.now(),
            "address": "192.0.2.7", "user_agent": "Firefox", "second_factor": False, "current": False,
        } | facts  # fmt: skip
        self.sessions.setdefault(email, []).append(session)

    # Answers

    def page(self, request: Request, items: list[dict[str, Any]]) -> Response:
        """Answer with one page; the cursor is a number, bound to the rest of the query."""
        query = dict(request.query_params)
        self.queries.append(query)
        limit = self.page_size or int(query.get("limit", "24"))
        rest = {name: value for name, value in query.items() if name not in {"cursor", "limit"}}
        mark = hashlib.sha256(str(sorted(rest.items())).encode()).hexdigest()
        start, _, belongs = query.get("cursor", f"0|{mark}").partition("|")
        if belongs != mark:
            raise self.gateway.problem(400, "invalid_cursor")
        at = int(start)
        following, previous = at + limit, at - limit
        return JSONResponse({
            "items": items[at:following], "total": len(items),
            "next_cursor": f"{following}|{mark}" if following < len(items) else None,
            "prev_cursor": f"{max(previous, 0)}|{mark}" if at else None,
        })  # fmt: skip

    def shown(self, account: dict[str, Any]) -> dict[str, Any]:
        facts = {"second_factor": False, "disabled_at": None, "last_signed_in_at": None} | account
        names = ("id", "email", "full_name", "role", "created_at", "email_verified", "disabled_at", "second_factor",
                 "last_signed_in_at")  # fmt: skip
        return {name: facts[name] for name in names} | {"sessions": len(self.sessions.get(account["email"], []))}

    async def find(self, request: Request) -> Response:
        self.gateway.who(request, SCOPE)
        query = request.query_params
        found = [
            self.shown(account) for account in self.gateway.accounts.values()
            if query.get("q", "").casefold() in f"{account['full_name']} {account['email']}".casefold()
            and query.get("role", account["role"]) == account["role"]
            and query.get("disabled", "") in {"", str(bool(account.get("disabled_at"))).lower()}
        ]  # fmt: skip
        return self.page(request, found)

    def one(self, request: Request) -> dict[str, Any]:
        self.gateway.who(request, SCOPE)
        for account in self.gateway.accounts.values():
            if account["id"] == request.path_params["account_id"]:
                return account
        raise self.gateway.problem(404, "account_not_found")

    async def account(self, request: Request) -> Response:
        return JSONResponse(self.shown(self.one(request)))

    async def change(self, request: Request) -> Response:
        account, me, body = self.one(request), self.gateway.who(request), await request.json()
        admins = [
            one for one in self.gateway.accounts.values() if one["role"] == "admin" and not one.get("disabled_at")
        ]
        loses = body.get("disabled") or body.get("role", "admin") != "admin"
        if account in admins and len(admins) == 1 and loses:
            raise self.gateway.problem(409, "last_admin")
        if account is me:
            raise self.gateway.problem(409, "own_account")
        if "role" in body:
            account["role"] = body["role"]
        if "disabled" in body:
            account["disabled_at"] = self.gateway.now() if body["disabled"] else None
        return JSONResponse(self.shown(account))

    async def list_sessions(self, request: Request) -> Response:
        return self.page(request, self.sessions.get(self.one(request)["email"], []))

    async def end_sessions(self, request: Request) -> Response:
        self.sessions.pop(self.one(request)["email"], None)
        return Response(status_code=204)

    async def reset_second_factor(self, request: Request) -> Response:
        self.one(request)["second_factor"] = False
        return Response(status_code=204)

    async def send_reset_link(self, request: Request) -> Response:
        account = self.one(request)
        if not self.sends_mail:
            raise self.gateway.problem(409, "mail_not_configured")
        self.mailed.append(account["email"])
        return JSONResponse({}, 202)

    async def list_invitations(self, request: Request) -> Response:
        self.gateway.who(request, SCOPE)
        shown = [{name: value for name, value in one.items() if name != "link"} for one in self.invitations]
        return self.page(request, shown[::-1])

    async def invite(self, request: Request) -> Response:
        me, body = self.gateway.who(request, SCOPE), await request.json()
        if self.signup_closed:
            raise self.gateway.problem(409, "signup_closed")
        if "@" not in body.get("email", "@") or body.get("email", "").endswith("@"):
            raise self.gateway.problem(422, "invalid_input", errors=[{"loc": ["body", "email"], "msg": "is not valid"}])
        expires = dt.datetime.now(dt.UTC) + dt.timedelta(days=body.get("expires_in_days", 7))
        made = {
            "id": str(uuid.uuid4()), "email": body.get("email"), "role": body["role"], "state": "open",
            "created_at": self.gateway.now(), "expires_at": expires.isoformat(),
            "invited_by": {"id": me["id"], "email": me["email"]},
            "link": "http://localhost:8080/invitation?token=" + uuid.uuid4().hex,
        }  # fmt: skip
        self.invitations.append(made)
        return JSONResponse(made, 201)

    async def withdraw(self, request: Request) -> Response:
        self.gateway.who(request, SCOPE)
        for one in self.invitations:
            if one["id"] == request.path_params["invitation_id"] and one["state"] == "open":
                one["state"] = "withdrawn"
                return Response(status_code=204)
        raise self.gateway.problem(404, "invitation_not_found")

    def chosen(self, request: Request) -> list[dict[str, Any]]:
        self.gateway.who(request, SCOPE)
        query = request.query_params
        return [
            event for event in reversed(self.events)
            if all((event[name] or {}).get("id") == query[name] for name in ("actor", "subject") if name in query)
            and query.get("action", event["action"]) == event["action"]
            and query.get("since", "") <= event["at"] < query.get("until", "9")
        ]  # fmt: skip

    async def audit(self, request: Request) -> Response:
        return self.page(request, self.chosen(request))

    async def export(self, request: Request) -> Response:
        kind = request.query_params["format"]
        lines = [str(event["number"]) for event in self.chosen(request)]
        headers = {"Content-Disposition": f'attachment; filename="audit.{kind}"'}
        return Response("\n".join(lines), media_type="text/csv", headers=headers)
