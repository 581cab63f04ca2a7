"""auth-service behind the fake gateway: signing in and out, and all that somebody does with their own account."""

import uuid
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from fake_gateway import FakeGateway

CODE = "123456"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
WEB = "http://localhost:8080"


class FakeAuth:
    """``gateway`` keeps the accounts and the sessions; links, challenges, keys and mails are kept here."""

    def __init__(self, gateway: "FakeGateway") -> None:
        self.gateway = gateway
        self.mail = True
        self.verify_email = False
        self.local_mails = False
        self.challenges: dict[str, str] = {}
        self.links: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, dict[str, Any]] = {}
        self.mails: list[dict[str, Any]] = []
        self.asked: list[tuple[str, Any]] = []
        self.other_sessions: list[dict[str, Any]] = []
        self.most_keys = 50

    def routes(self) -> list[tuple[str, str, Any]]:
        factor = "/auth/me/second-factor"
        return [
            ("POST", "/auth/login", self.login), ("POST", "/auth/login/second-factor", self.login_with_code),
            ("POST", "/auth/refresh", self.refresh), ("POST", "/auth/register", self.register),
            ("POST", "/auth/logout", self.logout), ("GET", "/auth/signup", self.signup),
            ("POST", "/auth/signup/invitation", self.invitation), ("GET", "/auth/me", self.me),
            ("PATCH", "/auth/me", self.patch_me), ("POST", "/auth/me/password", self.password),
            ("POST", "/auth/me/email", self.email), ("GET", "/auth/sessions", self.sessions),
            ("DELETE", "/auth/sessions", self.end_sessions), ("DELETE", "/auth/sessions/{id}", self.end_session),
            ("POST", "/auth/password-reset", self.ask_reset), ("POST", "/auth/password-reset/check", self.check_reset),
            ("POST", "/auth/password-reset/confirm", self.reset),
            ("POST", "/auth/email-verification", self.ask_verification),
            ("POST", "/auth/email-verification/confirm", self.verify), ("GET", factor, self.factor),
            ("POST", factor, self.begin_factor), ("POST", f"{factor}/confirm", self.confirm_factor),
            ("POST", f"{factor}/recovery-codes", self.new_codes), ("POST", f"{factor}/disable", self.disable_factor),
            ("GET", "/auth/me/export", self.export), ("POST", "/auth/me/delete", self.delete),
            ("GET", "/auth/api-keys", self.list_keys), ("POST", "/auth/api-keys", self.make_key),
            ("DELETE", "/auth/api-keys/{id}", self.revoke_key), ("GET", "/auth/mails", self.list_mails),
            ("GET", "/auth/mails/{id}", self.show_mail),
        ]  # fmt: skip

    # Things that are there

    def link(self, kind: str, **facts: Any) -> str:
        """Have a link sent; return its token."""
        token = f"{kind}-{uuid.uuid4().hex}"
        self.links[token] = {"kind": kind} | facts
        return token

    def protect(self, email: str, *codes: str) -> None:
        """Give an account a second factor."""
        self.gateway.accounts[email] |= {"factor": SECRET, "codes": list(codes or self.fresh_codes())}

    def fresh_codes(self) -> list[str]:
        return [f"{number:04x}-{uuid.uuid4().hex[:8]}" for number in range(10)]

    def add_mail(self, **facts: Any) -> dict[str, Any]:
        mail = {"id": str(uuid.uuid4()), "to": "reader@example.com", "subject": "Hello", "text": "", "html": "",
                "sent_at": self.gateway.now()} | facts  # fmt: skip
        self.mails.insert(0, mail)
        return mail

    # In and out

    async def login(self, request: Request) -> Response:
        form = await request.form()
        account = self.gateway.accounts.get(str(form["username"]).lower())
        if account is None or account["password"] != form["password"]:
            self.gateway.refuse(401, "invalid_credentials")
        if self.verify_email and not account["email_verified"]:
            self.gateway.refuse(403, "email_not_verified")
        if account.get("factor"):
            challenge = f"challenge-{uuid.uuid4().hex}"
            self.challenges[challenge] = account["email"]
            self.gateway.refuse(401, "second_factor_required", challenge=challenge, expires_in=300)
        return JSONResponse(self.gateway.tokens(account["email"]))

    async def login_with_code(self, request: Request) -> Response:
        body = await request.json()
        if body["challenge"] not in self.challenges:
            self.gateway.refuse(401, "invalid_challenge")
        account = self.gateway.accounts[self.challenges[body["challenge"]]]
        self.take_code(account, body["code"], 401)
        del self.challenges[body["challenge"]]
        return JSONResponse(self.gateway.tokens(account["email"]))

    def take_code(self, account: dict[str, Any], code: str, status: int = 422) -> None:
        if code in account.get("codes", []):
            account["codes"].remove(code)
        elif code != CODE:
            self.gateway.refuse(status, "invalid_code" if status == 401 else "invalid_input")

    def take_password(self, account: dict[str, Any], body: dict[str, Any]) -> None:
        if account["password"] != body["current_password"]:
            self.gateway.refuse(403, "wrong_password")

    async def refresh(self, request: Request) -> Response:
        token = (await request.json())["refresh_token"]
        if len(token) > 500:
            self.gateway.refuse(422, "invalid_input")
        session = self.gateway.refresh_tokens.pop(token, None)
        if session is None or session not in self.gateway.sessions:
            self.gateway.refuse(401, "invalid_refresh_token")
        return JSONResponse(self.gateway.tokens(self.gateway.sessions[session], session=session))

    async def register(self, request: Request) -> Response:
        body = await request.json()
        invitation = self.take_link(body["invitation"], "invitation") if "invitation" in body else None
        if not self.gateway.signup_open and invitation is None:
            self.gateway.refuse(403, "signup_closed")
        if body["email"] in self.gateway.accounts:
            self.gateway.refuse(409, "email_taken")
        if body["password"] == "password1":
            errors = [{"loc": ["body", "password"], "msg": "is too common"}]
            self.gateway.refuse(422, "invalid_input", errors=errors)
        role = invitation["role"] if invitation else "editor"
        self.gateway.add_account(body["email"], role, body.get("full_name", ""), body["password"])
        if invitation:
            del self.links[body["invitation"]]
        return JSONResponse({"email": body["email"]}, 201)

    async def logout(self, request: Request) -> Response:
        self.end_all(self.gateway.who(request))
        return Response(status_code=204)

    def end_all(self, account: dict[str, Any]) -> None:
        sessions = self.gateway.sessions
        self.gateway.sessions = {sid: owner for sid, owner in sessions.items() if owner != account["email"]}

    async def signup(self, _request: Request) -> Response:
        return JSONResponse({
            "open": self.gateway.signup_open, "default_role": "editor", "first_account": False, "mail": self.mail,
            "verify_email": self.verify_email, "local_mails": self.local_mails,
        })  # fmt: skip

    # Links of mails

    def take_link(self, token: str, kind: str) -> dict[str, Any]:
        link = self.links.get(token)
        if link is None or link["kind"] != kind:
            self.gateway.refuse(410, "link_expired")
        return link

    async def invitation(self, request: Request) -> Response:
        link = self.take_link((await request.json())["token"], "invitation")
        return JSONResponse({"email": link["email"], "role": link["role"], "expires_at": self.gateway.now()})

    async def ask_reset(self, request: Request) -> Response:
        if not self.mail:
            self.gateway.refuse(409, "mail_not_configured")
        self.asked.append(("reset", (await request.json())["email"]))
        return JSONResponse({}, 202)

    async def check_reset(self, request: Request) -> Response:
        return JSONResponse({"email": self.take_link((await request.json())["token"], "reset")["email"]})

    async def reset(self, request: Request) -> Response:
        body = await request.json()
        link = self.take_link(body["token"], "reset")
        if body["password"] == "password1":
            errors = [{"loc": ["body", "password"], "msg": "is too common"}]
            self.gateway.refuse(422, "invalid_input", errors=errors)
        del self.links[body["token"]]
        account = self.gateway.accounts[link["email"]]
        account["password"] = body["password"]
        self.end_all(account)
        return Response(status_code=204)

    async def ask_verification(self, request: Request) -> Response:
        self.asked.append(("verification", (await request.json())["email"]))
        return JSONResponse({}, 202)

    async def verify(self, request: Request) -> Response:
        body = await request.json()
        link = self.take_link(body["token"], "verification")
        if link.get("taken"):
            self.gateway.refuse(409, "email_taken")
        del self.links[body["token"]]
        self.gateway.accounts[link["email"]]["email_verified"] = True
        return Response(status_code=204)

    # One's own account

    async def me(self, request: Request) -> Response:
        account = dict(self.gateway.who(request))
        factor = {"enabled": bool(account.pop("factor", None)), "required": account.pop("required", False)}
        for name in ("password", "codes", "pending"):
            account.pop(name, None)
        return JSONResponse(account | {"second_factor": factor})

    async def patch_me(self, request: Request) -> Response:
        self.gateway.who(request)["full_name"] = (await request.json())["full_name"]
        return await self.me(request)

    async def password(self, request: Request) -> Response:
        account, body = self.gateway.who(request), await request.json()
        self.take_password(account, body)
        account["password"] = body["new_password"]
        return Response(status_code=204)

    async def email(self, request: Request) -> Response:
        account, body = self.gateway.who(request), await request.json()
        self.take_password(account, body)
        if not self.mail:
            self.gateway.refuse(409, "mail_not_configured")
        self.asked.append(("change", body["email"]))
        return JSONResponse({}, 202)

    async def sessions(self, request: Request) -> Response:
        self.gateway.who(request)
        now = self.gateway.now()
        this = {"id": str(uuid.uuid4()), "created_at": now, "last_used_at": now, "address": "192.0.2.1",
                "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "second_factor": False, "current": True}  # fmt: skip
        items = [this, *self.other_sessions]
        return JSONResponse({"items": items, "next_cursor": None, "prev_cursor": None, "total": len(items)})

    def add_session(self, **facts: Any) -> dict[str, Any]:
        now = self.gateway.now()
        session = {"id": str(uuid.uuid4()), "created_at": now, "last_used_at": now, "address": "198.51.100.7",
                   "user_agent": "curl/8.5.0", "second_factor": True, "current": False} | facts  # fmt: skip
        self.other_sessions.append(session)
        return session

    async def end_sessions(self, request: Request) -> Response:
        self.gateway.who(request)
        self.asked.append(("end", request.query_params.get("keep_current")))
        self.other_sessions.clear()
        return Response(status_code=204)

    async def end_session(self, request: Request) -> Response:
        self.gateway.who(request)
        kept = [session for session in self.other_sessions if session["id"] != request.path_params["id"]]
        if len(kept) == len(self.other_sessions):
            self.gateway.refuse(404, "session_not_found")
        self.other_sessions = kept
        return Response(status_code=204)

    async def factor(self, request: Request) -> Response:
        account = self.gateway.who(request)
        enabled = bool(account.get("factor"))
        return JSONResponse({
            "enabled": enabled, "enabled_at": self.gateway.now() if enabled else None,
            "required": account.get("required", False), "recovery_codes_left": len(account.get("codes", [])),
        })  # fmt: skip

    async def begin_factor(self, request: Request) -> Response:
        account = self.gateway.who(request)
        if account.get("factor"):
            self.gateway.refuse(409, "second_factor_enabled")
        self.take_password(account, await request.json())
        account["pending"] = SECRET
        uri = f"otpauth://totp/Quire:reader%40example.com?secret={SECRET}&issuer=Quire"
        return JSONResponse({"secret": SECRET, "uri": uri}, 201)

    async def confirm_factor(self, request: Request) -> Response:
        account = self.gateway.who(request)
        if account.get("factor"):
            self.gateway.refuse(409, "second_factor_enabled")
        self.take_code(account, (await request.json())["code"])
        account |= {"factor": account.pop("pending"), "codes": self.fresh_codes()}
        return JSONResponse({"recovery_codes": account["codes"]})

    async def new_codes(self, request: Request) -> Response:
        account, body = self.gateway.who(request), await request.json()
        self.take_password(account, body)
        self.take_code(account, body["code"])
        account["codes"] = self.fresh_codes()
        return JSONResponse({"recovery_codes": account["codes"]})

    async def disable_factor(self, request: Request) -> Response:
        account, body = self.gateway.who(request), await request.json()
        self.take_password(account, body)
        self.take_code(account, body["code"])
        if account.get("required"):
            self.gateway.refuse(409, "second_factor_is_required")
        account["factor"] = None
        return Response(status_code=204)

    async def export(self, request: Request) -> Response:
        account = self.gateway.who(request)
        body = {"account": {"email": account["email"], "full_name": account["full_name"]}, "sessions": []}
        return JSONResponse(body, headers={"Content-Disposition": 'attachment; filename="account.json"'})

    async def delete(self, request: Request) -> Response:
        account, body = self.gateway.who(request), await request.json()
        self.take_password(account, body)
        if account.get("factor"):
            self.take_code(account, body.get("code", ""))
        if account.get("last_admin"):
            self.gateway.refuse(409, "last_admin")
        self.end_all(account)
        del self.gateway.accounts[account["email"]]
        return Response(status_code=204)

    # API keys

    async def list_keys(self, request: Request) -> Response:
        self.gateway.who(request)
        items = [{name: value for name, value in key.items() if name != "key"} for key in self.keys.values()]
        return JSONResponse({"items": items, "next_cursor": None, "prev_cursor": None, "total": len(items)})

    async def make_key(self, request: Request) -> Response:
        account, body = self.gateway.who(request), await request.json()
        if len(self.keys) >= self.most_keys:
            self.gateway.refuse(409, "too_many_api_keys")
        if set(body["scopes"]) - set(account["scopes"]):
            self.gateway.refuse(422, "invalid_input", errors=[{"loc": ["body", "scopes"], "msg": "are not yours"}])
        return JSONResponse(self.add_key(**body), 201)

    def add_key(self, **facts: Any) -> dict[str, Any]:
        key_id = str(uuid.uuid4())
        key = {"id": key_id, "name": "till", "hint": "…4f9a", "scopes": ["books:read"],
               "created_at": self.gateway.now(), "expires_at": self.gateway.now(), "last_used_at": None,
               "last_used_address": None, "key": f"quire_{key_id}_{uuid.uuid4().hex}"} | facts  # fmt: skip
        self.keys[key_id] = key
        return key

    async def revoke_key(self, request: Request) -> Response:
        self.gateway.who(request)
        if self.keys.pop(request.path_params["id"], None) is None:
            self.gateway.refuse(404, "api_key_not_found")
        return Response(status_code=204)

    # Mails of a local run

    async def list_mails(self, _request: Request) -> Response:
        if not self.local_mails:
            self.gateway.refuse(404, "not_found")
        return JSONResponse({"items": self.mails, "next_cursor": None, "prev_cursor": None, "total": len(self.mails)})

    async def show_mail(self, request: Request) -> Response:
        for mail in self.mails:
            if mail["id"] == request.path_params["id"]:
                return JSONResponse(mail)
        return self.gateway.refuse(404, "mail_not_found")
