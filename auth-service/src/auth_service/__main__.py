"""``python -m auth_service`` serves auth-service."""

from auth_service.config import Settings
from service_kit.server import serve
from service_kit.settings import load_settings

if __name__ == "__main__":
    serve("auth_service.main:create_app", load_settings(Settings))
