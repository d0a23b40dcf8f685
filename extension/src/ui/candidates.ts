/** Writes an entry into the dialog: what is said, what was said before, and what the image says. */

import { t } from '../shared/text';
import type { Description, Entry } from '../shared/types';
import { labelText, type Wording } from '../shared/wording';
import { byId, say } from './elements';

type Choose = (descriptionId: string) => Promise<void>;

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
  showEarlier(entry, choose);
}

function showVerdict({ description, verdicts }: Entry): void {
  const verdict = verdicts.find(({ descriptionId }) => descriptionId === description.id)?.kind;
  const good = byId('good', HTMLButtonElement);
  // There is nothing to call good where nothing was said.
  good.disabled = description.text === '';
  good.setAttribute('aria-pressed', String(verdict === 'accept' || verdict === 'prefer'));
  byId('wrong', HTMLButtonElement).setAttribute('aria-pressed', String(verdict === 'reject'));
}

function showEarlier({ earlier }: Entry, choose: Choose): void {
  const spoken = earlier.filter(({ text }) => text !== '');
  byId('earlier', HTMLElement).hidden = spoken.length === 0;
  byId('candidates', HTMLOListElement).replaceChildren(
    ...spoken.map((description, index) => itemOf(description, index + 1, choose)),
  );
}

function itemOf({ id, text }: Description, number: number, choose: Choose): HTMLLIElement {
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = t('dialog_choose', number);
  button.addEventListener('click', () => {
    choose(id).catch(() => {
      say(t('problem_failed'));
    });
  });
  item.append(`${text} `, button);
  return item;
}
