"""How much a mail takes, and for how long its links are good."""

from datetime import timedelta

SUBJECT = 60  # letters: a longer one is folded, and readers lose spaces at the folds
HTML = 100_000  # bytes: Gmail hides what is beyond 102 KB behind a link
ABSTRACT = 2_000  # letters of a paper's abstract
BRIEF = 300  # of each, where all together are too long
PAPERS = 25  # a mail: a digest of 10 or 15, and what an earlier mail may not have brought
LABEL = 80  # of what can be pressed
TARGET = 1_000  # of what a link says: mail programs cut longer addresses
LINE = 200  # letters of a title or a reason
IN_MAIL = timedelta(days=60)  # for which what can be pressed in a mail works
ON_PAGE = timedelta(days=1)  # and on a page
MAILS_A_SECOND = 10.0  # to the relay; many refuse much more
CONNECTIONS = 10  # to the relay at once
SECONDS = 25.0  # for one mail, from the connection to the relay's last word: less than the outbox waits
QUEUE = 4.0  # seconds to wait for one of them
GOODBYE = 1.0  # seconds for the relay's answer to QUIT
LATER = 60.0  # seconds until a mail that was put off is tried again
MISCONFIGURED = 900.0  # until the next try where the relay does not take us, whoever the mail is for
