/** The pairing page: a code from `altd pair` becomes this browser's token. */

import { browser } from 'wxt/browser';
import { parseDaemonUrl, REQUIRED_ORIGINS } from '../shared/hosts';
import { send } from '../shared/messages';
import { t, type MessageKey } from '../shared/text';
import { readPairing } from '../background/vault';
import { byId, localise, say } from './elements';

const FAILURES: Record<'wrong_code' | 'too_many' | 'unreachable', MessageKey> = {
  wrong_code: 'pair_wrong_code',
  too_many: 'pair_too_many',
  unreachable: 'pair_unreachable',
};

export async function start(): Promise<void> {
  localise('pair_title');
  const code = byId('code', HTMLInputElement);
  const port = byId('port', HTMLInputElement);
  // `altd pair` opens this page with both filled in; the user still presses the button.
  const given = new URLSearchParams(location.search);
  code.value = given.get('code') ?? '';
  port.value = given.get('port') ?? new URL((await readPairing()).daemonUrl).port;
  byId('form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    void pair(code, port);
  });
  byId('allow', HTMLButtonElement).addEventListener('click', () => void allow());
  (code.value === '' ? code : byId('form', HTMLFormElement).querySelector('button'))?.focus();
  await showAccess();
}

async function pair(code: HTMLInputElement, port: HTMLInputElement): Promise<void> {
  const daemonUrl = parseDaemonUrl(port.value);
  if (daemonUrl === null) {
    say(t('pair_bad_port'));
    port.focus();
    return;
  }
  say(t('pair_working'));
  const reply = await send('pair', { code: code.value.trim(), daemonUrl });
  say(t(reply.paired ? 'pair_done' : FAILURES[reply.reason]));
  if (!reply.paired && reply.reason !== 'unreachable') code.focus();
}

/** Firefox lets the user take host permissions back, and never asks for those an update adds. */
async function showAccess(): Promise<void> {
  byId('access', HTMLElement).hidden = await browser.permissions.contains({ origins: REQUIRED_ORIGINS });
}

async function allow(): Promise<void> {
  await browser.permissions.request({ origins: REQUIRED_ORIGINS });
  await showAccess();
}
