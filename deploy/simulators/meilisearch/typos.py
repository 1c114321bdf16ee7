"""How wrong a word is: insertions, deletions, substitutions and exchanged neighbours cost one, but two at the first letter."""


def typos(wanted: str, found: str, most: int, *, prefix: bool) -> int | None:
    """None where it takes more than `most` (0 to 2). A prefix need only be how `found` begins."""
    if found == wanted or (prefix and found.startswith(wanted)):
        return 0
    if most == 0 or (not prefix and abs(len(found) - len(wanted)) > most):
        return None
    if found[:1] != wanted[:1]:
        return 2 if most == 2 and _differs_at_first(wanted, found, prefix=prefix) else None
    cost = _distance(wanted, found[: len(wanted) + most] if prefix else found, most, prefix=prefix)
    return cost if cost <= most else None


def _differs_at_first(wanted: str, found: str, *, prefix: bool) -> bool:
    candidates = (wanted[1:], found[:1] + wanted, found[:1] + wanted[1:], wanted[1:2] + wanted[:1] + wanted[2:])
    return any(found.startswith(each) if prefix else found == each for each in candidates if each)


def _distance(wanted: str, found: str, most: int, *, prefix: bool) -> int:
    two_before: list[int] = []
    before: list[int] = []
    row = list(range(len(found) + 1))
    for i, letter in enumerate(wanted, 1):
        two_before, before, row = before, row, [i]
        for j, other in enumerate(found, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == found[j - 2] and wanted[i - 2] == other:
                cost = min(cost, two_before[j - 2] + 1)
            row.append(cost)
        if min(row) > most and (i == 1 or min(before) > most):
            return most + 1
    return min(row) if prefix else row[-1]
