"""The table of erased accounts."""

from book_service.orm import Base
from service_kit.erasures import ErasureRecord


class Erasure(ErasureRecord, Base):
    """An account that auth-service has erased, and how far that has come here."""

    __tablename__ = "erasures"
