/**
 * Any other site, where the user asked for it. Nothing is known about its markup, so only what
 * the standards say counts: an image without an `alt` attribute is undescribed, everything else
 * (an empty alt, a role, a name from elsewhere) was somebody's decision.
 */

import type { ImageContext } from '../shared/types';
import { addressOf, type CaptionPlace, type Change, type Picture, type Site, type SiteImage } from './site';
import { MAX_NAME, textAround, textOf } from './text';

/** Each line: what it finds · fixture. */
const SELECTORS = {
  image: 'img',
  /** Hidden, decoration, the user's own draft, or named by what is around it · web/article.html */
  leaveAlone: [
    '[aria-hidden="true"]',
    '[role="presentation"]',
    '[role="none"]',
    '[contenteditable="true"]',
    'a[aria-label]',
    'button[aria-label]',
    '[role="img"][aria-label]',
  ].join(', '),
  figure: 'figure',
  caption: 'figcaption',
  section: 'article, section, main, [role="main"], [role="article"]',
  heading: 'h1, h2, h3',
  focusable: 'figure, a, button',
} as const;

/** Any of them gives an img a name, or says that it needs none. */
const NAMING = ['alt', 'aria-label', 'aria-labelledby', 'title', 'role'];

/** Text next to a picture, in characters. */
const NEARBY = 400;

/** The daemon reads pixels; only from servers that can be checked. */
const PICTURE = /^https:\/\/(?!.*\.svgz?(?:[?#]|$))/i;

function read(element: Element): SiteImage | null {
  if (!(element instanceof HTMLImageElement) || element.closest(SELECTORS.leaveAlone)) return null;
  const mediaKey = keyOf(element);
  if (mediaKey === null) return null;
  const { currentSrc, src } = element;
  const imageUrl = PICTURE.test(currentSrc) ? currentSrc : src;
  return { img: element, holder: null, mediaKey, imageUrl, isVideo: false };
}

function keyOf(img: Picture): string | null {
  const address = addressOf(img).split('#')[0] ?? '';
  return PICTURE.test(address) ? `web:${digest(address)}` : null;
}

function isUndescribed({ img }: SiteImage): boolean {
  return !NAMING.some((attribute) => img.hasAttribute(attribute));
}

/** There is no placeholder here: an alt that says little is still somebody's. */
function learn(): boolean {
  return false;
}

function context({ img }: SiteImage): ImageContext {
  const caption = textOf(img.closest(SELECTORS.figure)?.querySelector(SELECTORS.caption));
  const section = img.closest(SELECTORS.section);
  const around = textAround(img.closest(SELECTORS.figure) ?? img, section ?? img.ownerDocument.body, NEARBY);
  const heading = textOf(section?.querySelector(SELECTORS.heading), MAX_NAME);
  return {
    site: 'web',
    text: [caption, around].filter((text) => text !== '').join(' '),
    author: '',
    quoted: '',
    title: heading === '' ? img.ownerDocument.title.trim().slice(0, MAX_NAME) : heading,
    extra: '',
  };
}

function label({ img }: SiteImage, text: string, language: string): Change[] {
  const changes: Change[] = [{ element: img, attribute: 'alt', value: text }];
  if (language !== '') changes.push({ element: img, attribute: 'lang', value: language });
  return changes;
}

function postOf(element: Element): Element | null {
  return element.closest(SELECTORS.focusable) ?? (element.matches(SELECTORS.image) ? element : null);
}

function captionPlace({ img }: SiteImage): CaptionPlace {
  const figure = img.closest(SELECTORS.figure);
  if (figure) return { parent: figure, before: null, isOver: false, number: 0 };
  return { parent: img.parentElement ?? img, before: img.nextElementSibling, isOver: true, number: 0 };
}

/** 53 bits of an address (cyrb53), so that the daemon does not learn where a picture was. */
function digest(address: string): string {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < address.length; at += 1) {
    const code = address.charCodeAt(at);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36);
}

export const web: Site = {
  name: 'web',
  candidates: SELECTORS.image,
  read,
  keyOf,
  isUndescribed,
  learn,
  context,
  label,
  postOf,
  captionPlace,
};
