"""Where answers to requests with an ``Idempotency-Key`` are kept."""

from book_service.orm import Base
from service_kit.idempotency import IdempotencyRecord


class IdempotencyKeyRow(IdempotencyRecord, Base):
    """Keys of requests that added books or changed stock, with their answers."""

    __tablename__ = "idempotency_keys"
