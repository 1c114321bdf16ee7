"""What the shop refuses, in WordPress's words.

RestError
  InvalidParameter
  UnknownToPermissions
"""

from collections.abc import Mapping, Sequence

from simulators.woocommerce.php_json import Json


class RestError(Exception):
    """One WP_Error: a code, a sentence, an HTTP status and whatever else its data holds."""

    hides_methods = False
    """Whether WordPress found out while it asked for permissions, and so allows no method at all."""

    def __init__(self, code: str, message: str, status: int, **data: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.data = data

    def as_json(self, status: int | None = None) -> Json:
        return {"code": self.code, "message": self.message, "data": {"status": status or self.status, **self.data}}


class InvalidParameter(RestError):
    """`rest_invalid_param`, with one reason for each refused parameter."""

    def __init__(self, refused: Mapping[str, "Reason"]) -> None:
        super().__init__(
            "rest_invalid_param",
            f"Invalid parameter(s): {', '.join(refused)}",
            400,
            params={name: reason.message for name, reason in refused.items()},
            details={name: reason.as_json() for name, reason in refused.items()},
        )


class Reason:
    def __init__(self, code: str, message: str, data: Json | None = None) -> None:
        self.code = code
        self.message = message
        self.data = data

    def as_json(self) -> Json:
        return {"code": self.code, "message": self.message, "data": self.data}


def wrong_type(name: str, expected: str) -> Reason:
    return Reason("rest_invalid_type", f"{name} is not of type {expected}.", {"param": name})


def not_in_enum(name: str, allowed: Sequence[str]) -> Reason:
    listed = f"{', '.join(allowed[:-1])}, and {allowed[-1]}"
    return Reason("rest_not_in_enum", f"{name} is not one of {listed}.")


def out_of_bounds(name: str, low: int, high: int) -> Reason:
    return Reason("rest_out_of_bounds", f"{name} must be between {low} (inclusive) and {high} (inclusive)")


def invalid_date() -> Reason:
    return Reason("rest_invalid_date", "Invalid date.")


class UnknownToPermissions(RestError):
    hides_methods = True


def no_route() -> RestError:
    return RestError("rest_no_route", "No route was found matching the URL and request method.", 404)


def invalid_id(resource: str) -> RestError:
    return RestError(f"woocommerce_rest_{resource}_invalid_id", "Invalid ID.", 404)


def invalid_variation() -> RestError:
    return UnknownToPermissions("woocommerce_rest_product_variation_invalid_id", "Invalid ID.", 404)


def unknown_term() -> RestError:
    return UnknownToPermissions("woocommerce_rest_term_invalid", "Resource does not exist.", 404)
