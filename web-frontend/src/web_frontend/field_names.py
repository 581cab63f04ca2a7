"""What the fields of forms are called where a form is shown without its page: sent too late, or to be sent again."""

from service_kit.languages.texts import N_, _

_NAMES = {
    "address": N_("Delivery address"),
    "authors": N_("Authors"),
    "code": N_("Code"),
    "counted": N_("Counted"),
    "current_password": N_("Current password"),
    "days": N_("Days"),
    "description": N_("Description"),
    "email": N_("Email address"),
    "format": N_("Format"),
    "full_name": N_("Full name"),
    "isbn": N_("ISBN"),
    "language": N_("Language"),
    "name": N_("Name"),
    "new_password": N_("New password"),
    "note": N_("Note"),
    "pages": N_("Pages"),
    "password": N_("Password"),
    "price": N_("Price"),
    "published_on": N_("Published"),
    "publisher": N_("Publisher"),
    "quantity": N_("Copies"),
    "reason": N_("Reason"),
    "role": N_("Role"),
    "stock": N_("Copies on the shelf"),
    "subjects": N_("Subjects"),
    "subtitle": N_("Subtitle"),
    "title": N_("Title"),
}


def field_name(name: str) -> str:
    """Return what people call the field ``name``; one that is not known by its own name."""
    return _(_NAMES[name]) if name in _NAMES else name.replace("_", " ").capitalize()
