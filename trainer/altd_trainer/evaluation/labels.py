"""The figures in words, in the order in which a reader wants them."""

FIGURES = {
    "facts": "right facts, of all that there are",
    "facts/object": "objects named",
    "facts/colour": "colours right",
    "facts/count": "numbers right",
    "facts/relation": "relations right",
    "facts/chart": "facts of charts right",
    "facts/text": "titles, quotations and authors right",
    "facts/name": "names right",
    "facts/event": "events right",
    "invented_objects": "objects that are not there, of all that are named (CHAIR-i); less is better",
    "invented_texts": "texts with such an object (CHAIR-s); less is better",
    "name_used": "names from the post used where they belong",
    "event_used": "events from the post used where they belong",
    "foreign_name_used": "names from the post used where they do not belong; less is better",
    "foreign_event_used": "events from the post used where they do not belong; less is better",
    "rouge_l": "longest common sequence of words with the reference",
    "cider": "words in common with the reference, rare ones counting more; 0 to 10",
    "bleu_1": "single words in common with the reference",
    "bleu_2": "up to two words in a row in common",
    "bleu_3": "up to three words in a row in common",
    "bleu_4": "up to four words in a row in common",
    "bleu_4_individual": "four words in a row in common",
    "meteor": "words in common, synonyms counting too",
    "meteor_exact_stem": "words in common, also in another form",
    "edit_distance": "words to change to arrive at the reference; less is better",
    "words": "words of a text",
    "characters": "characters of a text",
}


def ordered(names: set[str]) -> list[str]:
    """Known figures as above, then others by name."""
    return [name for name in FIGURES if name in names] + sorted(names - set(FIGURES))


def in_words(name: str) -> str:
    """What a figure says; nothing for one that has no words yet."""
    own = name.removeprefix("released/")
    how = ", counted as the released script does" if own != name else ""
    return FIGURES[own] + how if own in FIGURES else ""
