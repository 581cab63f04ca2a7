"""The past imports, and sending a file."""

from fastapi import APIRouter, Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from service_kit.languages.texts import N_, _
from web_frontend.cart.forms import idempotency_key, new_idempotency_key
from web_frontend.csrf import FIELD as CSRF_FIELD
from web_frontend.csrf import check_origin
from web_frontend.dependencies import EditorPage
from web_frontend.gateway_problems import NotAllowed, Refused, SignInNeeded
from web_frontend.importing.client import ImportsClient
from web_frontend.importing.example import EXAMPLE
from web_frontend.importing.imports import Import, size_words
from web_frontend.importing.trouble import TROUBLES, NoFile, Trouble, trouble_of
from web_frontend.links import with_query
from web_frontend.pages import Page, page_of
from web_frontend.uploading import UploadForm

router = APIRouter()

PATH = "/staff/imports"
FORM_BYTES = 64 * 1024
"""What the form around a file may add to its size."""
_LONGEST_CURSOR = 2000
_FORBIDDEN = 403
_FILE_IS_GONE = N_(
    "You had been signed out, and a file cannot be kept meanwhile: choose it once more. Nothing was changed."
)


@router.get(PATH)
async def imports(page: EditorPage) -> Response:
    """Show the past imports, and the form that sends a file."""
    cursor = page.request.query_params.get("cursor", "")[:_LONGEST_CURSOR]
    try:
        found = await ImportsClient(page.gateway).all(cursor)
    except Refused as error:
        if error.code != "invalid_cursor" or not cursor:
            raise
        return await page.go(PATH)
    previous, following = (
        with_query(PATH, [("cursor", place)]) if place else "" for place in (found.prev_cursor, found.next_cursor)
    )
    return await page.show(
        "importing/imports.html",
        found=found,
        previous=previous,
        following=following,
        largest=_largest(page),
        key=new_idempotency_key(),
    )


@router.get(f"{PATH}/example.csv")
async def example(page: EditorPage) -> Response:
    """Answer a small file that can be imported as it is, to be filled in."""
    del page
    headers = {"Content-Disposition": 'attachment; filename="books.csv"', "Cache-Control": "no-store"}
    return Response(EXAMPLE, media_type="text/csv; charset=utf-8", headers=headers)


@router.post(PATH)
async def upload(request: Request) -> Response:
    """Pass a file on to be imported. Whoever may not is told before the first of its bytes is."""
    page = page_of(request)
    check_origin(request, page.site.settings.public_web_url)
    try:
        sent = await _pass_on(page)
    except ClientDisconnect:
        # Nobody is there to read an answer, and the gateway has been told nothing that it could take for a file.
        return Response(status_code=400)
    except SignInNeeded:
        page.flash("note", _(_FILE_IS_GONE))
        raise
    except NotAllowed:
        raise
    except TROUBLES as error:
        return await _show_trouble(page, trouble_of(error, _largest(page)))
    return await page.go(f"{PATH}/{sent.id}")


async def _pass_on(page: Page) -> Import:
    await page.open()
    if not page.is_signed_in:
        raise SignInNeeded
    if not page.may("books:write"):
        raise NotAllowed(_FORBIDDEN, {"code": "not_allowed"}, {})
    form = UploadForm(page.request, largest=page.site.settings.max_import_bytes)
    fields = await form.fields()
    page.form_tokens.check(fields.raw(CSRF_FIELD))
    if not form.filename:
        raise NoFile
    client = ImportsClient(page.gateway)
    # A file cannot be sent twice, so a session that has ended or a catalogue that is away had better show before.
    await client.all(limit="1")
    return await client.send(form.filename, form.file(), idempotency_key=idempotency_key(fields))


async def _show_trouble(page: Page, trouble: Trouble) -> Response:
    return await page.show(
        "importing/not_taken.html",
        status=trouble.status,
        whole=True,
        trouble=trouble,
        largest=_largest(page),
        key=new_idempotency_key(),
    )


def _largest(page: Page) -> str:
    return size_words(page.site.settings.max_import_bytes)
