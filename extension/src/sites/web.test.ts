import { beforeEach, describe, expect, it } from 'vitest';
import { openFixture } from '../testing/fixture';
import { Placeholders } from './placeholders';
import { findImages, type SiteImage } from './site';
import { web } from './web';

const placeholders = new Placeholders('en');

let undescribed: SiteImage[];

beforeEach(() => {
  const images = findImages(web, openFixture('web/article', '/storm'));
  undescribed = images.filter((image) => web.isUndescribed(image, placeholders));
});

it('takes only images without any name: no decoration, no draft, nothing named by what is around it', () => {
  expect(undescribed.map(({ img }) => img.getAttribute('src'))).toEqual([
    'https://pics.example/boats.jpg',
    'https://pics.example/linked.jpg?size=2#top',
  ]);
});

it('knows the same picture again, and does not tell where it was', () => {
  const [boats, linked] = undescribed;
  expect(boats!.mediaKey).toMatch(/^web:[0-9a-z]{6,12}$/);
  expect(linked!.mediaKey).not.toBe(boats!.mediaKey);
  linked!.img.setAttribute('src', 'https://pics.example/linked.jpg?size=2#bottom');
  expect(web.keyOf(linked!.img)).toBe(linked!.mediaKey);
});

describe('context', () => {
  it('has the heading, the caption and the text next to the picture, but no draft', () => {
    expect(web.context(undescribed[0]!)).toMatchObject({
      site: 'web',
      title: 'Storm over the harbour',
      text:
        'Boats at the pier, photographed by Ana Costa. ' +
        'The wind came from the west on Tuesday night. Nobody was hurt.',
    });
    expect(web.context(undescribed[1]!).text).not.toContain('My draft');
  });

  it('has the title of the page where there is no heading', () => {
    document.querySelector('h1')!.remove();
    document.title = 'The harbour gazette';
    expect(web.context(undescribed[0]!).title).toBe('The harbour gazette');
  });
});

it('writes the alt alone, with its language where that differs', () => {
  expect(web.label(undescribed[0]!, 'AI: boats', '').map(({ attribute }) => attribute)).toEqual(['alt']);
  expect(web.label(undescribed[0]!, 'AI: boats', 'de').map(({ attribute }) => attribute)).toEqual(['alt', 'lang']);
});
