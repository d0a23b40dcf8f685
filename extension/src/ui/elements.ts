/** Small helpers of our own pages. */

import { t, type MessageKey } from '../shared/text';

/** The element with this id; its absence is a mistake in the page, not a state. */
export function byId<T extends Element>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`no ${type.name} #${id}`);
  return element;
}

/**
 * Fills every `data-i18n` element with its message and sets the document's title and language:
 * that of the messages, which is English where the browser's own is not among ours.
 */
export function localise(title: MessageKey): void {
  document.documentElement.lang = t('language');
  document.title = t(title);
  for (const element of document.querySelectorAll<HTMLElement>('[data-i18n]')) {
    element.textContent = t(element.dataset.i18n as MessageKey);
  }
}

/** Says something in the page's `role=status` element. The same words twice would be no change and silent. */
export function say(text: string): void {
  const status = byId('status', HTMLElement);
  status.textContent = status.textContent === text ? `${text}\u00a0` : text;
}

/** Runs `action` when the button is pressed; what goes wrong is said, not lost. */
export function onClick(id: string, action: () => Promise<unknown>): void {
  byId(id, HTMLButtonElement).addEventListener('click', () => {
    action().catch(() => {
      say(t('problem_failed'));
    });
  });
}

/** Shows a setting in a check box or radio button, disabled until now since it would lie, and saves every change at once. */
export function bind(id: string, value: boolean, save: (value: boolean) => Promise<void>): void {
  const box = byId(id, HTMLInputElement);
  box.checked = value;
  box.disabled = false;
  box.addEventListener('change', () => void save(box.checked));
}
