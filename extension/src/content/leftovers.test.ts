/** Firefox ends the scripts of an extension that it reloads or updates, and says nothing to them. */
import { beforeEach, expect, it } from 'vitest';
import { pinterest } from '../sites/pinterest';
import { findImages, type SiteImage } from '../sites/site';
import { x } from '../sites/x';
import { openFixture } from '../testing/fixture';
import { Announcer } from './announcer';
import { LabelWriter } from './labels';
import { removeLeftovers } from './leftovers';

let before: string;

const first = (): SiteImage => findImages(x, document)[0]!;

beforeEach(() => {
  openFixture('x/timeline');
  before = document.body.innerHTML;
});

it.each([
  ['x/timeline', x],
  ['pinterest/grid', pinterest],
])('is taken back to the letter on %s, with captions and the live region', (fixture, site) => {
  openFixture(fixture);
  const original = document.body.innerHTML;
  const gone = new LabelWriter(site);
  new Announcer(document);
  for (const image of findImages(site, document)) gone.write(image, 'AI description: x', 'de', true);
  expect(document.body.innerHTML).not.toBe(original);
  removeLeftovers(document);
  expect(document.body.innerHTML).toBe(original);
});

it('takes its label back from a node that shows another picture by now', () => {
  new LabelWriter(x).write(first(), 'AI description: bread', '');
  first().img.setAttribute('src', 'https://pbs.twimg.com/media/ANOTHER00000001?format=jpg&name=small');
  removeLeftovers(document);
  expect(first().holder?.outerHTML).toContain('aria-label="Image"');
  expect(first().img.getAttribute('alt')).toBe('Image');
});

it('does not touch a human text that came meanwhile', () => {
  new LabelWriter(x).write(first(), 'AI description: bread', '');
  const { img, holder } = first();
  img.setAttribute('alt', 'Sourdough, cut open');
  holder!.setAttribute('aria-label', 'Sourdough, cut open');
  removeLeftovers(document);
  expect(holder!.getAttribute('aria-label')).toBe('Sourdough, cut open');
  expect(img.getAttribute('alt')).toBe('Sourdough, cut open');
  expect(holder!.hasAttribute('role')).toBe(false);
});

it.each(['[["onclick",null,"alert(1)"]]', '{"alt":1}', 'nothing'])('is not believed where a page says %s', (record) => {
  const { img } = first();
  img.setAttribute('data-altd-was', record);
  removeLeftovers(document);
  expect(document.body.innerHTML).toBe(before);
});
