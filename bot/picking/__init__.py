"""Picking: which papers fit a topic, how well, why, and which of them make a digest. Arrays in, arrays out.

Nothing is imported here, because `topics` is read by every command and needs no numpy:

    topics    Topic.parse, canonical        what a person's words mean
    acronyms  definitions, Acronyms         the short forms that papers define
    vectors   Index, Document, VERSION      the store's papers as the picker sees them
    space     Space                         where those papers stand beside each other, whatever words they share
    meaning   meant, senses                 what a topic means where the store's papers define short forms
    nearby    suggestion                    what may be meant by a topic that is little known
    ranker    fit, score, score_all, BAR    how well papers fit; Profile (from `profile`) is what to keep of a topic
    similar   similar, cosine, SIMILAR_BAR  papers like these papers
    explain   why, parts                    the words that carry a score
    taste     fit, appeal, scores, order    what a channel's reactions teach; Taste is what to keep of it
    people    learned, pull                 whose papers a channel likes
    slate     choose, Candidate             which make a digest
    gist      gist                          what a paper did and found, in a sentence or two of its abstract
"""
