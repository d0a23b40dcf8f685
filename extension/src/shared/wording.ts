/** From an entry to the words in a label: the AI mark first, so that nobody takes it for the author's. */

import type { Settings } from './settings';
import { t } from './text';
import type { Entry } from './types';

/** The daemon's language for words it copied from a picture. */
const UNDETERMINED = 'und';

/** The label for an entry, or null when the image is to be left exactly as it is. */
export function labelText(entry: Entry, mark: Settings['mark']): string | null {
  if (entry.edited !== null) return t('label_edited', entry.edited);
  const { state, text, confidence } = entry.description;
  if (state === 'no_description' || text === '') return null;
  if (confidence === 'low') return t('label_low', text);
  return t(mark === 'short' ? 'label_short' : 'label_long', text);
}

/**
 * The language to mark a label with: none when it is the page's own, or not known. The user's own
 * words are taken for the page's language, whatever that of the description was.
 */
export function labelLanguage(entry: Entry, pageLanguage: string): string {
  const own = entry.edited === null ? primary(entry.description.language) : '';
  return own === UNDETERMINED || own === primary(pageLanguage) ? '' : own;
}

function primary(language: string): string {
  return language.toLowerCase().split('-')[0] ?? '';
}
