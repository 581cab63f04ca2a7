"""``python -m web_frontend``."""

from service_kit.server import serve
from service_kit.settings import load_settings
from web_frontend.config import Settings

serve("web_frontend.main:create_app", load_settings(Settings))
