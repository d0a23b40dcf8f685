/** Loads a hand-written page from `fixtures/` into the test's document. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Description, Entry, ImageRequest } from '../shared/types';

/** `name` is like `x/timeline`; `path` is the address the page is open at. */
export function openFixture(name: string, path = '/home'): Document {
  const html = readFileSync(resolve('fixtures', `${name}.html`), 'utf8');
  const page = new DOMParser().parseFromString(html, 'text/html');
  document.documentElement.lang = page.documentElement.lang;
  document.body.innerHTML = page.body.innerHTML;
  const host = name.startsWith('x/') ? 'https://x.com' : 'https://www.pinterest.com';
  (window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL(host + path);
  return document;
}

export function description(change: Partial<Description> = {}): Description {
  return {
    id: 'd1',
    state: 'done',
    text: 'A loaf of bread',
    confidence: 'high',
    text_in_image: '',
    language: 'en',
    ...change,
  };
}

export function request(mediaKey: string): ImageRequest {
  const context = { site: 'x', text: '', author: '', quoted: '', title: '', extra: '' } as const;
  const imageUrl = 'https://pbs.twimg.com/media/KEY?format=jpg&name=medium';
  return { mediaKey, imageUrl, context, language: 'en', priority: 'visible' };
}

export function entry(mediaKey: string, change: Partial<Entry> = {}): Entry {
  return {
    request: request(mediaKey),
    description: description(),
    edited: null,
    earlier: [],
    verdicts: [],
    more: null,
    ...change,
  };
}
