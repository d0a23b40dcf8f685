import { describe, expect, it } from 'vitest';
import { openFixture } from '../testing/fixture';
import { pinterest } from './pinterest';
import { Placeholders } from './placeholders';

const placeholders = new Placeholders('en');

function undescribed(name: string) {
  const images = pinterest.findImages(openFixture(name, '/'));
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
    const all = pinterest.findImages(openFixture('pinterest/grid', '/'));
    const human = all.find(({ mediaKey }) => mediaKey.startsWith('pinterest:c3'));
    expect(human).toBeDefined();
    human!.img.alt = 'This may contain: tiles';
    expect(pinterest.isUndescribed(human!, placeholders)).toBe(false);
  });

  it('describes the viewed pin when its alt is automatic, and not when a human wrote it', () => {
    const [viewed] = undescribed('pinterest/closeup');
    expect(viewed?.mediaKey).toMatch(/^pinterest:f6/);
    viewed!.img.alt = 'A bowl of pumpkin soup with seeds';
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
