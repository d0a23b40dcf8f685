import { expect, it, vi } from 'vitest';
import { Slices } from './slices';

const elements = (count: number) => Array.from({ length: count }, () => document.createElement('img'));

it('does a little work at once', () => {
  const seen: Element[] = [];
  const few = elements(3);
  new Slices((element) => void seen.push(element), () => undefined).add(few);
  expect(seen).toEqual(few);
});

it('does much work in turns, each element once and in order', async () => {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 1)); // every look at the clock costs one millisecond
  const seen: Element[] = [];
  const turns: number[] = [];
  const slices = new Slices((element) => void seen.push(element), () => void turns.push(seen.length));
  const many = elements(20);
  slices.add(many);
  slices.add(many.slice(10));
  expect(seen.length).toBeLessThan(20);
  await vi.waitFor(() => {
    expect(seen).toEqual(many);
  });
  expect(turns.length).toBeGreaterThan(2);
});

it('forgets what waits when it is cleared', async () => {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 5));
  const seen: Element[] = [];
  const slices = new Slices((element) => void seen.push(element), () => undefined);
  slices.add(elements(5));
  slices.clear();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(seen).toHaveLength(1);
});
