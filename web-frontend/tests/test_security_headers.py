"""The last check of every header that is sent."""

import pytest
from starlette.responses import Response

from web_frontend.security_headers import SecurityHeaders, SplitHeader


@pytest.mark.parametrize("value", [b"/a\r\nX-Evil: 1", b"/a\nX-Evil: 1", b"/a\rX-Evil: 1", b"/a\0b"])
@pytest.mark.parametrize("where", ["name", "value"])
async def test_a_header_that_would_become_two_is_never_sent(value, where):
    sent = []

    async def careless(_scope, _receive, send):
        header = (b"hx-redirect", value) if where == "value" else (value, b"/a")
        await send({"type": "http.response.start", "status": 204, "headers": [header]})

    async def keep(message):
        sent.append(message)

    with pytest.raises(SplitHeader):
        await SecurityHeaders(careless, secure=True)({"type": "http"}, None, keep)
    assert sent == []


async def test_usual_headers_pass():
    sent = []

    async def keep(message):
        sent.append(message)

    answer = Response("a", headers={"Content-Disposition": "attachment; filename*=UTF-8''b%C3%BCcher.csv"})
    await SecurityHeaders(answer, secure=False)({"type": "http"}, None, keep)
    assert (b"x-content-type-options", b"nosniff") in sent[0]["headers"]
