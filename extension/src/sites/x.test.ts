import { describe, expect, it } from 'vitest';
import { openFixture } from '../testing/fixture';
import { Placeholders } from './placeholders';
import { findImages, type SiteImage } from './site';
import { x } from './x';

function images(name: string, path?: string): SiteImage[] {
  return findImages(x, openFixture(name, path));
}

/** A page as a user with another interface language sees it. */
function speak(language: string, word: string): void {
  openFixture('x/timeline');
  document.documentElement.lang = language;
  for (const photo of document.querySelectorAll('[data-testid="tweetPhoto"][aria-label="Image"]')) {
    photo.setAttribute('aria-label', word);
    photo.querySelector('img')!.setAttribute('alt', word);
  }
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
    image!.img.setAttribute('alt', 'Bread on a board');
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

describe('interface languages', () => {
  it.each([
    ['en', 'Image'],
    ['de', 'Bild'],
    ['es', 'Imagen'],
    ['fr', 'Image'],
    ['ja', '画像'],
    ['zh-CN', '图像'],
  ])('knows the placeholder in %s and spares the human text', (language, word) => {
    speak(language, word);
    const placeholders = new Placeholders(language);
    const found = findImages(x, document).filter((image) => x.isUndescribed(image, placeholders));
    expect(found).toHaveLength(6);
    expect(found.map(({ mediaKey }) => mediaKey)).not.toContain('x:HUMANALT0000001');
  });
});

describe('what is left alone', () => {
  it('leaves promoted posts and link cards alone, but not a photo beside a card', () => {
    expect(images('x/promoted').map(({ mediaKey }) => mediaKey)).toEqual(['x:BESIDECARD00001']);
  });

  it('takes nothing from private messages, by address or by container', () => {
    expect(images('x/messages', '/messages/1-2')).toEqual([]);
    expect(images('x/messages', '/i/chat/1-2')).toEqual([]);
    expect(images('x/messages', '/home')).toEqual([]);
  });

  it('leaves the draft in the composer alone', () => {
    openFixture('x/timeline');
    const draft = document.querySelector('[data-testid="attachments"] img')!;
    expect(x.read(draft)).toBeNull();
  });

  it('leaves a photo alone whose page says that it is decoration', () => {
    const [image] = images('x/timeline');
    image!.img.setAttribute('alt', '');
    image!.holder!.setAttribute('aria-label', '');
    expect(x.isUndescribed(image!, new Placeholders('en'))).toBe(false);
  });
});

describe('videos and GIFs', () => {
  it('finds their stills, in a player and before it, and calls them videos', () => {
    const stills = images('x/videos');
    expect(stills.map(({ mediaKey, isVideo }) => [mediaKey, isVideo])).toEqual([
      ['x:amplify_video_thumb/300000001/img/STILLPLAYER', true],
      ['x:tweet_video_thumb/STILLGIF', true],
      ['x:ext_tw_video_thumb/300000003/pu/img/STILLPAUSED', true],
      ['x:amplify_video_thumb/300000004/img/STILLAMPLIFY', true],
      ['x:tweet_video_thumb/STILLGIFIMAGE', true],
      ['x:ext_tw_video_thumb/300000006/pu/img/STILLPOSTER', true],
    ]);
    expect(stills[1]?.imageUrl).toBe('https://pbs.twimg.com/tweet_video_thumb/STILLGIF?format=jpg&name=medium');
  });

  it('names a player without taking its buttons away', () => {
    const [player, , paused] = images('x/videos');
    for (const image of [player!, paused!]) {
      const attributes = x.label(image, 'AI: a runner', '').map(({ attribute }) => attribute);
      expect(attributes).not.toContain('role');
      expect(attributes).not.toContain('aria-hidden');
      expect(attributes).toContain('aria-label');
    }
  });
});

describe('long articles and the media tab', () => {
  it('finds the photo of a long article, with title, author and the text beside it', () => {
    const [image] = images('x/article', '/keeper/article/501');
    expect(x.context(image!)).toMatchObject({
      title: 'A year with bees',
      author: 'Kim Keeper (@keeper)',
      text: 'By May we had to add a second box. The smoke keeps them calm.',
    });
    expect(x.postOf(image!.img)).toBe(image!.img.closest('a'));
  });

  it('finds the pictures of a media tab, with and without tweetPhoto, and whose they are', () => {
    const found = images('x/media', '/potter/media');
    expect(found.map(({ mediaKey }) => mediaKey)).toEqual(['x:MEDIATAB0000001', 'x:MEDIATAB0000002']);
    expect(found.map((image) => x.context(image).author)).toEqual(['@potter', '@potter']);
    expect(found.every((image) => x.isUndescribed(image, new Placeholders('en')))).toBe(true);
    expect(found.every(({ holder }) => holder?.tagName === 'DIV')).toBe(true);
  });
});

describe('an open post', () => {
  it('finds its photo and the reply\'s, but no banner and no draft, and asks for a JPEG of a WebP or PNG', () => {
    const found = images('x/post', '/walker/status/601');
    expect(found.map(({ mediaKey }) => mediaKey)).toEqual(['x:OPENPOST0000001', 'x:REPLYPNG0000001']);
    expect(found.map(({ imageUrl }) => new URL(imageUrl).search)).toEqual(Array(2).fill('?format=jpg&name=medium'));
  });

  it('has the text without the words of its button, and nothing of a quoted post that may not be seen', () => {
    const [open, reply] = images('x/post', '/walker/status/601').map((image) => x.context(image));
    expect(open).toMatchObject({
      author: 'Wim Walker (@walker)',
      text: 'Twelve miles along the canal today',
      quoted: '',
    });
    expect(reply).toMatchObject({ author: 'Ria Rower (@rower)', text: 'The same lock from the water' });
  });
});

describe('more context', () => {
  it('has the words of a link card as title', () => {
    expect(x.context(images('x/promoted')[0]!).title).toBe('example.org Mugs of the year');
  });

  it('gives a quoted photo to the quoted author in the lightbox too', () => {
    const slide = images('x/quote-lightbox', '/painter/status/201/photo/1').find(({ img }) => img.closest('[aria-modal]'));
    expect(x.context(slide!)).toMatchObject({ author: 'Pia Painter (@painter)', text: 'Finished this today.' });
  });
});
