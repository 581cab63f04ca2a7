"""Languages in any of the codes in which catalogues name them. The only module that imports iso639."""

from iso639 import Language, LanguageNotFoundError

from service_kit.languages.texts import _

_GROUP_CODES = (
    "afa alg apa art ath aus bad bai bat ber bih bnt btk cai cau cel cmc cpe cpf cpp crp cus day dra fiu gem him ijo"
    " inc ine ira iro kar khi kro map mkh mno mun myn nah nai nic nub oto paa phi pra roa sai sal sem sgn sio sit sla"
    " smi son ssa tai tup tut wak wen ypk znd"
)
_GROUPS = frozenset(_GROUP_CODES.split())
"""Groups of languages: ISO 639-2 has them, and books are catalogued by them, but ISO 639-3 leaves them out."""


def language_code(text: str) -> str:
    """Return the three letters (ISO 639-3; 639-2/T where the two uses differ) of a language's code.

    ``"en"``, ``"ENG"`` and ``"eng"`` become ``"eng"``, ``"ger"`` becomes ``"deu"``, and a code that was withdrawn in
    favour of another becomes that one. Raises ``ValueError``.
    """
    code = text.strip().lower()
    if code in _GROUPS:
        return code
    language = _language(code)
    # A code that was withdrawn and split up has no single successor.
    successor = language.retire_change_to if language.status == "R" else language.part3
    if successor is None:
        message = _("is a code that ISO 639 has withdrawn: %(code)s", code=code)
        raise ValueError(message)
    return successor


def bibliographic_code(code: str) -> str:
    """Return the three letters that book trade formats use (ISO 639-2/B): ``"ger"`` for ``"deu"``.

    A language that has no other code there, and a code that is not known, comes back as it is.
    """
    try:
        return _language(code).part2b or code
    except ValueError:
        return code


def _language(code: str) -> Language:
    # Names of languages are not taken: what looks like one may be the name of another.
    for read in (Language.from_part3, Language.from_part2b, Language.from_part1):
        try:
            return read(code)
        except LanguageNotFoundError:
            continue
    message = _("is not a language code of ISO 639, like eng or en")
    raise ValueError(message)
