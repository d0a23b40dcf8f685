"""The error vocabulary: every code the daemon or the command line can answer with, in one table.

A code is stable (programs match on it), its message is one actionable sentence (people read it),
its status is what HTTP answers and its exit code is what the command line ends with. No message
ever carries another library's exception text: decoders have leaked addresses that way.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the command line."""

    OK = 0
    ERROR = 1
    USAGE = 2
    NOT_RUNNING = 3
    NOT_PAIRED = 4
    HARDWARE_UNFIT = 5
    BUSY = 6
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class ErrorSpec:
    """What a code means when nothing more specific is said.

    Attributes:
        message: one sentence that tells the reader what to do.
        status: HTTP status; 500 for codes that only the command line uses.
        exit_code: exit code of the command line.
    """

    message: str
    status: int = 500
    exit_code: Exit = Exit.ERROR


ERRORS: dict[str, ErrorSpec] = {
    # who may ask
    "unauthorized": ErrorSpec(
        "Send a valid token in the Authorization header; `altd pair` makes one.", 401, Exit.NOT_PAIRED
    ),
    "host_forbidden": ErrorSpec("Address the daemon as 127.0.0.1, localhost or [::1] with its port.", 403),
    "origin_forbidden": ErrorSpec("Only a paired browser extension may ask; web pages may not.", 403),
    "local_only": ErrorSpec("Only the command line of the user who started the daemon may do this.", 403),
    "pairing_failed": ErrorSpec(
        "The code is wrong or no longer valid; run `altd pair` for a new one.", 403, Exit.NOT_PAIRED
    ),
    "too_many_attempts": ErrorSpec(
        "Too many wrong codes ended this pairing; run `altd pair` for a new one.", 429, Exit.NOT_PAIRED
    ),
    "caller_forbidden": ErrorSpec("Only altd's own extension may start this program; install it.", 403),
    "message_invalid": ErrorSpec(
        "The extension and altd do not understand each other; update both, then pair again.", 400
    ),
    # what was asked
    "invalid_request": ErrorSpec("The request does not have the documented form; see /v1/openapi.json.", 400),
    "image_missing": ErrorSpec("Send the image's bytes as the multipart field `image`.", 400),
    "not_found": ErrorSpec("There is no such address; see /v1/openapi.json for those there are.", 404),
    "method_not_allowed": ErrorSpec(
        "This address does not take that method; see /v1/openapi.json for those it takes.", 405
    ),
    "unknown_description": ErrorSpec(
        "No description has this id, or it is no longer remembered; submit the image again.", 404
    ),
    "unknown_generation": ErrorSpec(
        "There is no such generation; `altd models list` names those there are.", 404
    ),
    "unknown_feedback": ErrorSpec(
        "There is no feedback with this id; `altd feedback list` names those there are.", 404
    ),
    "unknown_token": ErrorSpec(
        "There is no token with this id; `altd pair list` names those there are.", 404
    ),
    "generation_conflict": ErrorSpec(
        "Another generation became active meanwhile; read the active one and decide again.", 409
    ),
    "feedback_conflict": ErrorSpec("This key was already used for a different verdict; send a new key.", 409),
    "nothing_to_roll_back": ErrorSpec("The active generation has no parent to go back to.", 409),
    "generation_broken": ErrorSpec(
        "The generation's files differ from its manifest; use another one (`altd models rollback`).", 409
    ),
    "generation_unfit": ErrorSpec(
        "The generation was trained for another model; choose one that belongs to the model in use.", 409
    ),
    "not_finished": ErrorSpec("The description is not finished; wait for it first.", 409),
    "cancelled": ErrorSpec(
        "The description was cancelled; submit the image again if it is still wanted.", 409
    ),
    "body_too_large": ErrorSpec("The request is over 20 MB; send a smaller image.", 413),
    "image_too_large": ErrorSpec("The image is over 40 megapixels or 20 MB; send a smaller one.", 413),
    "image_undecodable": ErrorSpec(
        "The bytes are not a readable PNG, JPEG, WebP, GIF or AVIF image; send another file.", 422
    ),
    # what the machine cannot do now
    "queue_full": ErrorSpec("The queue is full; try again in a few seconds.", 503, Exit.BUSY),
    "model_loading": ErrorSpec("The model is still loading; try again in a few seconds.", 503, Exit.BUSY),
    "engine_failed": ErrorSpec("The model process failed; it is being restarted, so try again shortly.", 503),
    "gpu_out_of_memory": ErrorSpec(
        "The graphics card ran out of memory; close other programs that use it or choose a smaller model.",
        503,
        Exit.HARDWARE_UNFIT,
    ),
    # what the remote server cannot do; it is not ours, so most of these are 502
    "remote_unreachable": ErrorSpec(
        "The remote server does not answer; start it or correct `remote_url`.", 503, Exit.BUSY
    ),
    "remote_busy": ErrorSpec("The remote server is busy; try again in a minute.", 503, Exit.BUSY),
    "remote_timeout": ErrorSpec(
        "The remote server took too long; choose a faster model there or raise `remote_timeout_s`.", 504
    ),
    "remote_refused": ErrorSpec(
        "The remote server refuses the request; check `remote_url`, `remote_model` and its key.", 502
    ),
    "remote_failed": ErrorSpec("The remote server's answer is of no use; look into its log.", 502),
    "disk_full": ErrorSpec(
        "The disk is full, so nothing more can be kept; free some space and try again.", 507
    ),
    "disk_not_writable": ErrorSpec(
        "The folder of altd cannot be written: check its permissions, or let ALTD_HOME name another one.", 507
    ),
    "internal": ErrorSpec("Something went wrong inside the daemon; `altd logs` says more.", 500),
    # what only the command line says
    "not_running": ErrorSpec(
        "The daemon is not running; start it with `altd start`.", exit_code=Exit.NOT_RUNNING
    ),
    "already_running": ErrorSpec(
        "The daemon is already running; `altd status` says where.", exit_code=Exit.BUSY
    ),
    "port_in_use": ErrorSpec(
        "The port is taken by another program; choose one with `altd start --port`.", exit_code=Exit.BUSY
    ),
    "not_paired": ErrorSpec(
        "The daemon does not accept this command line's token; restart it with `altd stop` and `altd start`.",
        exit_code=Exit.NOT_PAIRED,
    ),
    "hardware_unfit": ErrorSpec(
        "This machine cannot run the chosen model; `altd doctor` says what is missing.",
        exit_code=Exit.HARDWARE_UNFIT,
    ),
    "no_feedback": ErrorSpec(
        "There is no feedback to learn from yet; accept, edit or reject some descriptions first."
    ),
    "start_failed": ErrorSpec("The daemon did not start; `altd logs` says why."),
    "stop_failed": ErrorSpec("The daemon did not stop in time; end its process by hand."),
    "retrain_running": ErrorSpec(
        "Another `altd retrain` is at work; wait for it or stop it.", exit_code=Exit.BUSY
    ),
    "feedback_purged": ErrorSpec(
        "Feedback was purged while it was learned from; nothing changed. Run `altd retrain` again."
    ),
    "trainer_failed": ErrorSpec("Training did not finish; the lines above say why."),
    "config_invalid": ErrorSpec("The settings are not valid; correct the named entry."),
    "store_busy": ErrorSpec(
        "Another program reads the database; end it and purge again: it goes on where it stopped.",
        503,
        Exit.BUSY,
    ),
    "store_too_new": ErrorSpec("The database was written by a newer altd; update altd to open it."),
    "model_missing": ErrorSpec("The model is not on this machine; `altd models pull` fetches it."),
    "model_in_use": ErrorSpec("The model is in use; choose another one with `altd models use` first."),
    "model_gated": ErrorSpec(
        "Accept the model's terms on its page of the hub, run `hf auth login`, and pull again."
    ),
    "model_incomplete": ErrorSpec("The model's repository lacks files it needs; choose another model."),
    "model_corrupt": ErrorSpec("A file came damaged and was deleted; pull the model again."),
    "model_damaged": ErrorSpec(
        "A file of the model changed since it was pulled; remove the model and pull it."
    ),
    "model_unsafe": ErrorSpec("The model wants to run code of its own; choose another model."),
    "hub_unreachable": ErrorSpec(
        "The connection to the hub broke; check the network and pull again: it goes on where it stopped."
    ),
    "hub_failed": ErrorSpec("The hub could not answer; pull again later: it goes on where it stopped."),
    "pull_running": ErrorSpec(
        "Another command is pulling or removing this model; wait for it.", exit_code=Exit.BUSY
    ),
    "service_unsupported": ErrorSpec("This system has no service manager that altd knows; use `altd start`."),
    "service_failed": ErrorSpec("The system's service manager refused; `altd service status` says more."),
    "browser_missing": ErrorSpec(
        "No browser for this was found; install Chromium, for example with `apt-get install chromium`."
    ),
    "extension_missing": ErrorSpec("The extension is not built; run `make extension` in the source folder."),
    "demo_missing": ErrorSpec("The demo needs more packages; run `pip install 'altd[demo,train]'`."),
    "file_unreadable": ErrorSpec("The file cannot be read; check its name and permissions."),
}


class AltdError(Exception):
    """A failure with a stable code.

    Args:
        code: a key of `ERRORS`.
        message: replaces the table's sentence where a more specific one helps.

    Raises:
        KeyError: when the code is not in the table.
    """

    def __init__(self, code: str, message: str | None = None) -> None:
        spec = ERRORS[code]
        self.code = code
        self.message = message or spec.message
        self.status = spec.status
        self.exit_code = int(spec.exit_code)
        super().__init__(self.message)

    def __reduce__(self) -> tuple[type[AltdError], tuple[str, str]]:
        """Keep code and message when the error crosses a process boundary."""
        return (type(self), (self.code, self.message))

    def payload(self) -> dict[str, dict[str, str]]:
        """Return the HTTP body: `{"error": {"code", "message"}}`."""
        return {"error": {"code": self.code, "message": self.message}}


def where(error: BaseException) -> str:
    """Return an error's kind and the places it went through; its text could hold what a user wrote."""
    return f"{type(error).__qualname__}\n{''.join(traceback.format_tb(error.__traceback__))}".rstrip()
