"""Files that somebody sends to break an import, or what reads it."""

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

_MEBIBYTE = 1 << 20
_ONIX = "<ONIXMessage release='3.0' xmlns='http://ns.editeur.org/onix/3.0/reference'>{}</ONIXMessage>"
_PRODUCT = (
    "<Product><RecordReference>1</RecordReference><NotificationType>03</NotificationType><DescriptiveDetail><TitleDetail>"
    "<TitleType>01</TitleType><TitleElement><TitleElementLevel>01</TitleElementLevel><TitleText>{}</TitleText>"
    "</TitleElement></TitleDetail></DescriptiveDetail></Product>"
)


@dataclass(frozen=True)
class BadFile:
    """A file; ``refused`` when it has to be refused as a whole."""

    what: str
    content: bytes
    refused: bool = False
    headers: dict[str, str] = field(default_factory=dict)


def bad_files(canary: str, *, big: bool) -> Iterator[BadFile]:
    """Yield every bad file; the large ones only when ``big``."""
    yield from _entities(canary)
    yield from _markup(big=big)
    yield from _packed(big=big)
    yield from _tables(big=big)
    yield from _json_lines(big=big)


def _entities(canary: str) -> Iterator[BadFile]:
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10 if n else 'lol'}'>" for n in range(10))
    inner = {
        "a billion laughs": (laughs, "&l9;"),
        "quadratic blow-up": (f"<!ENTITY a '{'lol' * 30_000}'>", "&a;" * 3000),
        "a file as an entity": ("<!ENTITY a SYSTEM 'file:///etc/passwd'>", "&a;"),
        "an address as an entity": (f"<!ENTITY a SYSTEM '{canary}/entity'>", "&a;"),
        "a parameter entity": (f"<!ENTITY % a SYSTEM '{canary}/parameter'>%a;", "&outside;"),
        "an entity in an attribute": ("<!ENTITY a 'lollollol'><!ATTLIST Product datestamp CDATA '&a;'>", "x"),
        "an unparsed entity": (f"<!NOTATION n SYSTEM '{canary}/n'><!ENTITY a SYSTEM '{canary}/u' NDATA n>", "x"),
        "an entity that names itself": ("<!ENTITY a '&b;'><!ENTITY b '&a;'>", "&a;"),
    }
    for what, (declared, used) in inner.items():
        text = f"<?xml version='1.0'?><!DOCTYPE ONIXMessage [{declared}]>" + _ONIX.format(_PRODUCT.format(used))
        yield BadFile(what, text.encode(), refused=True)
        for encoding in ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp037", "utf-7"):
            named = text.replace("<?xml version='1.0'?>", f"<?xml version='1.0' encoding='{encoding}'?>")
            yield BadFile(f"{what}, in {encoding}", named.encode(encoding))
        for disguise in ("\n\n", "<!-- <!DOCTYPE x> -->", "<?pi ?>", "<!-- > [ ' -->", "<?a '?>"):
            yield BadFile(f"{what}, behind {disguise!r}", text.replace("<!DOCTYPE", f"{disguise}<!DOCTYPE", 1).encode())
        yield BadFile(f"{what}, a bracket in a literal", text.replace("[", 'SYSTEM "]>[" [', 1).encode())
    outside = f"<!DOCTYPE ONIXMessage SYSTEM '{canary}/dtd'>" + _ONIX.format(_PRODUCT.format("&outside;"))
    yield BadFile("a DTD at an address", outside.encode())
    public = f"<!DOCTYPE ONIXMessage PUBLIC 'x' '{canary}/public'>" + _ONIX.format(_PRODUCT.format("x"))
    yield BadFile("a public DTD at an address", public.encode())
    include = f"<x:include xmlns:x='http://www.w3.org/2001/XInclude' href='{canary}/x' parse='text'/>"
    yield BadFile("XInclude of an address", _ONIX.format(_PRODUCT.format(include)).encode())
    passwd = include.replace(f"{canary}/x", "file:///etc/passwd")
    yield BadFile("XInclude of a file", _ONIX.format(_PRODUCT.format(passwd)).encode())
    style = f"<?xml-stylesheet href='{canary}/style' type='text/xsl'?>" + _ONIX.format(_PRODUCT.format("x"))
    yield BadFile("a style sheet", style.encode())
    schema = _ONIX.replace(
        "release", f"xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:schemaLocation='a {canary}/xsd' release"
    )
    yield BadFile("a schema at an address", schema.format(_PRODUCT.format("x")).encode())


def _markup(*, big: bool) -> Iterator[BadFile]:
    many = 200_000 if big else 20_000
    yield BadFile("elements nested deep", _ONIX.format("<a>" * many + "</a>" * many).encode())
    yield BadFile("elements nested and never closed", ("<ONIXMessage release='3.0'>" + "<a>" * many).encode())
    attributes = " ".join(f"a{n}='x'" for n in range(many // 4))
    yield BadFile("many attributes", _ONIX.format(f"<Product {attributes}/>").encode())
    yield BadFile("a huge attribute", _ONIX.format(f"<Product a='{'x' * (12 * _MEBIBYTE)}'/>").encode())
    yield BadFile("a huge text", _ONIX.format(_PRODUCT.format("x" * (12 * _MEBIBYTE))).encode())
    yield BadFile("a tag that never ends", b"<ONIXMessage " + b"x" * (12 * _MEBIBYTE))
    yield BadFile("a comment that never ends", b"<!--" + b"-" * (12 * _MEBIBYTE))
    yield BadFile("many products of nothing", _ONIX.format("<Product/>" * (many // 100)).encode())
    yield BadFile("many namespaces", _ONIX.format("".join(f"<a xmlns='u{n}'/>" for n in range(many // 4))).encode())


def _packed(*, big: bool) -> Iterator[BadFile]:
    bomb = gzip.compress(bytes((200 if big else 20) * _MEBIBYTE))
    yield BadFile("a gzip bomb", bomb, refused=True)
    yield BadFile("a gzip bomb said to be a coding", bomb, headers={"Content-Encoding": "gzip"})
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"../../../../tmp/evil{number}", bytes(5 * _MEBIBYTE))
    yield BadFile("a zip bomb with paths", packed.getvalue(), refused=True)
    workbook = io.BytesIO()
    with zipfile.ZipFile(workbook, "w") as archive:
        archive.writestr("xl/workbook.xml", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>")
    yield BadFile("a workbook", workbook.getvalue(), refused=True)
    for name, magic in {"a PDF": b"%PDF-1.7", "an executable": b"\x7fELF", "an image": b"\x89PNG\r\n\x1a\n"}.items():
        yield BadFile(name, magic + bytes(range(256)) * 400, refused=True)


def _tables(*, big: bool) -> Iterator[BadFile]:
    size = (16 if big else 4) * _MEBIBYTE
    yield BadFile("a quote that never ends", b'title,price\n"' + b"x" * size)
    yield BadFile("a line that never ends", b"title,price\n" + b"x" * size)
    yield BadFile("a heading of a million columns", b"a," * 1_000_000 + b"\n" + b"1," * 1_000_000 + b"\n")
    yield BadFile("a row of a million cells", b"title,price\n" + b"1," * 1_000_000 + b"\n")
    yield BadFile("nothing but line ends", b"\n" * (size // 16))
    yield BadFile("NULs", b"title,price\n\x00\x00\x00,1\n")
    yield BadFile("control characters", b"title,price\n" + bytes(range(1, 32)) + b",1\n")
    yield BadFile("no UTF-8", b"title,price\n\xff\xfe\xfa,1\n")
    yield BadFile("a surrogate", b"title,price\n\xed\xa0\x80,1\n")
    yield BadFile(
        "numbers that are too large", b"title,price,pages,stock\nA,1e999,9e99,99999999999999999999999\nB,NaN,-1,-1\n"
    )
    yield BadFile("many digits", b"title,price\nA," + b"9" * 5_000_000 + b"\n")
    yield BadFile("nothing", b"")
    yield BadFile("markup in every cell", b'title,price\n"<script>alert(1)</script>",1\n')


def _json_lines(*, big: bool) -> Iterator[BadFile]:
    deep = 500_000 if big else 50_000
    yield BadFile("JSON nested deep", b"[" * deep + b"]" * deep)
    yield BadFile("JSON nested deep in a field", b'{"title":' + b'{"a":' * deep + b"1" + b"}" * deep + b"}\n")
    yield BadFile("a number of a million digits", b'{"title":"a","price":' + b"9" * 1_000_000 + b"}\n")
    yield BadFile("names twice", b'{"title":"a","title":"b","price":1,"price":2}\n')
    yield BadFile("fields of other types", json.dumps({"title": {"$ne": None}, "price": [1], "id": {}}).encode())
    yield BadFile("a prototype", b'{"__proto__":{"admin":true},"constructor":1,"title":"a","price":1}\n')
