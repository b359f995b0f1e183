"""What Slack takes: every number that messages, modals and App Home are drawn against.

From Slack's published block types and reference, except where a line says otherwise.
"""

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_LETTERS = 11_000  # in all blocks; not documented, about 13,200 were refused as msg_blocks_too_long
FALLBACK_LETTERS = 4_000  # of `text`: advised; cut at 40,000
PAPERS_A_MESSAGE = 8  # so that a digest's entries stay within MESSAGE_LETTERS

HEADER = 150
ALT_TEXT = 2_000
URL = 3_000
ELEMENTS = 25  # of an actions block
BUTTON_TEXT = 75
BUTTON_VALUE = 2_000
ACTION_ID = 100  # 255 for Slack; other platforms have less
OVERFLOW_OPTIONS = 5
OPTION_TEXT = 75
OPTION_VALUE = 150
SELECT_OPTIONS = 100

VIEW_TITLE = 24
CALLBACK_ID = 255
PRIVATE_METADATA = 3_000
BLOCK_ID = 255
INPUT_LABEL = 2_000
INPUT_VALUE = 3_000
