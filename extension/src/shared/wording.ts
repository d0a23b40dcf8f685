/** From an entry to the words in a label: the AI mark first, so that nobody takes it for the author's. */

import type { Settings } from './settings';
import { t } from './text';
import type { Entry } from './types';

/** The daemon's language for words it copied from a picture. */
const UNDETERMINED = 'und';

/** The settings that decide how a label is worded. */
export type Wording = Pick<Settings, 'mark' | 'length'>;

/** Where a short label ends, in characters: about eight seconds of speech. */
export const SHORT_LENGTH = 125;

/** The label for an entry, or null when the image is to be left exactly as it is. */
export function labelText(entry: Entry, { mark, length }: Wording): string | null {
  if (entry.edited !== null) return t('label_edited', entry.edited);
  const { state, confidence } = entry.description;
  const text = length === 'short' ? shortened(entry.description.text) : entry.description.text;
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

/** The beginning of a text up to the last whole word that fits; scripts without spaces are cut anywhere. */
function shortened(text: string): string {
  if (text.length <= SHORT_LENGTH) return text;
  const cut = text.slice(0, SHORT_LENGTH);
  const end = cut.lastIndexOf(' ');
  return `${(end > SHORT_LENGTH / 2 ? cut.slice(0, end) : cut).replace(/[\s,;:.–—-]+$/, '')}…`;
}

function primary(language: string): string {
  return language.toLowerCase().split('-')[0] ?? '';
}
