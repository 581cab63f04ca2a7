"""What is asked before something is done to an account that its owner will feel."""

from dataclasses import dataclass
from typing import Literal

from service_kit.languages.texts import N_

Step = Literal["disable", "enable", "second-factor"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question: what is to happen, what that means, and the words of the button; all are marked texts."""

    step: Step
    title: str
    short: str
    words: str
    button: str
    is_grave: bool = True


QUESTIONS = {
    "disable": Question(
        "disable",
        N_("Disable this account?"),
        N_("Disable"),
        N_(
            "Within ten seconds they are signed out everywhere. They cannot sign in until somebody enables the account "
            "again, and their API keys are revoked for good. Their orders, and what they did, stay as they are."
        ),
        N_("Disable the account"),
    ),
    "enable": Question(
        "enable",
        N_("Enable this account again?"),
        N_("Enable"),
        N_(
            "They can sign in again with the password that they had. Sessions that have ended stay ended, "
            "and API keys have to be made anew."
        ),
        N_("Enable the account"),
        is_grave=False,
    ),
    "second-factor": Question(
        "second-factor",
        N_("Reset the second factor?"),
        N_("Second factor"),
        N_(
            "They are signed out everywhere, and their password alone signs in then, until they set up a new one. "
            "Do this only when you are sure that it is them who ask: whoever knows their password gets in."
        ),
        N_("Reset the second factor"),
    ),
}
