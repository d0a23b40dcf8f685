/** The list of keys, on the set-up page and in the settings. */

import { browser } from 'wxt/browser';
import { t } from '../shared/text';
import { byId, onClick } from './elements';

/** Shows the keys as they are now; the user may have changed or lost them to another extension. */
export async function showKeys(): Promise<void> {
  const commands = (await browser.commands.getAll()).filter(({ name }) => name !== '_execute_action');
  const items = commands.map(({ description, shortcut }) => {
    const item = document.createElement('li');
    item.textContent = `${description ?? ''}: ${shortcut === undefined || shortcut === '' ? t('options_keys_none') : shortcut}`;
    return item;
  });
  byId('keys', HTMLUListElement).replaceChildren(...items);
  onClick('change-keys', changeKeys);
}

/** A link cannot lead to the browser's own pages; Firefox has a call for it. */
async function changeKeys(): Promise<void> {
  if (import.meta.env.FIREFOX) {
    await (browser.commands as unknown as { openShortcutSettings(): Promise<void> }).openShortcutSettings();
  } else {
    await browser.tabs.create({ url: 'chrome://extensions/shortcuts' });
  }
}
