"""``/admin``: accounts, invitations, and what happened to them."""

from fastapi import APIRouter

from web_frontend.administration import event_routes, invitation_routes, people_routes, person_routes

router = APIRouter()
router.include_router(people_routes.router)
router.include_router(person_routes.router)
router.include_router(invitation_routes.router)
router.include_router(event_routes.router)
