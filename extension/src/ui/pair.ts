/** The pairing part of the set-up page: asks altd's own program for this browser's token, or trades a code for it. */

import { parseDaemonUrl } from '../shared/hosts';
import { send, type NativeReason } from '../shared/messages';
import { t, type MessageKey } from '../shared/text';
import { readPairing } from '../background/vault';
import { byId, onClick, say } from './elements';

const FAILURES: Record<'wrong_code' | 'too_many' | 'unreachable', MessageKey> = {
  wrong_code: 'pair_wrong_code',
  too_many: 'pair_too_many',
  unreachable: 'pair_unreachable',
};

const NATIVE_FAILURES: Record<NativeReason, MessageKey> = {
  native_missing: 'pair_native_missing',
  native_forbidden: 'pair_native_forbidden',
  native_failed: 'pair_native_failed',
  native_timeout: 'pair_native_timeout',
  native_refused: 'pair_native_refused',
};

export async function start(): Promise<void> {
  const code = byId('code', HTMLInputElement);
  const port = byId('port', HTMLInputElement);
  // `altd pair` opens this page with both filled in; the user still presses the button.
  const given = new URLSearchParams(location.search);
  code.value = given.get('code') ?? '';
  const { daemonUrl, token } = await readPairing();
  port.value = given.get('port') ?? new URL(daemonUrl).port;
  byId('form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    void pair(code, port);
  });
  onClick('native', pairNatively);
  // Otherwise on the heading, so that the reader starts at the top; pairing may need nothing typed at all.
  document.querySelector<HTMLElement>(code.value === '' ? 'h1' : '#form button')?.focus();
  // A token that was revoked is not fetched anew until somebody presses the button.
  if (token === null && code.value === '') await pairNatively();
}

async function pairNatively(): Promise<void> {
  say(t('pair_native_working'));
  const reply = await send('pairNatively', null);
  say(reply.paired ? t('pair_done') : t(NATIVE_FAILURES[reply.reason], reply.detail));
}

async function pair(code: HTMLInputElement, port: HTMLInputElement): Promise<void> {
  const daemonUrl = parseDaemonUrl(port.value);
  if (daemonUrl === null) {
    say(t('pair_bad_port'));
    port.focus();
    return;
  }
  // Not left to the browser's own check: Firefox calls a field invalid before anything was typed.
  if (code.value.trim() === '') {
    say(`${t('pair_step_run')}. ${t('pair_step_code')}`);
    code.focus();
    return;
  }
  say(t('pair_working'));
  const reply = await send('pair', { code: code.value.trim(), daemonUrl });
  say(t(reply.paired ? 'pair_done' : FAILURES[reply.reason]));
  if (!reply.paired && reply.reason !== 'unreachable') code.focus();
}
