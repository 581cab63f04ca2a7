"""The one template environment: escapes everything, knows the shop's words and covers."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from service_kit.languages.catalogues import LANGUAGES
from service_kit.languages.texts import written_number
from web_frontend import wording
from web_frontend.assets import Assets
from web_frontend.browser_names import browser_name
from web_frontend.config import Settings
from web_frontend.covers import cover_for
from web_frontend.field_names import field_name
from web_frontend.highlighting import highlighted
from web_frontend.isbn import isbn_in
from web_frontend.languages.templates import add_texts, in_language
from web_frontend.links import shelf_link, with_query


def template_environment(settings: Settings, assets: Assets) -> Environment:
    """Build the environment."""
    environment = Environment(
        loader=PackageLoader("web_frontend"),
        autoescape=True,
        undefined=StrictUndefined,
        # Templates of a running service do not change, and to look costs a system call for each part of a page.
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    add_texts(environment)
    environment.filters |= {
        "browser_name": browser_name,
        "in_groups": wording.in_groups,
        "compact_time": wording.compact_time,
        "exact_time": wording.exact_time,
        "short_date": wording.short_date,
        "publication_date": in_language(wording.publication_date),
        "language_name": in_language(wording.language_name),
        "format_name": in_language(wording.format_name),
        "isbn": wording.isbn,
        "paragraphs": wording.paragraphs,
        "first_sentences": wording.first_sentences,
        "shortened": wording.shortened,
        "field_name": in_language(field_name),
        "written_number": in_language(written_number),
        "decimal": in_language(wording.decimal),
    }
    environment.globals |= {
        "asset": assets.url,
        "cover_for": cover_for,
        "money": wording.money,
        "stock_words": wording.stock_words,
        "written_number": written_number,
        "isbn_in": isbn_in,
        "highlighted": highlighted,
        "shelf_link": shelf_link,
        "with_query": with_query,
        "listed": wording.listed_markup,
        "currency_symbol": wording.currency_symbol,
        "whole_money": wording.whole_money,
        "site_languages": LANGUAGES,
        "currency": settings.currency,
    }
    # Macros as globals: a top-level import is not there when a block is rendered alone.
    environment.globals["ui"] = environment.get_template("parts/ui.html").module
    return environment
