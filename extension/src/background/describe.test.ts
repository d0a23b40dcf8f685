// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { entry, request } from '../testing/fixture';
import { ScriptedServer } from '../testing/server';
import { alternative, more, poll, submit } from './describe';
import { readEntry, readJob, saveEntry } from './entries';
import { savePairing } from './vault';

const server = new ScriptedServer();
const DONE = { state: 'done', text: 'A loaf', confidence: 'high', text_in_image: '', language: 'en' };

beforeEach(async () => {
  server.answers.clear();
  server.seen.length = 0;
  await server.start();
  await savePairing({ daemonUrl: server.url, token: 'secret' });
  // Only the picture's host is far away; the daemon is really asked.
  const really = globalThis.fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) =>
    input instanceof URL && input.host === 'pbs.twimg.com'
      ? Promise.resolve(new Response('BYTES', { headers: { 'Content-Type': 'image/jpeg' } }))
      : really(input, init),
  );
});

afterEach(() => server.stop());

describe('submit and poll', () => {
  it('leaves the job in storage between the two, for a worker that dies', async () => {
    server.answers.set('POST /v1/descriptions', [202, { id: 'j1', state: 'queued' }]);
    expect(await submit(request('x:A'))).toEqual({ state: 'running', id: 'j1' });
    expect(await readJob('j1')).toMatchObject({ request: { mediaKey: 'x:A' } });
    server.answers.set('GET /v1/descriptions/j1', [200, { id: 'j1', ...DONE }]);
    expect(await poll('j1')).toMatchObject({ state: 'finished', entry: { description: { text: 'A loaf' } } });
    expect(await readJob('j1')).toBeNull();
  });

  it('asks for more detail beside the description, once', async () => {
    await saveEntry(entry('x:A'));
    server.answers.set('POST /v1/descriptions', [200, { id: 'd9', ...DONE, text: 'A loaf. It is round.' }]);
    expect(await more('x:A')).toMatchObject({ entry: { description: { id: 'd1' }, more: 'A loaf. It is round.' } });
    expect(server.seen[0]?.body).toContain('"detail":"long"');
    await more('x:A');
    expect(server.seen).toHaveLength(1);
  });

  it('answers a known picture without asking', async () => {
    await saveEntry(entry('x:A'));
    expect(await submit(request('x:A'))).toMatchObject({ state: 'finished' });
    expect(server.seen).toHaveLength(0);
  });

  it('submits again when the daemon was restarted during a poll', async () => {
    server.answers.set('POST /v1/descriptions', [202, { id: 'j1', state: 'queued' }]);
    await submit(request('x:A'));
    server.answers.set('GET /v1/descriptions/j1', [404, { error: { code: 'unknown_description', message: '' } }]);
    server.answers.set('POST /v1/descriptions', [202, { id: 'j2', state: 'queued' }]);
    expect(await poll('j1')).toEqual({ state: 'running', id: 'j2' });
  });

  it('sends no picture from a host that a page made up', async () => {
    const foreign = { ...request('x:A'), imageUrl: 'https://intranet.example/secret.png' };
    expect(await submit(foreign)).toMatchObject({ state: 'problem', problem: { kind: 'image_unavailable' } });
    expect(server.seen).toHaveLength(0);
  });

  it('says that it is not paired without asking the daemon', async () => {
    await savePairing({ daemonUrl: server.url, token: null });
    expect(await submit(request('x:A'))).toMatchObject({ problem: { kind: 'not_paired' } });
    expect(server.seen).toHaveLength(0);
  });
});

describe('another candidate', () => {
  const answer = (text: string) => {
    server.answers.set('POST /v1/descriptions/d1/alternatives', [200, { ...DONE, id: 'd2', text }]);
  };

  it('replaces the description and keeps the old one', async () => {
    await saveEntry(entry('x:A', { edited: 'mine' }));
    answer('Bread on a board');
    await alternative('x:A');
    expect(await readEntry('x:A')).toMatchObject({
      description: { id: 'd2', text: 'Bread on a board' },
      edited: null,
      earlier: [{ id: 'd1' }],
    });
  });

  it.each(['', 'A loaf of bread'])('leaves the description when the other says %j', async (text) => {
    await saveEntry(entry('x:A'));
    answer(text);
    await alternative('x:A');
    expect(await readEntry('x:A')).toMatchObject({ description: { id: 'd1' }, earlier: [] });
  });
});
