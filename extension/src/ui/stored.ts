/** What altd has stored, in the settings: to be heard, written into a file and deleted. */

import { send } from '../shared/messages';
import { t } from '../shared/text';
import type { StoredVerdict } from '../shared/types';
import { byId, onClick, say } from './elements';
import { saveLines } from './file';

/** A list of hundreds, each with a button, is no help to anybody. */
const PAGE = 20;

/** Newest first. */
let verdicts: StoredVerdict[] = [];
let shown = PAGE;

export async function startStored(): Promise<void> {
  onClick('stored-more', showMore);
  onClick('stored-export', () => {
    saveLines('altd-stored.jsonl', verdicts);
    return Promise.resolve();
  });
  const sure = byId('sure', HTMLDialogElement);
  onClick('stored-delete', () => {
    sure.returnValue = 'keep';
    sure.showModal();
    return Promise.resolve();
  });
  sure.addEventListener('close', () => {
    if (sure.returnValue === 'delete') void remove(null);
  });
  await load();
}

async function load(): Promise<void> {
  const stored = await send('stored', null);
  verdicts = (stored ?? []).toReversed();
  const count = stored?.length === 0 ? t('stored_none') : t('stored_count', verdicts.length);
  byId('stored-count', HTMLElement).textContent = stored === null ? t('stored_unknown') : count;
  byId('stored-actions', HTMLElement).hidden = verdicts.length === 0;
  show();
}

function show(): void {
  byId('stored', HTMLOListElement).replaceChildren(...verdicts.slice(0, shown).map(itemOf));
  byId('stored-more', HTMLButtonElement).hidden = verdicts.length <= shown;
}

/** The focus goes to the first new line: the button that was pressed may be gone. */
function showMore(): Promise<void> {
  const first = shown;
  shown += PAGE;
  show();
  byId('stored', HTMLOListElement).children[first]?.querySelector('button')?.focus();
  return Promise.resolve();
}

function itemOf(verdict: StoredVerdict, index: number): HTMLLIElement {
  const item = document.createElement('li');
  const date = new Date(verdict.created_at * 1000).toLocaleDateString(t('language'), { dateStyle: 'medium' });
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = t('stored_delete_which', index + 1);
  button.addEventListener('click', () => void remove(verdict.id));
  item.append(`${wordsOf(verdict)} (${date}) `, button);
  return item;
}

function wordsOf({ verdict, description, text, other }: StoredVerdict): string {
  const words = description === '' ? t('stored_empty') : description;
  if (verdict === 'edit') return t('stored_edit', text ?? '', words);
  if (verdict === 'prefer') return t('stored_prefer', words, other ?? '');
  return t(`stored_${verdict}`, words);
}

async function remove(id: string | null): Promise<void> {
  const deleted = await send('deleteStored', { id });
  await load();
  say(t(deleted ? 'stored_deleted' : 'stored_not_deleted'));
  // The pressed button has left with its line.
  byId('stored-heading', HTMLElement).focus();
}
