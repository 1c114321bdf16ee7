"""Why a plan does not answer."""


class NotCompilable(Exception):
    """The document has something that plans cannot do; the text says what."""


class Unusual(Exception):
    """A run met something that graphql-core has to answer."""
