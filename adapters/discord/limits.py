"""How much Discord takes: its documented limits, and how it counts."""

CONTENT = 1_940  # of a bot's message, less our mark: Discord takes 2,000, though its own schema says 4,000
EMBEDS = 10  # a message
EMBEDS_TEXT = 5_900  # Discord takes 6,000 in all embeds of a message; the rest is a margin
EMBED_TITLE = 256
EMBED_DESCRIPTION = 4_096
URL = 2_048  # of an embed
ROWS = 5  # of components in a message
ROW_BUTTONS = 5
SELECT_OPTIONS = 25
BUTTON_LABEL = 80
OPTION_TEXT = 100  # label or description of an option
PLACEHOLDER = 150  # of a select
CUSTOM_ID = 100
MODAL_TITLE = 45
MODAL_FIELDS = 5
FIELD_LABEL = 45
FIELD_HINT = 100
FIELD_VALUE = 4_000
THREAD_NAME = 100
FILES = 10  # a message
PAPERS = 5  # a message: a row of buttons each


def length(text: str) -> int:
    """As Discord's own programs count: a letter beyond the first 65,536 is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
