"""The codes of ONIX for Books (EDItEUR) that we read or write. Lists are named by their numbers."""

BOOK_ID_TYPE_NAME = "Quire book"
"""Of an identifier of a kind of our own (list 5, code 01): the book's id."""
SUBJECT_SCHEME_NAME = "Quire subjects"

DELETION = "05"  # list 1
TESTS = frozenset({"88", "89"})

PROPRIETARY, ISBN10, GTIN13, ISBN13 = "01", "02", "03", "15"  # list 5

_HARDBACK = ("BB", "BG")
_PAPERBACK = ("BC", "BP")
_E_BOOK = ("EA", "EB", "EC", "ED")
_AUDIOBOOK = tuple(f"A{letter}" for letter in "ABCDEFGHIJKLNOPQRSTUVXZ")
FORMAT_OF_FORM = {
    form: name
    for name, forms in (
        ("hardback", _HARDBACK),
        ("paperback", _PAPERBACK),
        ("e-book", _E_BOOK),
        ("audiobook", _AUDIOBOOK),
    )
    for form in forms
}
"""List 150. Codes that leave it open (``00``, ``BA``) say nothing; any other form is ``other``."""
OPEN_FORMS = frozenset({"00", "BA"})
FORM_OF_FORMAT = {"hardback": "BB", "paperback": "BC", "e-book": "ED", "audiobook": "AJ", "other": "ZZ", None: "00"}

DISTINCTIVE_TITLE = "01"  # list 15
PRODUCT_LEVEL = "01"  # list 149

AUTHOR = "A01"  # list 17
MAIN_CREATORS = frozenset(
    {"A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A09", "A10", "A11", "A14", "A38", "A99"}
)
EDITOR = "B01"

LANGUAGE_OF_TEXT = "01"  # list 22

PAGE_COUNTS = ("00", "11", "05", "10", "08", "07", "06")  # list 23, in the order of our liking
PAGES = "03"  # list 24

KEYWORDS, PROPRIETARY_SCHEME, THEMA = "20", "24", "93"  # list 27
THEMA_TOP = {
    "A": "The Arts",
    "C": "Language & Linguistics",
    "D": "Biography, Literature & Literary studies",
    "F": "Fiction & Related items",
    "G": "Reference, Information & Interdisciplinary subjects",
    "J": "Society & Social Sciences",
    "K": "Economics, Finance, Business & Management",
    "L": "Law",
    "M": "Medicine & Nursing",
    "N": "History & Archaeology",
    "P": "Mathematics & Science",
    "Q": "Philosophy & Religion",
    "R": "Earth Sciences, Geography, Environment, Planning",
    "S": "Sports & Active outdoor recreation",
    "T": "Technology, Engineering, Agriculture, Industrial processes",
    "U": "Computing & Information Technology",
    "V": "Health, Relationships & Personal development",
    "W": "Lifestyle, Hobbies & Leisure",
    "X": "Graphic novels, Comic books, Manga, Cartoons",
    "Y": "Children’s, Teenage & Educational",
}

DESCRIPTIONS = ("03", "02")  # list 153: description, short description
HTML, XHTML, PLAIN_TEXT = "02", "05", "06"  # list 34

PUBLISHER = "01"  # list 45
PUBLICATION_DATES = ("01", "11")  # list 163: of publication, of first publication
DATE_LENGTHS = {8: "00", 6: "01", 4: "05"}  # list 55: YYYYMMDD, YYYYMM, YYYY

SELLING_PRICES = ("02", "04", "42", "12", "01", "03")  # list 58: for customers, with tax before without
FREE = "01"  # list 57
