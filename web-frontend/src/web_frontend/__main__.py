"""``python -m web_frontend``."""

from service_kit.server import serve
from service_kit.settings import load_settings
from web_frontend.config import Settings
from web_frontend.connection import Connection

# The processes that pictures are drawn in read this file as well.
if __name__ == "__main__":
    serve("web_frontend.main:create_app", load_settings(Settings), http=Connection)
