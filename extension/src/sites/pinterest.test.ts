import { describe, expect, it } from 'vitest';
import { openFixture } from '../testing/fixture';
import { pinterest } from './pinterest';
import { Placeholders } from './placeholders';
import { findImages } from './site';

const placeholders = new Placeholders('en');

function undescribed(name: string) {
  const images = findImages(pinterest, openFixture(name, '/'));
  return images.filter((image) => pinterest.isUndescribed(image, placeholders));
}

describe('finding pins', () => {
  it('takes Pinterest at its word on who described a pin, with the marker inside or around the link', () => {
    expect(undescribed('pinterest/grid').map(({ mediaKey }) => mediaKey.slice(0, 12))).toEqual([
      'pinterest:a1',
      'pinterest:b2',
      'pinterest:d4',
    ]);
  });

  it('never touches a pin that its author described', () => {
    const all = findImages(pinterest, openFixture('pinterest/grid', '/'));
    const human = all.find(({ mediaKey }) => mediaKey.startsWith('pinterest:c3'));
    expect(human).toBeDefined();
    human!.img.setAttribute('alt', 'This may contain: tiles');
    expect(pinterest.isUndescribed(human!, placeholders)).toBe(false);
  });

  it('describes the viewed pin when its alt is automatic, and not when a human wrote it', () => {
    const [viewed] = undescribed('pinterest/closeup');
    expect(viewed?.mediaKey).toMatch(/^pinterest:f6/);
    viewed!.img.setAttribute('alt', 'A bowl of pumpkin soup with seeds');
    expect(pinterest.isUndescribed(viewed!, placeholders)).toBe(false);
  });

  it('asks for the 736 pixel rendition', () => {
    expect(undescribed('pinterest/grid')[0]?.imageUrl).toMatch(/^https:\/\/i\.pinimg\.com\/736x\/a1\/00\/00\/a10+\.jpg$/);
  });
});

describe('context and label', () => {
  it('has the title, from the footer or the link', () => {
    const titles = undescribed('pinterest/grid').map((image) => pinterest.context(image).title);
    expect(titles).toEqual(['Autumn table ideas', 'Knitted socks in an evening', 'Balcony garden']);
  });

  it('has title and text of the viewed pin, without its automatic description', () => {
    const [viewed] = undescribed('pinterest/closeup');
    expect(pinterest.context(viewed!)).toEqual({
      site: 'pinterest',
      title: 'Pumpkin soup',
      text: 'Roast the pumpkin first; it makes all the difference.',
      author: '',
      quoted: '',
      extra: '',
    });
  });

  it('puts the description before the label of the link', () => {
    const [pin] = undescribed('pinterest/grid');
    const changes = pinterest.label(pin!, 'AI description: a plate', 'en');
    expect(changes.find(({ attribute }) => attribute === 'aria-label')?.value).toBe(
      'AI description: a plate. Autumn table ideas pin page',
    );
  });
});

describe('kinds of pins', () => {
  const kinds = () => findImages(pinterest, openFixture('pinterest/kinds', '/'));

  it('knows videos and GIFs, and leaves promoted pins alone', () => {
    expect(kinds().map(({ mediaKey, isVideo }) => [mediaKey.slice(10, 12), isVideo])).toEqual([
      ['a6', true],
      ['a7', true],
      ['b1', false],
    ]);
  });

  it('knows a card by any of its marks, in every feed, and nothing in a conversation', () => {
    const found = findImages(pinterest, openFixture('pinterest/feeds', '/search/pins/?q=shed'));
    expect(found.map(({ mediaKey, isVideo }) => [mediaKey.slice(10, 12), isVideo])).toEqual([
      ['c1', false],
      ['c2', false],
      ['c3', false],
      ['c4', false],
      ['c5', false],
      ['c6', true],
      ['c7', true],
      ['c8', true],
    ]);
    expect(found.every((image) => pinterest.isUndescribed(image, placeholders))).toBe(true);
    expect(found.map(({ imageUrl }) => /\/736x\/.*\.(\w+)$/.exec(imageUrl)?.[1])).toEqual([
      'jpg', 'png', 'webp', 'jpg', 'jpg', 'jpg', 'jpg', 'jpg',
    ]);
  });

  it('finds the viewed pin in older markup as well', () => {
    const [viewed] = findImages(pinterest, openFixture('pinterest/closeup-older', '/pin/1/'));
    expect(viewed?.mediaKey).toMatch(/^pinterest:f6/);
    expect(pinterest.context(viewed!)).toMatchObject({
      title: 'Pumpkin soup',
      text: 'Roast the pumpkin first; it makes all the difference.',
    });
  });

  it('tells related pins from the viewed one', () => {
    const [, related] = findImages(pinterest, openFixture('pinterest/closeup', '/pin/1/'));
    expect(pinterest.context(related!)).toMatchObject({ title: 'Autumn table ideas', text: '' });
  });

  it('names the board, by its heading or its address', () => {
    const [pin] = findImages(pinterest, openFixture('pinterest/board', '/mira/tiny-terraces/'));
    expect(pinterest.context(pin!).extra).toBe('board: Small balconies');
    document.querySelector('h1')!.remove();
    expect(pinterest.context(pin!).extra).toBe('board: tiny terraces');
  });
});

describe('interface languages', () => {
  it.each([
    ['en', 'This may contain: '],
    ['de', 'Möglicher Inhalt: '],
    ['es', 'Esto puede contener: '],
    ['fr', 'Cela peut contenir : '],
    ['ja', '内容の可能性:'],
    ['zh-CN', '可能包含:'],
  ])('learns how machine texts begin in %s from marked pins, and knows one on the viewed pin', (language, opening) => {
    const known = new Placeholders(language);
    const pins = findImages(pinterest, openFixture('pinterest/kinds', '/'));
    for (let n = 0; n < 4; n += 1) {
      pins[2]!.img.setAttribute('alt', `${opening}a thing`);
      pinterest.learn({ ...pins[2]!, mediaKey: `pinterest:${n}` }, known);
    }
    const [viewed] = findImages(pinterest, openFixture('pinterest/closeup', '/pin/1/'));
    viewed!.img.setAttribute('alt', `${opening}a bowl`);
    expect(pinterest.isUndescribed(viewed!, known)).toBe(true);
    viewed!.img.setAttribute('alt', 'A bowl: pumpkin soup');
    expect(pinterest.isUndescribed(viewed!, known)).toBe(false);
  });
});
