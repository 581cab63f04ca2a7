"""ONIX for Books 3.0 and 3.1 (EDItEUR), streamed: one product is in memory at a time."""

import json
from collections.abc import Iterator
from typing import Any

from lxml import etree

from book_service.importing import onix_product
from book_service.importing.file_rows import FileRow
from book_service.importing.onix_elements import text_of
from book_service.importing.refusals import FileRefused
from book_service.importing.utf8 import Utf8
from book_service.importing.xml_prolog import Prolog, prolog_of
from service_kit.languages.texts import _

LARGEST_PRODUCT = 4 << 20
"""Bytes. Between two products no more is read: what is no product is not gathered in memory."""
_ROOTS = frozenset({"ONIXMessage", "ONIXmessage"})
_PRODUCTS = ("{*}Product", "{*}product")
_HEADERS = ("{*}Header", "{*}header")


class OnixReader:
    """Reads one message, in reference names or short tags, with a namespace or without."""

    columns: list[str] | None = None

    def __init__(self, currency: str) -> None:
        """Take the currency of the shop's prices."""
        self._currency = currency
        self._default_currency = ""
        self._beginning: bytes | None = b""
        self._utf8: Utf8 | None = Utf8()
        self._since_product = 0
        # No entity is resolved, nothing is fetched, and the parser's own limits on depth and size stay on.
        self._parser = etree.XMLPullParser(
            events=("end",),
            tag=(*_PRODUCTS, *_HEADERS),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )

    def feed(self, data: bytes) -> Iterator[FileRow]:
        """Read the next piece."""
        if self._beginning is not None:
            self._beginning += data
            if not self._is_message(is_all=False):
                return
            data, self._beginning = self._beginning, None
        yield from self._parse(data)

    def close(self) -> Iterator[FileRow]:
        """See that the message is whole."""
        if self._beginning is not None:
            self._is_message(is_all=True)
            yield from self._parse(self._beginning)
        if self._utf8 is not None:
            self._utf8.decode(b"", last=True)
        try:
            self._parser.close()
        except etree.XMLSyntaxError as error:
            raise self._broken(error) from error

    def _is_message(self, *, is_all: bool) -> bool:
        prolog = prolog_of(self._beginning or b"", is_all=is_all)
        if prolog is None:
            return False
        if prolog.encoding != "utf-8":
            self._utf8 = None
        _refuse_other(prolog)
        return True

    def _parse(self, data: bytes) -> Iterator[FileRow]:
        if self._utf8 is not None:
            self._utf8.decode(data)
        try:
            self._parser.feed(data)
            self._since_product += len(data)
            for _event, element in self._parser.read_events():
                if element.getparent() is None or element.getparent().getparent() is not None:
                    continue
                if element.tag.rpartition("}")[2].lower() == "header":
                    self._default_currency = text_of(element, "DefaultCurrencyCode")
                else:
                    yield self._row(element)
                self._since_product = 0
                _forget(element)
        except etree.XMLSyntaxError as error:
            raise self._broken(error) from error
        if self._since_product > LARGEST_PRODUCT:
            detail = _("There are more than %(most)s MiB without the end of a product.", most=LARGEST_PRODUCT >> 20)
            raise FileRefused(detail, code="product_too_large")

    def _row(self, product: Any) -> FileRow:  # noqa: ANN401 (lxml has no types)
        given = onix_product.read(product, currency=self._currency, default_currency=self._default_currency)
        problems = [problem.told() for problem in given.problems]
        content = json.dumps({"fields": given.fields, "problems": problems}, ensure_ascii=False)
        return FileRow(product.sourceline or 0, content, etree.tostring(product, encoding="unicode", with_tail=False))

    def _broken(self, error: etree.XMLSyntaxError) -> FileRefused:
        # Of a document that is fed, the first entry of the log says more than the exception.
        first = next(iter(self._parser.feed_error_log), None)
        line, message = (first.line, first.message) if first is not None else (error.lineno, error.msg)
        detail = _("Line %(line)s: the XML is not well-formed (%(message)s).", line=line, message=message)
        return FileRefused(detail, code="broken_xml", line=line)


def _refuse_other(prolog: Prolog) -> None:
    """Refuse documents that are no ONIX 3 message."""
    if prolog.root not in _ROOTS:
        detail = _("The file is XML, but no ONIX message: its root element is %(root)s.", root=prolog.root[:60])
        raise FileRefused(detail, code="not_onix", line=1)
    namespace = next((value for name, value in prolog.attributes.items() if name.startswith("xmlns")), "")
    release = prolog.attributes.get("release", "")
    if release.startswith(("1", "2")) or "/onix/2" in namespace:
        detail = _("The file is an ONIX message of an earlier release; ONIX for Books 3.0 and 3.1 are read.")
        raise FileRefused(detail, code="onix_release", line=1)


def _forget(element: Any) -> None:  # noqa: ANN401 (lxml has no types)
    """Free an element that has been read, and whatever stands before it."""
    element.clear(keep_tail=False)
    while element.getprevious() is not None:
        del element.getparent()[0]
