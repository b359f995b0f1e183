"""What JSON from elsewhere holds, taken leniently: a text where a text is wanted, whatever was there."""

from collections.abc import Iterable, Mapping

Row = Mapping[str, object]


def text_of(row: Row, *keys: str) -> str:
    """The first of `keys` that holds a text or number; of a list, its first text; else nothing."""
    for key in keys:
        value = row.get(key)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool)):
            value = format(value)
        if isinstance(value, str) and value.strip():
            return value
    return ""


def texts_of(row: Row, key: str) -> list[str]:
    """The texts of a list, or one text as a list of one."""
    value = row.get(key)
    if isinstance(value, str):
        return [value] if value.strip() else []
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def rows_of(row: Row, key: str) -> list[Row]:
    """The objects of a list."""
    return list(objects_in(row.get(key)))


def row_of(row: Row, key: str) -> Row:
    """The object under `key`, or an empty one."""
    value = row.get(key)
    return value if isinstance(value, dict) else {}


def objects_in(value: object) -> Iterable[Row]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()
