"""Stripe's error objects: what an API call answers when it does not answer with what was asked for."""

from typing import Any

DOCS = "https://docs.stripe.com/error-codes/"


class ApiError(Exception):
    """A call that ends in Stripe's error shape with the given HTTP status.

    `saved` says whether the idempotency layer keeps this answer for its key: Stripe does so once the endpoint
    began to execute, and not for parameters that never passed validation.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        saved: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.saved = saved
        self.headers: dict[str, str] = {}
        self.error: dict[str, Any] = {"message": message, "type": type, **more}
        if code:
            self.error |= {"code": code, "doc_url": DOCS + code.replace("_", "-")}
        if param:
            self.error["param"] = param

    def body(self) -> dict[str, Any]:
        """The JSON document of the answer."""
        return {"error": self.error}


def invalid(message: str, *, code: str | None = None, param: str | None = None) -> ApiError:
    """A parameter that does not pass validation; nothing was executed."""
    return ApiError(400, message, code=code, param=param)


def missing(param: str) -> ApiError:
    """A required parameter that is not there."""
    return invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)


def no_such(kind: str, id: str, *, param: str = "id", status: int = 404) -> ApiError:
    """An id that names nothing."""
    return ApiError(status, f"No such {kind}: '{id}'", code="resource_missing", param=param, saved=True)


def unexpected_state(intent: dict[str, Any], message: str) -> ApiError:
    """A step that the intent's status does not allow."""
    return ApiError(400, message, code="payment_intent_unexpected_state", saved=True, payment_intent=intent)


def unrecognized(method: str, path: str) -> ApiError:
    """A path this API does not have."""
    return ApiError(404, f"Unrecognized request URL ({method}: {path}). Please see https://docs.stripe.com/api.")
