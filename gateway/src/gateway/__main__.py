"""Run the gateway: ``python -m gateway``."""

from gateway.config import Settings
from gateway.connection import protocol_for
from service_kit.server import serve
from service_kit.settings import load_settings

if __name__ == "__main__":
    settings = load_settings(Settings)
    serve("gateway.main:create_app", settings, http=protocol_for(settings))
