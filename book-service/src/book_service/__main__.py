"""``python -m book_service``: serve."""

from book_service.config import Settings
from service_kit.server import serve
from service_kit.settings import load_settings

if __name__ == "__main__":
    serve("book_service.main:create_app", load_settings(Settings))
