"""All routes of this feature."""

from fastapi import APIRouter

from web_frontend.discovery import feed_routes, picture_routes, sitemap_routes

router = APIRouter()
for each in (sitemap_routes, feed_routes, picture_routes):
    router.include_router(each.router)
