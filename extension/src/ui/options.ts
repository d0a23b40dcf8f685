/** The settings page. Every change is saved at once and reaches open pages at once. */

import { browser } from 'wxt/browser';
import { send } from '../shared/messages';
import { changeSettings, readSettings, type Settings } from '../shared/settings';
import { t } from '../shared/text';
import type { DaemonStatus, SiteName } from '../shared/types';
import { byId, localise, say } from './elements';
import { describeStatus } from './popup';

export async function start(): Promise<void> {
  localise('options_title');
  const settings = await readSettings();
  bind('enabled', settings.enabled, (enabled) => changeSettings({ enabled }));
  bindSite('x', settings);
  bindSite('pinterest', settings);
  bind('mark-long', settings.mark === 'long', () => changeSettings({ mark: 'long' }));
  bind('mark-short', settings.mark === 'short', () => changeSettings({ mark: 'short' }));
  bind('speak', settings.speakFocused, (speakFocused) => changeSettings({ speakFocused }));
  byId('change-keys', HTMLButtonElement).addEventListener('click', () => void changeKeys());
  await showKeys();
  byId('send-unsaved', HTMLButtonElement).addEventListener('click', () => void sendAgain());
  byId('save-unsaved', HTMLButtonElement).addEventListener('click', () => void saveToFile());
  show(await send('status', null));
}

function show(status: DaemonStatus): void {
  byId('unsaved', HTMLElement).hidden = status.unsaved === 0;
  say(describeStatus(status));
}

async function sendAgain(): Promise<void> {
  show(await send('sendUnsaved', null));
}

async function saveToFile(): Promise<void> {
  const lines = (await send('unsaved', null)).map((verdict) => `${JSON.stringify(verdict)}\n`);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(lines, { type: 'application/jsonl' }));
  link.download = 'altd-corrections.jsonl';
  link.click();
  URL.revokeObjectURL(link.href);
}

function bindSite(site: SiteName, { sites }: Settings): void {
  bind(`site-${site}`, sites[site], async (on) => {
    await changeSettings({ sites: { ...(await readSettings()).sites, [site]: on } });
  });
}

function bind(id: string, value: boolean, save: (value: boolean) => Promise<void>): void {
  const box = byId(id, HTMLInputElement);
  box.checked = value;
  box.addEventListener('change', () => void save(box.checked));
}

/** The keys as they are now; the user may have changed or lost them to another extension. */
async function showKeys(): Promise<void> {
  const commands = await browser.commands.getAll();
  const items = commands.filter(({ name }) => name !== '_execute_action').map(({ description, shortcut }) => {
    const item = document.createElement('li');
    item.textContent = `${description ?? ''}: ${shortcut === undefined || shortcut === '' ? t('options_keys_none') : shortcut}`;
    return item;
  });
  byId('keys', HTMLUListElement).replaceChildren(...items);
}

/** A link cannot lead to the browser's own pages; Firefox has a call for it. */
async function changeKeys(): Promise<void> {
  if (import.meta.env.FIREFOX) {
    await (browser.commands as unknown as { openShortcutSettings(): Promise<void> }).openShortcutSettings();
  } else {
    await browser.tabs.create({ url: 'chrome://extensions/shortcuts' });
  }
}
