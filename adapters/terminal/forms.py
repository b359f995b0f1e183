"""A form, asked line by line."""

from collections.abc import Awaitable, Callable

from adapters.terminal.lines import one_line
from bot.cards import Field, Form
from bot.errors import Refused


async def ask(form: Form, read: Callable[[str], Awaitable[str]], tell: Callable[[str], None]) -> dict[str, str]:
    """An answer for each field. `tell` hears what was wrong with one before it is asked again."""
    answers: dict[str, str] = {}
    for field in form.fields:
        while field.name not in answers:
            try:
                answers[field.name] = answer(field, await read(question(field)))
            except Refused as refused:
                tell(str(refused))
    return answers


def question(field: Field) -> str:
    """`Quiet days: 1 say, 2 silent [say]: `."""
    choices = ", ".join(f"{n} {one_line(choice)}" for n, choice in enumerate(field.choices, 1))
    rest = choices or one_line(field.hint)
    value = f" [{one_line(field.value)}]" if field.value else ""
    return f"{one_line(field.label)}{f' ({rest})' if rest else ''}{value}: "


def answer(field: Field, line: str) -> str:
    """What the line says: an empty one keeps the value, a choice may be typed by its number. Refused otherwise."""
    said = line.strip() or field.value
    if field.required and not said:
        raise Refused(f"{field.label} is needed.", "Type it, or press Ctrl-C to leave everything as it was.")
    if not field.choices or not said:
        return said
    by_name = {choice.casefold(): choice for choice in field.choices}
    by_number = {str(n): choice for n, choice in enumerate(field.choices, 1)}
    choice = by_name.get(said.casefold()) or by_number.get(said)
    if choice is None:
        raise Refused(f"“{said}” is not one of {', '.join(field.choices)}.", "Type one, or its number.")
    return choice
