import { beforeEach, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, type Settings } from '../shared/settings';
import type { SiteImage } from '../sites/site';
import { x } from '../sites/x';
import { description, entry, openFixture } from '../testing/fixture';
import { Page } from './page';

let page: Page;

/** Visits everything, as after a change of settings; the unknown images are returned. */
function refresh(change: Partial<Settings> = {}): SiteImage[] {
  page.settings = { ...DEFAULT_SETTINGS, ...change };
  return page.candidates().flatMap((element) => page.visit(element) ?? []);
}

const labels = () =>
  [...document.querySelectorAll('[data-testid="tweetPhoto"]')].map((photo) => photo.getAttribute('aria-label'));

function know(mediaKey: string, change = {}) {
  page.entries.set(mediaKey, entry(mediaKey, { description: description(change) }));
}

beforeEach(() => {
  openFixture('x/timeline');
  page = new Page(x, document, DEFAULT_SETTINGS);
});

it('labels every place that shows a known picture, and reports the unknown ones', () => {
  know('x:ONEPHOTO0000001');
  const unknown = refresh();
  expect(labels().filter((label) => label === 'AI description: A loaf of bread')).toHaveLength(2);
  expect(unknown.map(({ mediaKey }) => mediaKey)).not.toContain('x:ONEPHOTO0000001');
  expect(unknown).toHaveLength(4);
});

it('changes nothing when nothing changed', () => {
  know('x:ONEPHOTO0000001');
  refresh();
  const before = document.body.innerHTML;
  refresh();
  expect(document.body.innerHTML).toBe(before);
});

it('says when it is not sure', () => {
  know('x:ONEPHOTO0000001', { confidence: 'low' });
  refresh({ mark: 'short' });
  expect(labels()[0]).toBe('AI guess, may be wrong: A loaf of bread');
});

it('leaves the image exactly alone when there is nothing to say', () => {
  const before = document.body.innerHTML;
  know('x:ONEPHOTO0000001', { state: 'no_description', text: '' });
  refresh();
  expect(document.body.innerHTML).toBe(before);
});

it('never labels an image that somebody described, even when a text for it is known', () => {
  know('x:HUMANALT0000001');
  refresh();
  expect(labels()[5]).toBe('A grey cat asleep on a keyboard');
});

it('labels a re-mounted node in the same turn', () => {
  know('x:ONEPHOTO0000001');
  refresh();
  openFixture('x/timeline');
  refresh();
  expect(labels()[0]).toBe('AI description: A loaf of bread');
});

it('gives way when the page itself brings a human text', () => {
  know('x:ONEPHOTO0000001');
  refresh();
  const photo = document.querySelector('[data-testid="tweetPhoto"]')!;
  photo.setAttribute('aria-label', 'Sourdough');
  photo.querySelector('img')!.alt = 'Sourdough';
  refresh();
  expect(photo.getAttribute('aria-label')).toBe('Sourdough');
  expect(photo.hasAttribute('role')).toBe(false);
});

it('says that a description is coming only while it is', () => {
  page.pending.add('x:ONEPHOTO0000001');
  refresh();
  expect(labels()[0]).toBe('Image, AI description is coming');
  page.pending.clear();
  refresh();
  expect(labels()[0]).toBe('Image');
});

it('marks the language of a text that is not in the language of the page', () => {
  document.documentElement.lang = 'es';
  know('x:ONEPHOTO0000001');
  refresh();
  expect(document.querySelector('[data-testid="tweetPhoto"]')?.getAttribute('lang')).toBe('en');
});

it('sends a language tag the daemon can read, whatever the page says', () => {
  refresh();
  document.documentElement.lang = 'pt_BR';
  expect(page.request('x:ONEPHOTO0000001', 'visible')?.language).toBe('pt-BR');
  document.documentElement.lang = '';
  expect(page.request('x:ONEPHOTO0000001', 'visible')?.language).toBe('en');
});

it('asks for nothing that has left the page', () => {
  expect(page.request('x:NOTHERE', 'visible')).toBeNull();
});
