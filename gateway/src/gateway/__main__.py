"""Run the gateway: ``python -m gateway``."""

from functools import partial

from gateway.config import Settings
from gateway.connection import protocol_for
from gateway.main import create_app
from service_kit.draining import Draining
from service_kit.server import serve
from service_kit.settings import load_settings

if __name__ == "__main__":
    settings = load_settings(Settings)
    draining = Draining(settings.drain_seconds)
    serve(partial(create_app, settings, draining), settings, http=protocol_for(settings, draining), draining=draining)
