"""A sample of pairs as one page, for a person to check: it works with the keyboard and a screen reader.

The page needs nothing from elsewhere. Each pair is a group of radio buttons below its picture and texts; a
button gathers the verdicts as text to keep.
"""

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

from altd.describe.prompt import render_context
from altd_trainer.data.images import load_image
from altd_trainer.data.judging.judged import shown
from altd_trainer.data.preferences import PreferenceExample

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{count} pairs to check</title>
<style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
  color: #1a1a1a; background: #fff; }}
img {{ max-width: 100%; height: auto; }}
article {{ border-top: 2px solid #555; padding: 1rem 0; }}
dt {{ font-weight: bold; }}
label {{ display: block; padding: .25rem 0; }}
:focus-visible {{ outline: 3px solid #0645ad; outline-offset: 2px; }}
textarea {{ width: 100%; }}
</style>
</head>
<body>
<main>
<h1>{count} pairs to check</h1>
<p>Drawn at random from {total} pairs. For each, say whether the preferred text is really the better one for
somebody who cannot see the picture.</p>
<form id="check">
{pairs}
<p><button type="button" id="gather">Gather my verdicts</button></p>
</form>
<p><label for="verdicts">Verdicts, one a line</label>
<textarea id="verdicts" rows="6" readonly></textarea></p>
<p role="status" id="status"></p>
</main>
<script>
document.getElementById('gather').addEventListener('click', () => {{
  const given = [...new FormData(document.getElementById('check'))];
  document.getElementById('verdicts').value = given.map(([id, verdict]) => id + '\\t' + verdict).join('\\n');
  document.getElementById('status').textContent = given.length + ' of {count} pairs have a verdict.';
}});
</script>
</body>
</html>
"""

_PAIR = """\
<article aria-labelledby="pair-{number}">
<h2 id="pair-{number}">Pair {number} of {count}</h2>
<p><img src="data:image/jpeg;base64,{image}" alt="The picture that both texts describe"></p>
<dl>
<dt>Post</dt><dd>{context}</dd>
<dt>Preferred</dt><dd>{chosen}</dd>
<dt>Not preferred</dt><dd>{rejected}</dd>
</dl>
<fieldset>
<legend>Is the preferred text the better one?</legend>
{choices}
</fieldset>
</article>
"""

_CHOICE = '<label><input type="radio" name="{id}" value="{value}"> {words}</label>'
_CHOICES = {
    "right": "Yes",
    "wrong": "No, the other one",
    "both_wrong": "Both are wrong",
    "unsure": "I cannot say",
}


def write_page(examples: Sequence[PreferenceExample], total: int, path: Path) -> None:
    """Write the page of some of `total` pairs.

    Raises:
        UnreadableImageError: a picture cannot be shown.
    """
    pairs = [_pair(example, number, len(examples)) for number, example in enumerate(examples, start=1)]
    path.write_text(_PAGE.format(count=len(examples), total=total, pairs="\n".join(pairs)), encoding="utf-8")


def _pair(example: PreferenceExample, number: int, count: int) -> str:
    choices = [
        _CHOICE.format(id=escape(example.id), value=value, words=words) for value, words in _CHOICES.items()
    ]
    return _PAIR.format(
        number=number,
        count=count,
        image=base64.b64encode(shown(load_image(example))).decode("ascii"),
        context=escape(render_context(example.context)) or "(no text)",
        chosen=escape(example.chosen),
        rejected=escape(example.rejected or "(none)"),
        choices="\n".join(choices),
    )
