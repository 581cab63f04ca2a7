"""``python -m order_service``: serve."""

from order_service.config import Settings
from service_kit.server import serve
from service_kit.settings import load_settings

if __name__ == "__main__":
    serve("order_service.main:create_app", load_settings(Settings))
