"""What the door says to somebody who has tried too often."""

from service_kit.languages.texts import _
from web_frontend.gateway_problems import TooManyRequests
from web_frontend.submitted_form import FormView
from web_frontend.wording import waiting_time

TOO_MANY = 429


def note_too_many(view: FormView, error: TooManyRequests) -> dict[str, str]:
    """Note on the form when to try again; return the header of the answer that says so too.

    Raises what is not about passwords and codes: asking for too many pages has a page of its own.
    """
    if error.code != "too_many_attempts":
        raise error
    seconds = error.retry_after
    view.problem = (
        _("There were too many tries. Try again in %(time)s.", time=waiting_time(seconds))
        if seconds is not None
        else _("There were too many tries. Try again in a while.")
    )
    return {"Retry-After": str(seconds)} if seconds is not None else {}
