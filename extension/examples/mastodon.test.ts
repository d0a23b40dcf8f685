import { readFileSync } from 'node:fs';
import { beforeEach, expect, it } from 'vitest';
import { Placeholders } from '../src/sites/placeholders';
import { findImages, type SiteImage } from '../src/sites/site';
import { mastodon } from './mastodon';

let images: SiteImage[];

beforeEach(() => {
  const html = readFileSync('examples/mastodon.html', 'utf8');
  document.body.innerHTML = new DOMParser().parseFromString(html, 'text/html').body.innerHTML;
  images = findImages(mastodon, document);
});

it('finds the pictures of posts, and not the avatar', () => {
  expect(images.map(({ mediaKey }) => mediaKey)).toEqual(['mastodon:0a1b2c3d4e5f6071', 'mastodon:1a1b2c3d4e5f6071']);
});

it('leaves a human description alone', () => {
  const placeholders = new Placeholders('en');
  expect(images.map((image) => mastodon.isUndescribed(image, placeholders))).toEqual([true, false]);
});

it('sends the post with the picture', () => {
  expect(mastodon.context(images[0]!)).toMatchObject({ text: 'Our boat at last!', author: 'Ines @ines' });
});

it('is heard through the alt, in its language', () => {
  const changes = mastodon.label(images[0]!, 'KI: Ein Boot', 'de');
  expect(changes.map(({ attribute, value }) => [attribute, value])).toEqual([['alt', 'KI: Ein Boot'], ['lang', 'de']]);
});
