// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScriptedServer } from '../testing/server';
import { DaemonClient, DaemonError, POLL_WAIT_S } from './daemon';

const server = new ScriptedServer();
let client: DaemonClient;

beforeEach(async () => {
  server.answers.clear();
  server.seen.length = 0;
  await server.start();
  client = new DaemonClient({ daemonUrl: server.url, token: 'secret' });
});

afterEach(() => server.stop());

function refuse(route: string, status: number, code: string) {
  server.answers.set(route, [status, { error: { code, message: 'Do something about it.' } }]);
}

async function failure(promise: Promise<unknown>): Promise<DaemonError> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DaemonError);
  return error as DaemonError;
}

const REQUEST = {
  context: { site: 'x', text: 'é', author: '', quoted: '', title: '', extra: '' },
  language: 'en',
  detail: 'alt',
  media_key: 'x:KEY',
  priority: 'focused',
} as const;

it('submits the bytes and the request as two parts, with the token', async () => {
  server.answers.set('POST /v1/descriptions', [202, { id: 'j1', state: 'queued' }]);
  const reply = await client.submit(new Blob(['JPEGBYTES'], { type: 'image/jpeg' }), REQUEST);
  expect(reply).toMatchObject({ id: 'j1', state: 'queued' });
  const [seen] = server.seen;
  expect(seen?.headers.authorization).toBe('Bearer secret');
  expect(seen?.headers['content-type']).toMatch(/^multipart\/form-data/);
  expect(seen?.body).toContain('name="image"');
  expect(seen?.body).toContain('JPEGBYTES');
  expect(seen?.body).toContain('"media_key":"x:KEY"');
});

it('polls for no longer than the contract allows', async () => {
  server.answers.set('GET /v1/descriptions/j1', [202, { id: 'j1', state: 'running' }]);
  await client.poll('j1');
  expect(server.seen[0]?.path).toBe(`/v1/descriptions/j1?wait=${POLL_WAIT_S}`);
  expect(POLL_WAIT_S).toBeLessThanOrEqual(20);
});

it('accepts an answer without a body where there is none', async () => {
  server.answers.set('DELETE /v1/descriptions/j1', [204, null]);
  await expect(client.cancel('j1')).resolves.toBeUndefined();
});

describe('problems', () => {
  it.each([
    [401, 'unauthorized', 'not_paired'],
    [403, 'origin_forbidden', 'not_paired'],
    [503, 'model_loading', 'loading'],
    [503, 'queue_full', 'busy'],
    [503, 'engine_failed', 'model_failed'],
    [409, 'cancelled', 'cancelled'],
    [422, 'image_undecodable', 'image_unreadable'],
    [500, 'internal', 'internal'],
    [418, 'unheard_of', 'failed'],
  ])('turns %i %s into %s', async (status, code, kind) => {
    refuse('GET /v1/descriptions/j1', status, code);
    const error = await failure(client.poll('j1'));
    expect(error).toMatchObject({ kind, code, detail: 'Do something about it.' });
  });

  it('says so when nothing listens', async () => {
    await server.stop();
    expect((await failure(client.poll('j1'))).kind).toBe('unreachable');
    await server.start();
  });

  it('does not take another program on the port for the daemon', async () => {
    server.answers.set('GET /v1/descriptions/j1', [200, 'hello']);
    expect((await failure(client.poll('j1'))).kind).toBe('failed');
  });

  it('knows which refusals no repeat can change', async () => {
    refuse('POST /v1/feedback', 404, 'unknown_description');
    expect((await failure(client.feedback({ description_id: 'd', verdict: 'accept', key: 'k' }))).isFinal).toBe(true);
    refuse('POST /v1/feedback', 503, 'model_loading');
    expect((await failure(client.feedback({ description_id: 'd', verdict: 'accept', key: 'k' }))).isFinal).toBe(false);
  });
});
