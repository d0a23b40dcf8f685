import { beforeEach, expect, it } from 'vitest';
import { pinterest } from '../sites/pinterest';
import { findImages, type Site } from '../sites/site';
import { textOf } from '../sites/text';
import { web } from '../sites/web';
import { x } from '../sites/x';
import { openFixture } from '../testing/fixture';
import { LabelWriter } from './labels';

const captions = () => [...document.querySelectorAll('[data-altd="caption"]')];

function writeAll(site: Site, fixture: string, path: string): LabelWriter {
  const writer = new LabelWriter(site);
  for (const image of findImages(site, openFixture(fixture, path))) writer.write(image, 'AI: a thing', 'de', true);
  return writer;
}

beforeEach(() => {
  document.body.textContent = '';
});

it.each([
  [x, 'x/timeline', '/home'],
  [x, 'x/lightbox', '/gardener/status/102/photo/1'],
  [x, 'x/media', '/potter/media'],
  [x, 'x/article', '/keeper/article/501'],
  [pinterest, 'pinterest/grid', '/'],
  [pinterest, 'pinterest/closeup', '/pin/1/'],
  [web, 'web/article', '/storm'],
])('is there for the eye only, once per picture, and goes without a trace: %# %s', (site, fixture, path) => {
  openFixture(fixture, path);
  const before = document.body.innerHTML;
  const writer = writeAll(site, fixture, path);
  expect(captions()).toHaveLength(findImages(site, document).length);
  for (const caption of captions()) {
    expect(caption.getAttribute('aria-hidden')).toBe('true');
    expect(caption.querySelector('a, button, [tabindex]')).toBeNull();
  }
  writer.releaseAll();
  expect(document.body.innerHTML).toBe(before);
});

it('stands outside the media block of a post, numbered where there are several', () => {
  writeAll(x, 'x/timeline', '/home');
  expect(captions().every((caption) => caption.parentElement?.matches('article'))).toBe(true);
  const [, four] = document.querySelectorAll('article');
  expect([...four!.querySelectorAll('[data-altd]')].map(({ textContent }) => textContent)).toEqual([
    '1. AI: a thing',
    '2. AI: a thing',
    '3. AI: a thing',
    '4. AI: a thing',
  ]);
});

it('is not read back as text of the page, nor is a label', () => {
  writeAll(web, 'web/article', '/storm');
  expect(textOf(document.querySelector('article'))).not.toContain('AI: a thing');
});

it('comes back when the page has removed it', () => {
  const writer = writeAll(x, 'x/timeline', '/home');
  const [image] = findImages(x, document);
  captions()[0]!.remove();
  expect(writer.stands(image!, 'AI: a thing', true)).toBe(false);
});
