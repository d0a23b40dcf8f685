/**
 * Pinterest. What is known about its markup is in the selectors below, nowhere else.
 * In a grid the link around a pin has its own `aria-label`, which hides the image's alt
 * completely: a description is heard only when the link's label is rewritten.
 */

import type { ImageContext } from '../shared/types';
import type { Placeholders } from './placeholders';
import { textOf, type Change, type Site, type SiteImage } from './site';

/** Each line: what it finds · last confirmed · fixture. */
const SELECTORS = {
  /** Pinterest's own word on who described a pin · 2026-08 · pinterest/grid.html */
  missing: '[data-test-id="pin-missing-alt-text"]',
  described: '[data-test-id="pin-with-alt-text"]',
  /** 2026-08 · pinterest/grid.html */
  card: '[data-test-id="pin"], [data-test-id="pinWrapper"], [data-grid-item="true"], [role="listitem"]',
  pinLink: 'a[href*="/pin/"]',
  cardTitle: '[data-test-id="pinrep-footer-organic-title"]',
  /** The pin being viewed; the second form is older · 2026-08 · pinterest/closeup.html */
  closeup: '[data-test-id="closeup-image"], [data-test-id="pin-closeup-image"]',
  closeupPage: '[data-test-id="pdp-container"]',
  closeupTitle: '[data-test-id="closeup-title"], [data-test-id="pin-title"]',
  closeupText: '[data-test-id="description-content-container"], [data-test-id="truncated-description"]',
  image: 'img[src*="i.pinimg.com/"]',
  /** Never touched: films have their own player, avatars are decoration · 2026-08 · pinterest/grid.html */
  leaveAlone: '[aria-hidden="true"], [data-test-id="pinrep-video"], [data-test-id*="avatar"]',
} as const;

/** The 32 hexadecimal digits name the picture in every size. */
const MEDIA = /^https:\/\/i\.pinimg\.com\/(?:\d+x|originals)\/((?:[0-9a-f]{2}\/){3})([0-9a-f]{32})\.(\w+)/;
/** Machine-made alt text; only the English wording has been seen. */
const AUTOMATIC = /^this may contain\b/i;
const LINK_SUFFIX = / pin page$/i;

function findImages(root: ParentNode): SiteImage[] {
  const found = root.querySelectorAll<HTMLImageElement>(
    [SELECTORS.missing, SELECTORS.described, SELECTORS.card, SELECTORS.closeup]
      .flatMap((list) => list.split(', '))
      .map((selector) => `${selector} ${SELECTORS.image}`)
      .join(', '),
  );
  return [...found].flatMap((img) => {
    const [, folders, key, extension] = MEDIA.exec(img.src) ?? [];
    if (folders === undefined || key === undefined || img.closest(SELECTORS.leaveAlone)) return [];
    const imageUrl = `https://i.pinimg.com/736x/${folders}${key}.${extension ?? 'jpg'}`;
    return [{ img, holder: linkOf(img), mediaKey: `pinterest:${key}`, imageUrl }];
  });
}

function keyOf(img: HTMLImageElement): string | null {
  const key = MEDIA.exec(img.src)?.[2];
  return key === undefined ? null : `pinterest:${key}`;
}

/** The labelled link of a grid pin: around the image, or (older markup) nothing at all. */
function linkOf(img: Element): HTMLElement | null {
  const link = img.closest<HTMLElement>(SELECTORS.pinLink);
  return link?.hasAttribute('aria-label') ? link : null;
}

function isUndescribed({ img }: SiteImage, placeholders: Placeholders): boolean {
  // In captures the marker is inside the link, in older pages around it; closest() sees both.
  if (img.closest(SELECTORS.described)) return false;
  if (img.closest(SELECTORS.missing)) return true;
  const alt = img.getAttribute('alt');
  if (AUTOMATIC.test(alt ?? '')) return true;
  // Without Pinterest's marker only the viewed pin is certainly a picture worth describing.
  return img.closest(SELECTORS.closeup) !== null && placeholders.has(alt ?? '');
}

function learn(): void {
  // Pinterest marks undescribed pins itself; there is no placeholder word to learn.
}

/** The automatic alt stays out of the context: a guess in the prompt would come back as a fact. */
function context({ img, holder }: SiteImage): ImageContext {
  const empty: ImageContext = { site: 'pinterest', text: '', author: '', quoted: '', title: '', extra: '' };
  const page = img.closest(SELECTORS.closeup) ? img.closest(SELECTORS.closeupPage) : null;
  if (page) {
    const title = textOf(page.querySelector(SELECTORS.closeupTitle));
    return { ...empty, title, text: textOf(page.querySelector(SELECTORS.closeupText)) };
  }
  const card = img.closest(SELECTORS.card);
  const shown = textOf(card?.querySelector(SELECTORS.cardTitle));
  return { ...empty, title: shown === '' ? titleOf(holder) : shown };
}

function titleOf(link: Element | null): string {
  return (link?.getAttribute('aria-label') ?? '').replace(LINK_SUFFIX, '').trim();
}

/** The description comes first, so that it is known at once who speaks; the pin's own label follows. */
function label({ img, holder }: SiteImage, text: string, language: string): Change[] {
  const changes: Change[] = [{ element: img, attribute: 'alt', value: text }];
  if (holder) {
    const own = holder.getAttribute('aria-label') ?? '';
    const stop = /[.!?…]$/.test(text) ? '' : '.';
    changes.push({ element: holder, attribute: 'aria-label', value: own === '' ? text : `${text}${stop} ${own}` });
  } else if (language !== '') {
    // Not on a link: its label is partly in the page's language.
    changes.push({ element: img, attribute: 'lang', value: language });
  }
  return changes;
}

function postOf(element: Element): Element | null {
  return element.closest(SELECTORS.card) ?? element.closest(SELECTORS.closeupPage);
}

export const pinterest: Site = { name: 'pinterest', findImages, keyOf, isUndescribed, learn, context, label, postOf };
