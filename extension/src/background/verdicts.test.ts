// @vitest-environment node
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { browser } from 'wxt/browser';
import { changeSettings } from '../shared/settings';
import { description, entry } from '../testing/fixture';
import { ScriptedServer } from '../testing/server';
import { readEntry, saveEntry } from './entries';
import { flush, sendUnsaved, waiting } from './outbox';
import { readUnsaved } from './unsaved';
import { savePairing } from './vault';
import { chooseCandidate, giveVerdict, undoVerdict } from './verdicts';

const server = new ScriptedServer();

beforeEach(async () => {
  server.answers.clear();
  server.seen.length = 0;
  await server.start();
  server.answers.set('POST /v1/feedback', [200, { id: 'f1', verdict: 'accept', description_id: 'd1' }]);
  server.answers.set('DELETE /v1/feedback/f1', [200, { id: 'f1', undone: true }]);
  await savePairing({ daemonUrl: server.url, token: 'secret' });
  await saveEntry(entry('x:A'));
  await changeSettings({ learning: true });
});

afterEach(() => server.stop());

const bodies = () =>
  server.seen.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body) as Record<string, string>);

it('saves a verdict under a key of its own', async () => {
  expect(await giveVerdict('x:A', 'accept')).toEqual({ result: 'saved' });
  expect(bodies()).toMatchObject([{ description_id: 'd1', verdict: 'accept' }]);
  expect(bodies()[0]?.key).toMatch(/^[0-9a-f-]{36}$/);
  expect(await waiting()).toBe(0);
});

it('stores nothing before the user has switched learning on, and shows the verdict all the same', async () => {
  await changeSettings({ learning: false });
  expect(await giveVerdict('x:A', 'accept')).toEqual({ result: 'unstored' });
  expect(server.seen).toHaveLength(0);
  expect(await waiting()).toBe(0);
  expect((await readEntry('x:A'))?.verdicts).toMatchObject([{ kind: 'accept' }]);
});

it('records the choice of an earlier description over the present one, and takes it back', async () => {
  const [first, second] = [description({ id: 'd1', text: 'One' }), description({ id: 'd2', text: 'Two' })];
  await saveEntry(entry('x:A', { description: second, earlier: [first] }));
  expect(await chooseCandidate('x:A', 'd1', 2)).toEqual({ result: 'saved' });
  expect(bodies()).toMatchObject([{ description_id: 'd1', verdict: 'prefer', other_id: 'd2', position: 2 }]);
  expect(await readEntry('x:A')).toMatchObject({ description: { id: 'd1' }, earlier: [{ id: 'd2' }] });
  expect(await undoVerdict('x:A')).toBe(true);
  expect((await readEntry('x:A'))?.verdicts).toEqual([]);
});

it('records that the present description was chosen over the newest earlier one', async () => {
  const [first, silent] = [description({ id: 'd1', text: 'One' }), description({ id: 'd2', text: '' })];
  await saveEntry(entry('x:A', { description: description({ id: 'd3', text: 'Three' }), earlier: [first, silent] }));
  await chooseCandidate('x:A', 'd3', 1);
  expect(bodies()).toMatchObject([{ description_id: 'd3', verdict: 'prefer', other_id: 'd1', position: 1 }]);
  expect(await readEntry('x:A')).toMatchObject({ description: { id: 'd3' }, earlier: [{ id: 'd1' }, { id: 'd2' }] });
});

it('sends the same verdict once', async () => {
  await giveVerdict('x:A', 'accept');
  await giveVerdict('x:A', 'accept');
  expect(bodies()).toHaveLength(1);
});

it('keeps a verdict while the daemon is away and sends it under the same key', async () => {
  await server.stop();
  expect(await giveVerdict('x:A', 'reject')).toEqual({ result: 'kept' });
  expect(await waiting()).toBe(1);
  const key = (await readEntry('x:A'))?.verdicts[0]?.key;
  await server.start();
  await flush();
  expect(await waiting()).toBe(0);
  expect(bodies()).toMatchObject([{ verdict: 'reject', key }]);
});

it('does not retry for ever what the daemon will never take', async () => {
  server.answers.set('POST /v1/feedback', [404, { error: { code: 'unknown_description', message: '' } }]);
  expect(await giveVerdict('x:A', 'accept')).toEqual({ result: 'refused' });
  expect(await waiting()).toBe(0);
  // "Describe the image again first" must lead to a new description, not to this one.
  expect(await readEntry('x:A')).toBeNull();
});

it('puts aside what the daemon fails over for minutes, sends the rest, and can send it again', async () => {
  const times = vi.spyOn(Date, 'now');
  server.answers.set('POST /v1/feedback', [500, { error: { code: 'internal', message: 'See the logs.' } }]);
  await saveEntry(entry('x:B', { description: description({ id: 'd2' }) }));
  expect(await giveVerdict('x:A', 'edit', 'A rye loaf')).toEqual({ result: 'kept' });
  for (let minute = 1; minute < 4; minute++) {
    times.mockReturnValue(Date.now() + 60_000);
    await flush();
  }
  expect([await waiting(), (await readUnsaved()).length]).toEqual([1, 0]);
  expect(await giveVerdict('x:B', 'accept')).toEqual({ result: 'kept' }); // the fifth time: too soon
  times.mockReturnValue(Date.now() + 60_000);
  await flush();
  expect(await waiting()).toBe(1);
  expect(await readUnsaved()).toMatchObject([
    { op: 'send', body: { description_id: 'd1', text: 'A rye loaf' }, reason: 'internal See the logs.' },
  ]);
  expect(await browser.action.getBadgeText({})).toBe('!');

  server.answers.set('POST /v1/feedback', [200, { id: 'f1' }]);
  server.seen.length = 0;
  await sendUnsaved();
  expect(bodies()).toMatchObject([{ description_id: 'd2' }, { description_id: 'd1', text: 'A rye loaf' }]);
  expect([await waiting(), (await readUnsaved()).length]).toEqual([0, 0]);
  times.mockRestore();
});

it('gives a restarted daemon the picture again', async () => {
  const really = globalThis.fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) =>
    input instanceof URL
      ? Promise.resolve(new Response('BYTES', { headers: { 'Content-Type': 'image/jpeg' } }))
      : really(input, init),
  );
  server.answers.set('POST /v1/feedback', [200, { id: 'f1', image_kept: false }]);
  server.answers.set('PUT /v1/feedback/f1/image', [204, null]);
  expect(await giveVerdict('x:A', 'accept')).toEqual({ result: 'saved' });
  expect(server.seen.at(-1)?.body).toContain('BYTES');
  expect(await waiting()).toBe(0);
});

it('counts a key pressed twice once', async () => {
  await Promise.all([giveVerdict('x:A', 'accept'), giveVerdict('x:A', 'accept')]);
  expect(bodies()).toHaveLength(1);
});

it("lets the user's own words stand when they call them good", async () => {
  await giveVerdict('x:A', 'edit', 'A rye loaf');
  expect(await giveVerdict('x:A', 'accept')).toEqual({ result: 'saved' });
  expect(await readEntry('x:A')).toMatchObject({ edited: 'A rye loaf' });
  expect(bodies()).toHaveLength(1);
});

it('takes the old verdict back when the user decides otherwise', async () => {
  await giveVerdict('x:A', 'accept');
  await giveVerdict('x:A', 'reject');
  expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /v1/feedback',
    'DELETE /v1/feedback/f1',
    'POST /v1/feedback',
  ]);
});

it('never sends a verdict that was taken back before it was sent', async () => {
  await server.stop();
  await giveVerdict('x:A', 'reject');
  expect(await undoVerdict('x:A')).toBe(true);
  await server.start();
  await flush();
  expect(server.seen).toHaveLength(0);
});

it('makes an acceptance after a rejection a preference', async () => {
  await giveVerdict('x:A', 'reject');
  const rejected = (await readEntry('x:A'))!;
  await saveEntry({ ...rejected, description: description({ id: 'd2', text: 'Bread' }), earlier: [rejected.description] });
  await giveVerdict('x:A', 'accept');
  expect(bodies()[1]).toMatchObject({ description_id: 'd2', verdict: 'prefer', other_id: 'd1' });
});

it('shows the user their own words, and undo brings the description back', async () => {
  await giveVerdict('x:A', 'edit', 'A rye loaf');
  expect(bodies()[0]).toMatchObject({ verdict: 'edit', text: 'A rye loaf' });
  expect((await readEntry('x:A'))?.edited).toBe('A rye loaf');
  await undoVerdict('x:A');
  expect(await readEntry('x:A')).toMatchObject({ edited: null, verdicts: [] });
});

it('has nothing to undo where nothing was said', async () => {
  expect(await undoVerdict('x:A')).toBe(false);
  expect(await giveVerdict('x:unknown', 'accept')).toEqual({ result: 'unknown' });
});
