/** Small helpers of our own pages. */

import { t, type MessageKey } from '../shared/text';

/** The element with this id; its absence is a mistake in the page, not a state. */
export function byId<T extends Element>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`no ${type.name} #${id}`);
  return element;
}

/**
 * Fills every `data-i18n` element with its message and sets the document's language and title.
 * The words are in `_locales` alone; a page without its script would be useless anyway.
 */
export function localise(title: MessageKey): void {
  document.documentElement.lang = navigator.language;
  document.title = t(title);
  for (const element of document.querySelectorAll<HTMLElement>('[data-i18n]')) {
    element.textContent = t(element.dataset.i18n as MessageKey);
  }
}

/** Says something in the page's `role=status` element. */
export function say(text: string): void {
  byId('status', HTMLElement).textContent = text;
}
