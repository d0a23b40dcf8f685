/**
 * Pairing without a code: the browser starts altd's own program, which `altd pair install` allows for
 * this extension alone, and it hands over the daemon's port and a token. docs/pairing.md has its words.
 */

import { browser } from 'wxt/browser';
import type { NativeReason, NativeReply } from '../shared/messages';
import { savePairing } from './vault';

export const HOST = 'org.altd.host';

/** Firefox ends a background page after 30 s; starting the daemon takes a few. */
const TIMEOUT_MS = 25_000;

/** Asks for a port and a token, lets the daemon be started, and keeps what comes. */
export async function pairNatively(timeoutMs = TIMEOUT_MS): Promise<NativeReply> {
  const origin = browser.runtime.getURL('/').replace(/\/$/, '');
  const reply = await ask({ request: 'pair', start: true, origin }, timeoutMs);
  if ('reason' in reply) return { paired: false, ...reply };
  await savePairing({ daemonUrl: `http://127.0.0.1:${reply.port}`, token: reply.token });
  return { paired: true };
}

type Grant = { port: number; token: string } | { reason: NativeReason; detail: string };

async function ask(message: object, timeoutMs: number): Promise<Grant> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Grant>((resolve) => {
    timer = setTimeout(() => {
      resolve(failure('native_timeout'));
    }, timeoutMs);
  });
  const answer = browser.runtime.sendNativeMessage(HOST, message).then(read, (error: unknown) => reasonOf(error));
  return Promise.race([answer, late]).finally(() => {
    clearTimeout(timer);
  });
}

function read(reply: unknown): Grant {
  if (typeof reply !== 'object' || reply === null) return failure('native_failed');
  const { port, token, error } = reply as { port?: unknown; token?: unknown; error?: { message?: unknown } };
  if (typeof port === 'number' && typeof token === 'string') return { port, token };
  return typeof error?.message === 'string' ? failure('native_refused', error.message) : failure('native_failed');
}

/** Browsers say in words only why a program was not started: Chromium's first, then Firefox's. */
function reasonOf(error: unknown): Grant {
  const said = error instanceof Error ? error.message : String(error);
  if (/host not found|No such native application/i.test(said)) return failure('native_missing');
  if (/forbidden|does not have permission/i.test(said)) return failure('native_forbidden');
  return failure('native_failed');
}

function failure(reason: NativeReason, detail = ''): Grant {
  return { reason, detail };
}
