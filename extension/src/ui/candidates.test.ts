import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { description, entry } from '../testing/fixture';
import { showEntry } from './candidates';

const WORDING = { mark: 'long', length: 'full' } as const;
const chosen = vi.fn(() => Promise.resolve());
const lines = () => [...document.querySelectorAll('#candidates li')].map((line) => line.firstChild?.textContent);
const section = () => document.querySelector<HTMLElement>('#choice')!;

/** An entry whose candidates have ids of their own: chance decides about each once. */
function two(name: string) {
  const [old, fresh] = [description({ id: `${name}1`, text: 'Old' }), description({ id: `${name}2`, text: 'New' })];
  return entry('x:A', { description: fresh, earlier: [old] });
}

beforeEach(() => {
  const html = readFileSync('src/entrypoints/feedback/index.html', 'utf8').replace(/<(link|script).*/g, '');
  const page = new DOMParser().parseFromString(html, 'text/html');
  document.body.replaceChildren(...page.body.children);
});

afterEach(() => {
  vi.restoreAllMocks();
});

it.each([
  [0.2, 0.8, ['New', 'Old']],
  [0.8, 0.2, ['Old', 'New']],
])('shows candidates in the order that chance gives them (%f, %f)', (present, earlier, order) => {
  vi.spyOn(Math, 'random').mockReturnValueOnce(present).mockReturnValueOnce(earlier);
  showEntry(two(`by ${present}`), WORDING, chosen);
  expect(lines()).toEqual(order);
});

it('says which was chosen, and at which place it stood', () => {
  vi.spyOn(Math, 'random').mockReturnValueOnce(0.8).mockReturnValueOnce(0.2);
  showEntry(two('c'), WORDING, chosen);
  document.querySelectorAll<HTMLElement>('#candidates button')[1]!.click();
  expect(chosen.mock.calls).toEqual([['c2', 2]]);
});

it('keeps order and buttons while nothing is added, for one of them may have the focus', () => {
  showEntry(two('k'), WORDING, chosen);
  const [button] = document.querySelectorAll<HTMLElement>('#candidates button');
  const before = lines();
  const swapped = two('k');
  showEntry(entry('x:A', { description: swapped.earlier[0]!, earlier: [swapped.description] }), WORDING, chosen);
  expect(lines()).toEqual(before);
  expect(document.querySelector('#candidates button')).toBe(button);
});

it('offers no choice where there is one candidate with words', () => {
  const { description: only } = two('o');
  showEntry(entry('x:A', { description: only, earlier: [description({ id: 'o3', text: '' })] }), WORDING, chosen);
  expect(section().hidden).toBe(true);
});
