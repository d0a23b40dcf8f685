"""The caption metrics written down once more from their definitions: slow, plain, without the libraries."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise

Words = Sequence[str]


def treebank(text: str, sentences: bool) -> list[str]:
    """Penn Treebank words as far as the pairs here need them; with `sentences`, of each by itself."""
    parts = re.split(r"(?<=[^.]\.)\s+(?=[A-Z])", text) if sentences else [text]
    return [word for part in parts for word in _treebank_sentence(part)]


def _treebank_sentence(text: str) -> list[str]:
    text = re.sub(r"\.\.\.|[;?!%“”()]|[,:](?!\d)", r" \g<0> ", text)
    text = re.sub(r"(?<=[^.\s])\.\s*$", " . ", text)
    text = re.sub(r"\b([Cc]an)(not)\b", r"\1 \2", text)
    return re.sub(r"(n't|'s)(?=\s|$)", r" \1", text).split()


def unpunctuated(text: str) -> list[str]:
    """Lower-case words: runs of letters and digits, with an apostrophe between them."""
    kept = "".join(c if c.isalnum() or c in "'’" else " " for c in text.lower())
    return [word.strip("'’") for word in kept.split() if word.strip("'’")]


def lcs(x: Words, y: Words) -> list[str]:
    """A longest common subsequence; of several, the one found from the end by leaving out of `y` first."""
    length = [[0] * (len(y) + 1) for _ in range(len(x) + 1)]
    for i, j in ((i, j) for i in range(len(x)) for j in range(len(y))):
        longest = max(length[i][j + 1], length[i + 1][j])
        length[i + 1][j + 1] = length[i][j] + 1 if x[i] == y[j] else longest
    i, j, common = len(x), len(y), []
    while i and j:
        if x[i - 1] == y[j - 1]:
            i, j = i - 1, j - 1
            common.append(x[i])
        elif length[i - 1][j] > length[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return common[::-1]


def f_measure(common: int, text: int, reference: int, epsilon: float = 0.0) -> float:
    if not common:
        return 0.0
    precision, recall = common / text, common / reference
    return 2 * precision * recall / (precision + recall + epsilon)


def rouge_l_of_sets(text: str, reference: str) -> float:
    """Summary level: different words of the reference that are in a common subsequence with a sentence."""
    said, true = ([part.split() or [""] for part in whole.split(".") if part] for whole in (text, reference))
    common = {word for r in true for s in said for word in lcs(r, s)}
    sizes = [len({word for sentence in whole for word in sentence}) for whole in (said, true)]
    return f_measure(len(common), sizes[0], sizes[1], 1e-8)


def ngrams(words: Words, order: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[start : start + order]) for start in range(len(words) - order + 1))


def bleu(text: Words, reference: Words, orders: Iterable[int]) -> float:
    """Geometric mean of clipped precisions of these orders, times the brevity penalty."""
    shares = []
    for order in orders:
        said, true = ngrams(text, order), ngrams(reference, order)
        shares.append((said & true).total() / max(said.total(), 1))
    if not all(shares):
        return 0.0
    penalty = min(1.0, math.exp(1 - len(reference) / len(text)))
    return penalty * math.prod(shares) ** (1 / len(shares))


def cider(texts: Sequence[Words], references: Sequence[Words]) -> list[float]:
    """CIDEr-D with one reference; lengths in bigrams."""
    documents = Counter(gram for words in references for n in range(1, 5) for gram in ngrams(words, n))

    def weights(words: Words, order: int) -> dict[tuple[str, ...], float]:
        total = len(references)
        return {g: n * math.log(total / max(documents[g], 1)) for g, n in ngrams(words, order).items()}

    scores = []
    for text, reference in zip(texts, references, strict=True):
        longer = max(len(text) - 1, 0) - max(len(reference) - 1, 0)
        cosines = []
        for order in range(1, 5):
            said, true = weights(text, order), weights(reference, order)
            product = sum(min(said[gram], true[gram]) * true[gram] for gram in said.keys() & true.keys())
            norm = math.hypot(*said.values()) * math.hypot(*true.values())
            cosines.append(product / norm if norm else 0.0)
        scores.append(10 * math.exp(-(longer**2) / 72) * sum(cosines) / 4)
    return scores


def meteor(text: Words, reference: Words, stems: dict[str, str]) -> float:
    """Words that are equal, then words of equal stem, each with the last free one of the reference."""
    said, true = [word.lower() for word in text], [word.lower() for word in reference]
    pairs: dict[int, int] = {}
    for same in (lambda word: word, lambda word: stems.get(word, word)):
        for i in reversed(range(len(said))):
            free = [j for j in range(len(true)) if j not in pairs.values() and same(true[j]) == same(said[i])]
            if i not in pairs and free:
                pairs[i] = free[-1]
    if not pairs:
        return 0.0
    matched = sorted(pairs.items())
    chunks = 1 + sum(b != (a[0] + 1, a[1] + 1) for a, b in pairwise(matched))
    precision, recall = len(pairs) / len(said), len(pairs) / len(true)
    mean = precision * recall / (0.9 * precision + 0.1 * recall)
    return mean * (1 - 0.5 * (chunks / len(pairs)) ** 3)


def edit_distance(text: Words, reference: Words) -> int:
    @cache
    def between(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        replaced = between(i - 1, j - 1) + (text[i - 1] != reference[j - 1])
        return min(replaced, between(i - 1, j) + 1, between(i, j - 1) + 1)

    return between(len(text), len(reference))
