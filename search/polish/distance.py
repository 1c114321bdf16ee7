"""How far two words are from each other: the fewest letters to insert, delete, replace or exchange with a neighbour."""


def within(limit: int, wanted: str, found: str, *, prefix: bool = False) -> bool:
    """Whether `wanted` becomes `found`, or for a prefix the beginning of `found`, by at most `limit` such changes."""
    if limit == 0:
        return found.startswith(wanted) if prefix else found == wanted
    if not prefix and abs(len(wanted) - len(found)) > limit:
        return False
    if prefix:
        found = found[: len(wanted) + limit]
    before: list[int] = []
    row = list(range(len(found) + 1))
    for index, letter in enumerate(wanted):
        before, row = row, _next_row(before, row, index, letter, wanted, found)
        if min(row) > limit:
            return False
    return (min(row) if prefix else row[-1]) <= limit


def _next_row(before: list[int], row: list[int], index: int, letter: str, wanted: str, found: str) -> list[int]:
    following = [index + 1]
    for place, other in enumerate(found):
        cost = min(row[place + 1] + 1, following[place] + 1, row[place] + (letter != other))
        if index and place and letter == found[place - 1] and wanted[index - 1] == other:
            cost = min(cost, before[place - 1] + 1)
        following.append(cost)
    return following
