import { expect, it } from 'vitest';
import { entry } from '../testing/fixture';
import type { Sender } from './messages';
import type { Progress } from './types';
import { waitForDescription } from './wait';

const RUNNING: Progress = { state: 'running', id: 'j1' };
const FINISHED: Progress = { state: 'finished', entry: entry('x:A') };

/** Answers polls from a list; an Error is a background that died during the poll. */
function sender(replies: (Progress | Error)[], sent: string[]): Sender {
  return ((request: string) => {
    sent.push(request);
    const reply = request === 'poll' ? (replies.shift() ?? RUNNING) : null;
    return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply);
  });
}

it('asks nothing when the answer is there', async () => {
  const sent: string[] = [];
  expect(await waitForDescription(sender([], sent), FINISHED)).toBe(FINISHED);
  expect(sent).toEqual([]);
});

it('polls until it is finished', async () => {
  const sent: string[] = [];
  expect(await waitForDescription(sender([RUNNING, FINISHED], sent), RUNNING)).toBe(FINISHED);
  expect(sent).toEqual(['poll', 'poll']);
});

it('follows a picture that was submitted again under another id', async () => {
  const polled: unknown[] = [];
  const replies: Progress[] = [{ state: 'running', id: 'j2' }, FINISHED];
  const send = ((_: string, data: unknown) => {
    polled.push(data);
    return Promise.resolve(replies.shift());
  }) as Sender;
  expect(await waitForDescription(send, RUNNING)).toBe(FINISHED);
  expect(polled).toEqual([{ id: 'j1' }, { id: 'j2' }]);
});

it('survives a background that dies during a poll, but not for ever', async () => {
  const dead = new Error('gone');
  expect(await waitForDescription(sender([dead, FINISHED], []), RUNNING)).toBe(FINISHED);
  await expect(waitForDescription(sender([dead, dead, dead], []), RUNNING)).rejects.toThrow('gone');
});

it('tells the daemon at once when nobody waits any more', async () => {
  const sent: string[] = [];
  const aborted = new AbortController();
  aborted.abort();
  expect(await waitForDescription(sender([], sent), RUNNING, aborted.signal)).toMatchObject({
    problem: { kind: 'cancelled' },
  });
  expect(sent).toEqual(['cancel']);
});
