import { expect, it } from 'vitest';
import { browser } from 'wxt/browser';
import { fakeBrowser } from 'wxt/testing';
import { HOST, pairNatively } from './native';
import { readPairing } from './vault';

/** The program's answer, or the words in which a browser says that it could not be started. */
function program(answer: () => Promise<unknown>) {
  const seen: unknown[] = [];
  fakeBrowser.runtime.getURL = (path: string) => `moz-extension://0123${path}`;
  (browser.runtime as unknown as Record<string, unknown>).sendNativeMessage = (host: string, message: unknown) => {
    seen.push(host, message);
    return answer();
  };
  return seen;
}

it('keeps port and token, and names its own origin', async () => {
  const seen = program(() => Promise.resolve({ ok: true, port: 4711, token: 'secret', id: 'a' }));
  await expect(pairNatively()).resolves.toEqual({ paired: true });
  expect(seen).toEqual([HOST, { request: 'pair', start: true, origin: 'moz-extension://0123' }]);
  await expect(readPairing()).resolves.toEqual({ daemonUrl: 'http://127.0.0.1:4711', token: 'secret' });
});

it.each([
  ['Specified native messaging host not found.', 'native_missing'],
  ['No such native application org.altd.host', 'native_missing'],
  ['Access to the specified native messaging host is forbidden.', 'native_forbidden'],
  ['This extension does not have permission to use native application org.altd.host', 'native_forbidden'],
  ['Native host has exited.', 'native_failed'],
  ['An unexpected error occurred', 'native_failed'],
])('says why when the browser says: %s', async (said, reason) => {
  program(() => Promise.reject(new Error(said)));
  await expect(pairNatively()).resolves.toEqual({ paired: false, reason, detail: '' });
  expect((await readPairing()).token).toBeNull();
});

it("hands the program's own sentence on", async () => {
  const error = { code: 'port_in_use', message: 'The port is taken.' };
  program(() => Promise.resolve({ ok: false, error }));
  await expect(pairNatively()).resolves.toMatchObject({ reason: 'native_refused', detail: 'The port is taken.' });
});

it.each([null, 'yes', {}, { port: '1', token: 't' }, { ok: false, error: {} }])(
  'takes no answer that has another form: %j',
  async (answer) => {
    program(() => Promise.resolve(answer));
    await expect(pairNatively()).resolves.toMatchObject({ reason: 'native_failed' });
  },
);

it('does not wait for ever', async () => {
  program(() => new Promise(() => undefined));
  await expect(pairNatively(20)).resolves.toMatchObject({ reason: 'native_timeout' });
});
