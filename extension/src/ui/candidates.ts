/** Writes an entry into the dialog: what is said, which candidates there are, and what the image says. */

import { t } from '../shared/text';
import type { Description, Entry } from '../shared/types';
import { labelText, type Wording } from '../shared/wording';
import { byId, say } from './elements';

type Choose = (descriptionId: string, position: number) => Promise<void>;

export function showEntry(entry: Entry, wording: Wording, choose: Choose): void {
  const { description, edited, more } = entry;
  const shown = byId('description', HTMLElement);
  shown.textContent = labelText(entry, wording) ?? t('say_no_description');
  const read = description.text_in_image.trim();
  byId('text', HTMLElement).textContent = read === '' ? t('dialog_no_text') : read;
  // The default, not the value: words that were typed but not saved yet stay.
  byId('words', HTMLTextAreaElement).defaultValue = edited ?? description.text;
  byId('detail', HTMLElement).hidden = more === null;
  byId('long', HTMLElement).textContent = more === '' ? t('dialog_more_none') : more;
  showVerdict(entry);
  showCandidates(entry, choose);
}

function showVerdict({ description, verdicts }: Entry): void {
  const verdict = verdicts.find(({ descriptionId }) => descriptionId === description.id)?.kind;
  const good = byId('good', HTMLButtonElement);
  // There is nothing to call good where nothing was said.
  good.disabled = description.text === '';
  good.setAttribute('aria-pressed', String(verdict === 'accept' || verdict === 'prefer'));
  byId('wrong', HTMLButtonElement).setAttribute('aria-pressed', String(verdict === 'reject'));
}

/**
 * People like what stands first, so the order is by chance; it stays while the dialog is open, and
 * the buttons with it, for one of them may have the focus.
 */
const ranks = new Map<string, number>();

function rankOf({ id }: Description): number {
  const rank = ranks.get(id) ?? Math.random();
  ranks.set(id, rank);
  return rank;
}

function showCandidates({ description, earlier }: Entry, choose: Choose): void {
  const spoken = [description, ...earlier]
    .filter(({ text }) => text !== '')
    .map((candidate) => ({ candidate, rank: rankOf(candidate) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ candidate }) => candidate);
  byId('choice', HTMLElement).hidden = spoken.length < 2;
  const list = byId('candidates', HTMLOListElement);
  const ids = spoken.map(({ id }) => id).join(' ');
  if (list.dataset.ids === ids) return;
  list.dataset.ids = ids;
  list.replaceChildren(...spoken.map((candidate, index) => itemOf(candidate, index + 1, choose)));
}

function itemOf({ id, text }: Description, position: number, choose: Choose): HTMLLIElement {
  const item = document.createElement('li');
  const words = document.createElement('span');
  words.id = `candidate-${position}`;
  words.textContent = text;
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = t('dialog_choose', position);
  // Who goes from button to button hears what it is about.
  button.setAttribute('aria-describedby', words.id);
  button.addEventListener('click', () => {
    choose(id, position).catch(() => {
      say(t('problem_failed'));
    });
  });
  item.append(words, ' ', button);
  return item;
}
