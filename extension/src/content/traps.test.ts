/** What others got wrong, or what was measured to be silent in a screen reader: one test each. */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { fakeBrowser } from 'wxt/testing';
import { ContentScriptContext } from 'wxt/utils/content-script-context';
import config from '../../wxt.config';
import type { Sender } from '../shared/messages';
import { DEFAULT_SETTINGS, type Settings } from '../shared/settings';
import type { ImageRequest, Progress } from '../shared/types';
import { pinterest } from '../sites/pinterest';
import type { Site } from '../sites/site';
import { x } from '../sites/x';
import { entry, openFixture } from '../testing/fixture';
import { Announcer } from './announcer';
import { Labeller } from './labeller';
import { start } from './start';

let labeller: Labeller | undefined;
/** Questions that have not been answered yet, by media key. */
let open = new Map<string, (text: string) => void>();

afterEach(() => {
  labeller?.stop();
  labeller = undefined;
  vi.useRealTimers();
});

const send = ((request: string, data: ImageRequest) => {
  if (request !== 'submit') return Promise.resolve(null);
  return new Promise<Progress>((resolve) => {
    open.set(data.mediaKey, (text) => {
      const known = entry(data.mediaKey);
      resolve({ state: 'finished', entry: { ...known, description: { ...known.description, text } } });
    });
  });
}) as Sender;

function begin(site: Site, fixture: string, path: string, change: Partial<Settings> = {}): Labeller {
  openFixture(fixture, path);
  open = new Map();
  labeller = new Labeller(site, document, { ...DEFAULT_SETTINGS, ...change }, new Announcer(document), send);
  labeller.refresh();
  return labeller;
}

const settled = () => new Promise((done) => setTimeout(done, 5));
const photo = (index = 0) => document.querySelectorAll<HTMLElement>('[data-testid="tweetPhoto"]')[index]!;
const article = (index = 0) => document.querySelectorAll<HTMLElement>('article')[index]!;

async function answer(mediaKey: string, text: string): Promise<void> {
  open.get(mediaKey)!(text);
  await settled();
}

async function describeFirst(change: Partial<Settings> = {}): Promise<void> {
  begin(x, 'x/timeline', '/home', change).focusOn(article());
  await answer('x:ONEPHOTO0000001', 'bread');
}

it('T1: an alt that says "Image" is no description', () => {
  begin(x, 'x/timeline', '/home').focusOn(article());
  expect([...open.keys()]).toEqual(['x:ONEPHOTO0000001']);
});

it('T2: alt and label of the photo are written together', async () => {
  await describeFirst();
  expect(photo().getAttribute('aria-label')).toBe('AI description: bread');
  expect(photo().querySelector('img')!.alt).toBe('AI description: bread');
});

it('T3: on Pinterest the label of the link is rewritten, and nothing is left to aria-describedby', async () => {
  begin(pinterest, 'pinterest/grid', '/').focusOn(document.querySelector('a')!);
  await answer([...open.keys()][0]!, 'a plate');
  expect(document.querySelector('a')!.getAttribute('aria-label')).toBe('AI description: a plate. Autumn table ideas pin page');
  expect(document.querySelector('[aria-describedby], [aria-description]')).toBeNull();
});

it('T4: nothing is put into what names a post, not even a caption', async () => {
  await describeFirst({ caption: true });
  const named = article().getAttribute('aria-labelledby')!.split(' ').map((id) => document.getElementById(id));
  expect(document.querySelector('[data-altd="caption"]')).not.toBeNull();
  expect(named.some((element) => element?.querySelector('[data-altd]'))).toBe(false);
});

it('T5: the img leaves the accessibility tree, for Chromium would call it unlabelled for ever', async () => {
  await describeFirst();
  expect(photo().getAttribute('role')).toBe('img');
  expect(photo().querySelector('img')!.getAttribute('aria-hidden')).toBe('true');
});

it.each(['content', 'sites'])('T6: nothing in %s opens a connection from the page', (folder) => {
  const directory = resolve('src', folder);
  const sources = readdirSync(directory).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  for (const name of sources) {
    const source = readFileSync(resolve(directory, name), 'utf8');
    expect(source, name).not.toMatch(/\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|innerHTML/);
  }
});

it('T9: many finished images say nothing, and there is one region', async () => {
  const all = begin(x, 'x/timeline', '/home');
  for (const post of document.querySelectorAll('article')) all.focusOn(post);
  for (const key of ['x:ONEPHOTO0000001', 'x:FOURPHOTOS00001', 'x:FOURPHOTOS00002', 'x:FOURPHOTOS00003']) {
    await answer(key, 'a thing');
  }
  expect(document.querySelectorAll('[aria-live]')).toHaveLength(1);
  expect(document.querySelector('[aria-live]')!.textContent).toBe('');
});

it('T10: an answer that arrives late is not written to a node that shows another picture by now', async () => {
  begin(x, 'x/timeline', '/home').focusOn(article());
  photo().querySelector('img')!.src = 'https://pbs.twimg.com/media/ANOTHER00000001?format=jpg&name=small';
  await answer('x:ONEPHOTO0000001', 'bread');
  expect(photo().getAttribute('aria-label')).toBe('Image');
  expect(photo().querySelector('img')!.alt).toBe('Image');
  expect(photo(7).getAttribute('aria-label')).toBe('AI description: bread'); // the repost still shows it
});

it('T10: a node that is mounted again has its label in the same turn, and is asked about only once', async () => {
  await describeFirst();
  const cell = article().parentElement!;
  const fresh = cell.cloneNode(true) as HTMLElement;
  const again = fresh.querySelector<HTMLElement>('[data-testid="tweetPhoto"]')!;
  again.removeAttribute('role');
  again.setAttribute('aria-label', 'Image');
  again.querySelector('img')!.removeAttribute('aria-hidden');
  again.querySelector('img')!.alt = 'Image';
  open.clear();
  cell.replaceWith(fresh);
  await Promise.resolve();
  await Promise.resolve();
  expect(again.getAttribute('aria-label')).toBe('AI description: bread');
  expect(cell.querySelector('[data-testid="tweetPhoto"]')!.getAttribute('aria-label')).toBe('Image');
  await settled();
  expect(open.size).toBe(0);
});

it('T10: a human text that the page brings later stays, and ours is taken off', async () => {
  await describeFirst();
  photo().setAttribute('aria-label', 'Sourdough, cut open');
  photo().querySelector('img')!.alt = 'Sourdough, cut open';
  await settled();
  expect(photo().getAttribute('aria-label')).toBe('Sourdough, cut open');
  expect(photo().hasAttribute('role')).toBe(false);
  expect(photo().querySelector('img')!.hasAttribute('aria-hidden')).toBe(false);
});

it('T11: the placeholder of an unknown language is learned, and what was judged before is judged again', async () => {
  const learning = begin(x, 'x/unknown-language', '/home');
  await settled();
  const { page } = learning;
  const keys = new Set(page.undescribed().map(({ mediaKey }) => mediaKey));
  expect(keys.size).toBe(5);
  for (const key of keys) expect(page.placesOf(key)).toHaveLength(1);
});

it('T12: the lightbox, which has neither photo nor link, says the same as the timeline', async () => {
  begin(x, 'x/lightbox', '/gardener/status/102/photo/1').focusOn(article());
  await answer('x:FOURPHOTOS00001', 'a bed of herbs');
  const slide = document.querySelector('[aria-modal] li div[aria-label]')!;
  expect(slide.getAttribute('aria-label')).toBe(photo().getAttribute('aria-label'));
});

it('T13: nothing of ours can be clicked or focused, so no click or key of it reaches the post', async () => {
  await describeFirst({ caption: true });
  for (const ours of document.querySelectorAll<HTMLElement>('[data-altd]')) {
    expect(ours.style.pointerEvents).toBe('none');
    expect(ours.querySelector('a, button, input, [tabindex]')).toBeNull();
  }
});

it('T14: the viewed pin is found without the marks of a card', () => {
  begin(pinterest, 'pinterest/closeup', '/pin/1/').focusOn(document.querySelector('[data-test-id="closeup-image"] img')!);
  expect([...open.keys()][0]).toMatch(/^pinterest:f6/);
});

it('T16: four suggested keys at most, none with Ctrl and Alt together', () => {
  const make = config.manifest as (environment: object) => { commands: Record<string, { suggested_key?: { default: string } }> };
  const keys = Object.values(make({ browser: 'chrome' }).commands).flatMap(({ suggested_key }) => suggested_key?.default ?? []);
  expect(keys.length).toBeLessThanOrEqual(4);
  expect(keys.every((key) => key.startsWith('Alt+Shift+'))).toBe(true);
  // Orca lists links, headings and so on by these letters, and a key that it takes reaches no browser.
  expect(keys.filter((key) => /[ABCEFGHIKLMOPQRTUVX]$/.test(key))).toEqual([]);
  // Chromium moves between groups of tabs with these, and gives out none of them.
  expect(keys.filter((key) => /[NWZ]$/.test(key))).toEqual([]);
});

it('T17: of several images each gets its own text, in whatever order the answers come', async () => {
  begin(x, 'x/timeline', '/home').focusOn(article(1));
  await answer('x:FOURPHOTOS00002', 'two');
  await answer('x:FOURPHOTOS00003', 'three');
  await answer('x:FOURPHOTOS00001', 'one');
  await answer('x:FOURPHOTOS00004', 'four');
  const labels = [1, 2, 3, 4].map((index) => photo(index).getAttribute('aria-label'));
  expect(labels).toEqual(['one', 'two', 'three', 'four'].map((text) => `AI description: ${text}`));
});

it('T18: a script whose extension is gone gives the page back without being asked', async () => {
  vi.useFakeTimers();
  openFixture('x/timeline');
  const before = document.body.innerHTML;
  await start(x, new ContentScriptContext('x', {}));
  expect(document.querySelector('[aria-live]')).not.toBeNull();
  vi.spyOn(fakeBrowser.runtime, 'id', 'get').mockReturnValue(undefined as unknown as string);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(document.body.innerHTML).toBe(before);
});
