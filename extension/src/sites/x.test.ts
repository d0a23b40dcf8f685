import { describe, expect, it } from 'vitest';
import { openFixture } from '../testing/fixture';
import { Placeholders } from './placeholders';
import type { SiteImage } from './site';
import { x } from './x';

function images(name: string, path?: string): SiteImage[] {
  return x.findImages(openFixture(name, path));
}

function undescribed(name: string, language = 'en'): string[] {
  const placeholders = new Placeholders(language);
  const all = images(name);
  all.forEach((image) => {
    x.learn(image, placeholders);
  });
  return all.filter((image) => x.isUndescribed(image, placeholders)).map(({ mediaKey }) => mediaKey);
}

describe('finding images', () => {
  it('finds photos of posts, not avatars, emoji, card art or the own draft', () => {
    expect(images('x/timeline').map(({ mediaKey }) => mediaKey)).toEqual([
      'x:ONEPHOTO0000001',
      'x:FOURPHOTOS00001',
      'x:FOURPHOTOS00002',
      'x:FOURPHOTOS00003',
      'x:FOURPHOTOS00004',
      'x:HUMANALT0000001',
      'x:ONEPHOTO0000001',
    ]);
  });

  it('leaves a human description alone', () => {
    expect(undescribed('x/timeline')).not.toContain('x:HUMANALT0000001');
    expect(undescribed('x/timeline')).toHaveLength(6);
  });

  it('leaves an image alone when only one of its two names is human', () => {
    const [image] = images('x/timeline');
    image!.img.alt = 'Bread on a board';
    expect(x.isUndescribed(image!, new Placeholders('en'))).toBe(false);
  });

  it('finds lightbox slides, which have no photo link', () => {
    const slides = images('x/lightbox').filter(({ img }) => img.closest('[aria-modal]'));
    expect(slides).toHaveLength(4);
    expect(slides[0]?.holder?.getAttribute('aria-label')).toBe('Image');
  });

  it('learns the placeholder of an unknown language and spares a human text in it', () => {
    const found = undescribed('x/unknown-language', 'is');
    expect(found).toHaveLength(5);
    expect(found).not.toContain('x:FOREIGN00000H');
  });

  it('asks for a medium rendition, whatever size the page shows', () => {
    expect(images('x/timeline')[0]?.imageUrl).toBe(
      'https://pbs.twimg.com/media/ONEPHOTO0000001?format=jpg&name=medium',
    );
  });
});

describe('context', () => {
  it('has the author and the text with emoji in words', () => {
    expect(x.context(images('x/timeline')[0]!)).toEqual({
      site: 'x',
      text: 'Fresh from the oven 🎉 sourdough',
      author: 'Bea Baker (@baker)',
      quoted: '',
      title: '',
      extra: '',
    });
  });

  it('numbers the photos of a post', () => {
    expect(images('x/timeline').map((image) => x.context(image).extra)).toEqual([
      '',
      'photo 1 of 4',
      'photo 2 of 4',
      'photo 3 of 4',
      'photo 4 of 4',
      '',
      '',
    ]);
  });

  it('gives a quoted photo to the quoted author', () => {
    const [outer, quoted] = images('x/quote').map((image) => x.context(image));
    expect(outer).toMatchObject({
      author: 'Cal Critic (@critic)',
      text: 'This reminds me of my own try:',
      quoted: 'Pia Painter (@painter): Finished this today.',
      extra: '',
    });
    expect(quoted).toMatchObject({ author: 'Pia Painter (@painter)', text: 'Finished this today.', quoted: '' });
  });

  it('takes the post of a lightbox from its address', () => {
    const slide = images('x/lightbox', '/gardener/status/102/photo/2').find(({ img }) => img.closest('[aria-modal]'));
    expect(x.context(slide!)).toMatchObject({ author: 'Gus Gardener (@gardener)', extra: 'photo 1 of 4' });
  });

  it('knows nothing about a lightbox of a post that is not on the page', () => {
    const slide = images('x/lightbox', '/other/status/999/photo/1').find(({ img }) => img.closest('[aria-modal]'));
    expect(x.context(slide!)).toMatchObject({ author: '', text: '' });
  });

  it('numbers carousel photos by their links', () => {
    expect(images('x/carousel').map((image) => x.context(image).extra)).toEqual(['photo 1 of 2', 'photo 2 of 2']);
  });
});
