/** Keyboard commands, context menu and the dialog window. */

import { browser } from 'wxt/browser';
import { SITE_PATTERNS } from '../shared/hosts';
import type { CommandName } from '../shared/messages';
import { t } from '../shared/text';
import { allowedWebsites } from './allowed';
import { notify } from './tabs';

const COMMANDS: CommandName[] = ['describe', 'accept', 'reject', 'dialog', 'undo', 'status'];

/** What can be said of an image; the state of altd is in the toolbar button's popup. */
const IN_MENU = ['describe', 'accept', 'reject', 'dialog', 'undo'] as const;

const DIALOG_SIZE = { width: 560, height: 640 };

/** Registers listeners; to be called in the first turn of the worker. */
export function listenForActions(): void {
  browser.commands.onCommand.addListener((name, tab) => {
    const command = COMMANDS.find((known) => known === name);
    if (command) void passOn(command, tab?.id, false);
  });
  browser.contextMenus.onClicked.addListener(({ menuItemId }, tab) => {
    const command = COMMANDS.find((known) => known === menuItemId);
    if (command) void passOn(command, tab?.id, true);
  });
}

async function passOn(command: CommandName, tabId: number | undefined, atMenu: boolean): Promise<void> {
  // Some browsers leave the tab out for commands.
  const [active] = tabId === undefined ? await browser.tabs.query({ active: true, lastFocusedWindow: true }) : [];
  await notify(tabId ?? active?.id, { notice: 'command', command, atMenu });
}

/** On X the photo is inside a link, and the keyboard opens the link's menu: both contexts are needed. */
export async function createMenus(): Promise<void> {
  await browser.contextMenus.removeAll();
  for (const id of IN_MENU) {
    browser.contextMenus.create({
      id,
      title: t(`menu_${id}`),
      contexts: ['image', 'link'],
      documentUrlPatterns: [...SITE_PATTERNS.x, ...SITE_PATTERNS.pinterest, ...(await allowedWebsites())],
    });
  }
}

/**
 * The dialog is a window of our own: keys typed in it cannot reach the page, where "l" likes the
 * post, and when it closes the browser gives the focus back to where it was.
 */
export async function openDialog(mediaKey: string): Promise<void> {
  const url = `${browser.runtime.getURL('/feedback.html')}?image=${encodeURIComponent(mediaKey)}`;
  await browser.windows.create({ url, type: 'popup', ...DIALOG_SIZE });
}
