import { beforeEach, expect, it } from 'vitest';
import type { Priority } from '../shared/types';
import { DescribeQueue, MAX_IN_FLIGHT } from './queue';

interface Started {
  mediaKey: string;
  priority: Priority;
  signal: AbortSignal;
  finish(again?: boolean): Promise<void>;
}

let started: Started[];
let queue: DescribeQueue;

beforeEach(() => {
  started = [];
  queue = new DescribeQueue((mediaKey, priority, signal) => {
    const { promise, resolve } = withResolvers();
    const finish = async (again = false) => {
      resolve(again);
      await new Promise((done) => setTimeout(done));
    };
    started.push({ mediaKey, priority, signal, finish });
    return promise;
  });
});

function withResolvers() {
  let resolve!: (again: boolean) => void;
  const promise = new Promise<boolean>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const order = () => started.map(({ mediaKey }) => mediaKey);

it('runs at most two at a time', async () => {
  ['a', 'b', 'c'].forEach((key) => {
    queue.add(key, 'visible');
  });
  expect(order()).toEqual(['a', 'b']);
  expect(started).toHaveLength(MAX_IN_FLIGHT);
  await started[0]!.finish();
  expect(order()).toEqual(['a', 'b', 'c']);
});

it('prefers the focus, then what is visible, then arrival', async () => {
  queue.add('x', 'visible');
  queue.add('y', 'visible');
  queue.add('far', 'ahead');
  queue.add('seen', 'visible');
  queue.add('focus', 'focused');
  for (let n = 0; n < 3; n += 1) await started[n]!.finish();
  expect(order().slice(2)).toEqual(['focus', 'seen', 'far']);
});

it('moves an image forward but not backward', async () => {
  queue.add('x', 'visible');
  queue.add('y', 'visible');
  queue.add('a', 'visible');
  queue.add('b', 'ahead');
  queue.add('b', 'focused');
  queue.add('b', 'ahead');
  await started[0]!.finish();
  expect(started[2]).toMatchObject({ mediaKey: 'b', priority: 'focused' });
});

it('runs an image once however often it is asked for', async () => {
  queue.add('a', 'visible');
  queue.add('a', 'focused');
  await started[0]!.finish();
  expect(order()).toEqual(['a']);
});

it('forgets what waits and aborts what runs when it is gone', async () => {
  ['a', 'b', 'c'].forEach((key) => {
    queue.add(key, 'visible');
  });
  queue.drop('c');
  queue.drop('a');
  expect(started[0]!.signal.aborted).toBe(true);
  await started[0]!.finish();
  await started[1]!.finish();
  expect(order()).toEqual(['a', 'b']);
});

it('starts an image again that came back while it was being aborted', async () => {
  queue.add('a', 'visible');
  queue.drop('a');
  queue.add('a', 'visible');
  expect(order()).toEqual(['a']);
  await started[0]!.finish();
  expect(order()).toEqual(['a', 'a']);
});

it('keeps what must be tried again while paused', async () => {
  queue.add('a', 'visible');
  queue.pause();
  await started[0]!.finish(true);
  queue.add('b', 'focused');
  expect(order()).toEqual(['a']);
  queue.resume();
  expect(order()).toEqual(['a', 'b', 'a']);
});
