"""Books from ONIX messages, in both tag sets, and messages that are a danger."""

from pathlib import Path

import pytest
from sent_files import applied, problems, rows, send

REFERENCE = "http://ns.editeur.org/onix/3.0/reference"

MESSAGES = Path(__file__).parent / "onix"
PRODUCT = (MESSAGES / "product.xml").read_text(encoding="utf-8")
SHORT = (MESSAGES / "product_short_tags.xml").read_text(encoding="utf-8")
XML = '<?xml version="1.0"?>'


def message(
    *products, namespace=REFERENCE, release="3.0", root="ONIXMessage", header="", prolog='<?xml version="1.0"?>'
):
    declared = f' xmlns="{namespace}"' if namespace else ""
    return f'{prolog}<{root} release="{release}"{declared}>{header}{"".join(products)}</{root}>'.encode()


def values(row):
    return {name: change["to"] for name, change in row["changes"].items()}


@pytest.mark.parametrize(
    ("namespace", "release"), [(REFERENCE, "3.0"), ("", "3.0"), (REFERENCE.replace("3.0", "3.1"), "3.1")]
)
async def test_the_fields_that_matter_are_read(editor, namespace, release):
    sent = await send(editor, message(PRODUCT, namespace=namespace, release=release), name="waves.xml")
    assert (sent["format"], sent["columns"], sent["counts"]["new"]) == ("onix", None, 1), sent
    (row,) = await rows(editor, sent)
    assert values(row) == {
        "isbn13": "9780156949606",
        "title": "The Waves",
        "subtitle": "A novel",
        "authors": ["Virginia Woolf", "Hogarth Press", "Leonard Woolf"],
        "publisher": "Harvest",
        "published_on": "1931-10-08",
        "language": "deu",
        "format": "paperback",
        "pages": 297,
        "subjects": ["sea", "time", "FICTION / Literary"],
        "description": "Six voices & the sea.\n\nOne\n\nTwo",
        "price": "9.99",
    }


async def test_short_tags_and_the_header_s_currency_are_read(editor):
    header = "<header><sender><x298>S</x298></sender><x307>20260101</x307><m186>GBP</m186></header>"
    sent = await send(editor, message(SHORT, namespace="", root="ONIXmessage", header=header))
    (row,) = await rows(editor, sent, "new")
    assert values(row) == {
        "isbn13": "9780156949606",
        "title": "The Waves",
        "authors": ["Virginia Woolf"],
        "publisher": "Harcourt",
        "published_on": "1931",
        "language": "eng",
        "format": "hardback",
        "pages": 300,
        "subjects": ["Fiction & Related items"],
        "description": "Six\nvoices",
        "price": "7.50",
    }


async def test_what_a_product_lacks_is_left_alone_and_a_language_by_another_code_is_none(editor):
    await applied(editor, message(PRODUCT))
    (book,) = (await editor.get("/books")).json()["items"]
    await editor.patch(f"/books/{book['id']}", json={"language": "de"})
    assert (await send(editor, message(PRODUCT)))["counts"]["unchanged"] == 1
    less = PRODUCT.replace("<Subtitle>A novel</Subtitle>", "").replace(">297<", ">298<")
    (row,) = await rows(editor, await send(editor, message(less)), "changed")
    assert row["changes"] == {"pages": {"from": 297, "to": 298}}


async def test_products_that_cannot_be_taken_come_back_as_a_message_to_mend(editor):
    dollars = (
        PRODUCT.replace("GBP", "EUR")
        .replace("9780156949606", "9780141439587")
        .replace("978-0-15-694960-6", "9780141439587")
    )
    deletion = (
        PRODUCT.replace(">03</Not", ">05</Not")
        .replace("9780156949606", "9780140268867")
        .replace("978-0-15-694960-6", "9780140268867")
    )
    sent = await send(editor, message(PRODUCT, dollars, deletion))
    told = await problems(editor, sent)
    assert list(told.values()) == [[("price", "invalid")], [(None, "deletion")]]
    bad = await rows(editor, sent, "bad")
    assert "is in EUR" in bad[0]["problems"][0]["msg"]
    assert bad[0]["line"] > 40
    rejected = await editor.get(f"/books/imports/{sent['id']}/rejected")
    assert rejected.headers["content-type"] == "application/xml"
    again = await send(editor, rejected.content.replace(b"EUR", b"GBP"))
    assert (again["counts"]["rows"], again["counts"]["new"], again["counts"]["bad"]) == (2, 1, 1)


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("content", "code", "detail"),
    [
        (message(PRODUCT, prolog=LAUGHS), "xml_entities", "DOCTYPE"),
        (message(PRODUCT.replace("Harvest", "&a;"), prolog=OUTSIDE), "xml_entities", "DOCTYPE"),
        (message(PRODUCT, prolog=f"<!-- {'x' * 20_000} -->\n<?pi?>{LAUGHS}"), "xml_entities", "DOCTYPE"),
        (message(PRODUCT.replace("Harvest", "&eacute;")), "broken_xml", "eacute"),
        (message(PRODUCT, "<Product>"), "broken_xml", "mismatch"),
        (message(PRODUCT)[:-40], "broken_xml", "not well-formed"),
        (message(PRODUCT.replace("Harvest", "Caf\xe9")).decode().encode("latin-1"), "wrong_encoding", "0xE9"),
        (message(PRODUCT).decode().encode("utf-16"), "wrong_encoding", "UTF-16"),
        (message(PRODUCT, prolog='<?xml version="1.0" encoding="EBCDIC-CP-US"?>'), "wrong_encoding", "ebcdic"),
        (message(PRODUCT, release="2.1"), "onix_release", "3.0"),
        (b"<html><body>Not found</body></html>", "not_onix", "html"),
        (b"<ONIXMessage", "broken_xml", "no root"),
        (message(), "no_rows", "no rows"),
        (message("<Product><NotificationType>03" + "x" * (5 << 20)), "product_too_large", "4 MiB"),
        (message("<a>" * 5000), "broken_xml", "depth"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_dangerous_and_broken_messages_are_refused(editor, content, code, detail):
    sent = await send(editor, content)
    assert (sent["state"], sent["problem"]["code"]) == ("refused", code), sent["problem"]
    assert detail.lower() in sent["problem"]["detail"].lower()


async def test_a_declared_encoding_is_read_and_an_outside_dtd_is_not_fetched(editor):
    declared = '<?xml version="1.0" encoding="iso-8859-1"?><!DOCTYPE ONIXMessage SYSTEM "http://127.0.0.1:9/onix.dtd">'
    content = message(PRODUCT.replace("Harvest", "Café"), prolog=declared).decode().encode("latin-1")
    (row,) = await rows(editor, await send(editor, content), "new")
    assert row["changes"]["publisher"]["to"] == "Café"
    entity = message(PRODUCT.replace("Harvest", "Caf&eacute;"), prolog=declared)
    assert list((await problems(editor, await send(editor, entity))).values()) == [[(None, "xml_entities")]]


async def test_a_number_of_pages_longer_than_any_number_makes_its_product_bad(editor):
    absurd = PRODUCT.replace("<ExtentValue>297<", f"<ExtentValue>{'9' * 5000}<")
    assert absurd != PRODUCT
    sent = await send(editor, message(absurd), name="waves.xml")
    assert sent["state"] == "checked", sent
    assert list((await problems(editor, sent)).values()) == [[("pages", "invalid")]]
