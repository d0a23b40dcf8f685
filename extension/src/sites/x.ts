/**
 * X (x.com). What is known about its markup is in the selectors below, nowhere else.
 * A photo's name is written twice by the site, in the img's `alt` and in the surrounding
 * div's `aria-label`; links and posts are named from the div alone.
 */

import type { ImageContext } from '../shared/types';
import type { Placeholders } from './placeholders';
import { MAX_NAME, findOutside, textOf, type Change, type Site, type SiteImage } from './site';

/** Each line: what it finds · last confirmed · fixture. */
const SELECTORS = {
  /** 2026-08 · x/timeline.html */
  post: 'article[data-testid="tweet"]',
  /** 2026-08, also in the multi-photo carousel · x/timeline.html, x/carousel.html */
  photo: '[data-testid="tweetPhoto"]',
  /** 2024, edited capture; has neither tweetPhoto nor a link · x/lightbox.html */
  slide: '[aria-roledescription="carousel"] li[role="listitem"]',
  slidePhoto: '[data-testid="swipe-to-dismiss"] div[aria-label]',
  /** 2026-08 · x/timeline.html */
  image: 'img[src*="pbs.twimg.com/media/"]',
  photoLink: 'a[href*="/photo/"]',
  permalink: 'a[href*="/status/"]',
  text: '[data-testid="tweetText"]',
  author: '[data-testid="User-Name"]',
  handle: 'a[href^="/"]',
  /** 2026-08 · x/quote.html */
  quote: 'div[role="link"][tabindex="0"]',
  /** Never touched: the user's own draft; cards, whose text link already says it all. · x/timeline.html */
  leaveAlone: '[data-testid="attachments"], [data-testid="card.wrapper"], [aria-hidden="true"]',
} as const;

/** Fifteen characters today; the key ends at the query or the extension. */
const MEDIA_KEY = /^https:\/\/pbs\.twimg\.com\/media\/([A-Za-z0-9_-]+)/;
const PHOTO_PATH = /\/status\/(\d+)\/photo\/(\d+)/;
const STATUS_PATH = /^\/([A-Za-z0-9_]{1,15})\/status\/(\d+)/;

function findImages(root: ParentNode): SiteImage[] {
  const holders = root.querySelectorAll<HTMLElement>(
    `${SELECTORS.photo}, ${SELECTORS.slide} ${SELECTORS.slidePhoto}`,
  );
  return [...holders].flatMap((holder) => {
    const img = holder.querySelector<HTMLImageElement>(SELECTORS.image);
    const mediaKey = img ? keyOf(img) : null;
    if (!img || mediaKey === null || holder.closest(SELECTORS.leaveAlone)) return [];
    const imageUrl = `https://pbs.twimg.com/media/${mediaKey.slice('x:'.length)}?format=jpg&name=medium`;
    return [{ img, holder, mediaKey, imageUrl }];
  });
}

function keyOf(img: HTMLImageElement): string | null {
  const key = MEDIA_KEY.exec(img.src)?.[1];
  return key === undefined ? null : `x:${key}`;
}

function isUndescribed({ img, holder }: SiteImage, placeholders: Placeholders): boolean {
  const label = holder?.getAttribute('aria-label') ?? '';
  const alt = img.getAttribute('alt');
  // An explicitly empty alt and no name at all is how a page says "decoration".
  if (alt === '' && label === '') return false;
  return placeholders.has(alt ?? '') && placeholders.has(label);
}

function learn(image: SiteImage, placeholders: Placeholders): void {
  const label = image.holder?.getAttribute('aria-label') ?? '';
  // A human description is equal in both places too, so only repetition tells them apart.
  if (label === image.img.alt) placeholders.observe(label, image.mediaKey, () => context(image).author);
}

/** The post shown with a picture: around it, or for the lightbox the one its address names. */
function articleOf(img: Element): Element | null {
  const around = img.closest(SELECTORS.post);
  if (around) return around;
  const status = PHOTO_PATH.exec(img.ownerDocument.location.pathname)?.[1];
  if (status === undefined) return null;
  const articles = [...img.ownerDocument.querySelectorAll(SELECTORS.post)];
  return articles.find((article) => statusesOf(article).includes(status)) ?? null;
}

function statusesOf(article: Element): string[] {
  const links = [...article.querySelectorAll(SELECTORS.permalink)];
  return links.flatMap((link) => STATUS_PATH.exec(link.getAttribute('href') ?? '')?.[2] ?? []);
}

function quoteIn(article: Element): Element | null {
  const boxes = [...article.querySelectorAll(SELECTORS.quote)];
  return boxes.find((box) => box.querySelector(SELECTORS.author) !== null) ?? null;
}

/** "Display name (@handle)", from a post's or a quote's name block. */
function authorIn(scope: Element, excluded: Element | null): string {
  const block = findOutside(scope, SELECTORS.author, excluded);
  if (!block) return '';
  const handle = /@[A-Za-z0-9_]{1,15}/.exec(textOf(block, MAX_NAME))?.[0] ?? '';
  const link = block.querySelector(SELECTORS.handle);
  // In a quote the name is not a link; there it is the text before the handle.
  const name = link ? textOf(link, MAX_NAME) : (textOf(block, MAX_NAME).split('@')[0] ?? '').trim();
  return handle === '' || name === handle ? name : `${name} (${handle})`;
}

/** A picture in a quoted post belongs to the quoted author, not to the one who quotes. */
function context(image: SiteImage): ImageContext {
  const empty: ImageContext = { site: 'x', text: '', author: '', quoted: '', title: '', extra: position(image) };
  const article = articleOf(image.img);
  if (!article) return empty;
  const quote = quoteIn(article);
  if (quote?.contains(image.img)) {
    const text = textOf(quote.querySelector(SELECTORS.text));
    return { ...empty, text, author: authorIn(quote, null) };
  }
  const quotedText = quote ? textOf(quote.querySelector(SELECTORS.text)) : '';
  return {
    ...empty,
    text: textOf(findOutside(article, SELECTORS.text, quote)),
    author: authorIn(article, quote),
    quoted: quote && quotedText !== '' ? `${authorIn(quote, null)}: ${quotedText}` : '',
  };
}

/** "photo 2 of 4", or nothing for a single photo. */
function position({ img, holder }: SiteImage): string {
  const slide = img.closest(SELECTORS.slide);
  if (slide?.parentElement) {
    const slides = [...slide.parentElement.children];
    return slides.length > 1 ? `photo ${slides.indexOf(slide) + 1} of ${slides.length}` : '';
  }
  const scope = img.closest(SELECTORS.quote) ?? img.closest(SELECTORS.post);
  if (!scope || !holder) return '';
  const own = quoteIn(scope);
  const photos = [...scope.querySelectorAll(SELECTORS.photo)].filter((photo) => !own?.contains(photo));
  // The link knows its number even while a carousel has not mounted every slide.
  const link = img.closest(SELECTORS.photoLink)?.getAttribute('href') ?? '';
  const number = Number(PHOTO_PATH.exec(link)?.[2] ?? photos.indexOf(holder) + 1);
  return photos.length > 1 ? `photo ${number} of ${Math.max(photos.length, number)}` : '';
}

/**
 * Both names are written, and the div becomes the image for assistive technology: Chromium
 * keeps saying "Unlabeled image" for an img whose alt was "Image" when it was first exposed,
 * whatever the alt is later, unless the img leaves the accessibility tree.
 */
function label({ img, holder }: SiteImage, text: string, language: string): Change[] {
  if (!holder) return [{ element: img, attribute: 'alt', value: text }];
  return [
    { element: holder, attribute: 'aria-label', value: text },
    { element: holder, attribute: 'role', value: 'img' },
    ...(language === '' ? [] : [{ element: holder, attribute: 'lang', value: language }]),
    { element: img, attribute: 'alt', value: text },
    { element: img, attribute: 'aria-hidden', value: 'true' },
  ];
}

function postOf(element: Element): Element | null {
  return element.closest(`${SELECTORS.post}, ${SELECTORS.slide}`);
}

export const x: Site = { name: 'x', findImages, keyOf, isUndescribed, learn, context, label, postOf };
