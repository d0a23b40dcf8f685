/**
 * The worked example of docs/adding-a-site.md: Mastodon's web interface. Not part of the build.
 * The markup is that of Mastodon's public source, version 4; the fixture has its structure.
 */

import type { ImageContext } from '../src/shared/types';
import { textOf } from '../src/sites/text';
import { addressOf, ownName, type CaptionPlace, type Change, type Picture, type Site, type SiteImage } from '../src/sites/site';

/** Each line: what it finds · last confirmed · fixture. */
const SELECTORS = {
  /** 4.3 · examples/mastodon.html */
  post: '.status, .detailed-status',
  photo: '.media-gallery__item-thumbnail img',
  text: '.status__content__text',
  author: '.display-name',
} as const;

/** https://files.HOST/media_attachments/files/111/222/333/small/KEY.png */
const MEDIA_KEY = /\/media_attachments\/files\/[\d/]+\/(?:small|original)\/([0-9a-f]+)\./;

function keyOf(img: Picture): string | null {
  const key = MEDIA_KEY.exec(addressOf(img))?.[1];
  return key === undefined ? null : `mastodon:${key}`;
}

function read(element: Element): SiteImage | null {
  if (!(element instanceof HTMLImageElement)) return null;
  const mediaKey = keyOf(element);
  if (mediaKey === null) return null;
  // The link around it takes its name from the alt: no other element holds the label.
  return { img: element, holder: null, mediaKey, imageUrl: element.src, isVideo: false };
}

/** Mastodon leaves the attribute out, or empty, where the author wrote nothing; it has no word of its own. */
function isUndescribed({ img }: SiteImage): boolean {
  return (ownName(img) ?? '').trim() === '';
}

function context({ img }: SiteImage): ImageContext {
  const post = postOf(img);
  return {
    site: 'web',
    text: textOf(post?.querySelector(SELECTORS.text)),
    author: textOf(post?.querySelector(SELECTORS.author)),
    quoted: '',
    title: '',
    extra: '',
  };
}

function label({ img }: SiteImage, text: string, language: string): Change[] {
  const alt: Change = { element: img, attribute: 'alt', value: text };
  return language === '' ? [alt] : [alt, { element: img, attribute: 'lang', value: language }];
}

function postOf(element: Element): Element | null {
  return element.closest(SELECTORS.post);
}

function captionPlace({ img }: SiteImage): CaptionPlace {
  const gallery = img.closest('.media-gallery') ?? img;
  return { parent: gallery.parentElement ?? gallery, before: gallery.nextElementSibling, isOver: false, number: 0 };
}

export const mastodon: Site = {
  name: 'web',
  candidates: SELECTORS.photo,
  read,
  keyOf,
  isUndescribed,
  learn: () => false,
  context,
  label,
  postOf,
  captionPlace,
};
