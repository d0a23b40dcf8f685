/**
 * Pinterest. What is known about its markup is in the selectors below, nowhere else.
 * In a grid the link around a pin has its own `aria-label`, which hides the image's alt
 * completely: a description is heard only when the link's label is rewritten.
 */

import type { ImageContext } from '../shared/types';
import type { Placeholders } from './placeholders';
import { addressOf, type CaptionPlace, type Change, type Picture, type Site, type SiteImage } from './site';
import { MAX_NAME, textOf } from './text';

/** Each line: what it finds · last confirmed · fixture. */
export const SELECTORS = {
  /** Pinterest's own word on who described a pin · 2026-08 · pinterest/grid.html */
  missing: '[data-test-id="pin-missing-alt-text"]',
  described: '[data-test-id="pin-with-alt-text"]',
  /** One mark is enough · 2026-08 · pinterest/grid.html, pinterest/feeds.html */
  card: '[data-test-id="pin"], [data-test-id="pinWrapper"], [data-grid-item="true"], [role="listitem"], [data-test-pin-id]',
  pinLink: 'a[href*="/pin/"]',
  cardTitle: '[data-test-id="pinrep-footer-organic-title"]',
  /** The pin being viewed, never inside a card; the other two forms are older · 2026-08 · pinterest/closeup.html */
  closeup: '[data-test-id="closeup-image"], [data-test-id="pin-closeup-image"], img[elementtiming*="MainPinImage"]',
  closeupPage: '[data-test-id="pdp-container"]',
  closeupTitle: '[data-test-id="closeup-title"], [data-test-id="pin-title"]',
  closeupText: '[data-test-id="description-content-container"], [data-test-id="truncated-description"]',
  /** 2026-08 · pinterest/board.html; its heading is not confirmed, the address is */
  board: '[data-test-id="board-feed"]',
  boardTitle: 'h1',
  image: 'img[src*="i.pinimg.com/"]',
  /** Videos and GIFs: only their first picture can be described · 2026 · pinterest/kinds.html, pinterest/feeds.html */
  video: ['PinTypeIdentifier', 'pinrep-video', 'duplo-hls-video', 'inp-perf-pinType-gif']
    .map((id) => `[data-test-id="${id}"]`)
    .join(', '),
  /** Promoted pins · 2026-08 · pinterest/kinds.html */
  promoted: '[data-test-id^="pincard-oneTap"], div[title="Sponsored"]',
  /** Never touched: avatars are decoration, messages are private (their name is not confirmed) · pinterest/grid.html, pinterest/feeds.html */
  leaveAlone: '[aria-hidden="true"], [data-test-id*="avatar"], [data-test-id*="conversation"]',
} as const;

/** The 32 hexadecimal digits name the picture in every size. */
const MEDIA = /^https:\/\/i\.pinimg\.com\/(?:\d+x\d*|originals)\/((?:[0-9a-f]{2}\/){3})([0-9a-f]{32})\.(\w+)/;
const LINK_SUFFIX = / pin page$/i;
/** `/user/board/`; the first words of these addresses are the site's own. */
const BOARD_PATH = /^\/(?!pin\/|search\/|ideas\/|settings\/)[^/]+\/([^/_][^/]*)\/?$/;

function read(element: Element): SiteImage | null {
  if (!(element instanceof HTMLImageElement) || element.closest(SELECTORS.leaveAlone)) return null;
  const [, folders, key, extension] = MEDIA.exec(element.src) ?? [];
  const card = element.closest(SELECTORS.card);
  const isPin = card !== null || element.closest(`${SELECTORS.closeup}, ${SELECTORS.missing}, ${SELECTORS.described}`);
  if (folders === undefined || key === undefined || !isPin || isPromoted(card)) return null;
  // A GIF's still is a JPEG in every size but the original.
  const kind = extension === 'gif' ? 'jpg' : (extension ?? 'jpg');
  return {
    img: element,
    holder: linkOf(element),
    mediaKey: `pinterest:${key}`,
    imageUrl: `https://i.pinimg.com/736x/${folders}${key}.${kind}`,
    isVideo: isMoving(element, card),
  };
}

function keyOf(img: Picture): string | null {
  const key = MEDIA.exec(addressOf(img))?.[2];
  return key === undefined ? null : `pinterest:${key}`;
}

function isPromoted(card: Element | null): boolean {
  return card !== null && (card.closest(SELECTORS.promoted) !== null || card.querySelector(SELECTORS.promoted) !== null);
}

/** A GIF shows as a still in the grid; the largest rendition tells. */
function isMoving(img: HTMLImageElement, card: Element | null): boolean {
  return /\.gif\b/.test(img.srcset) || img.closest(SELECTORS.video) !== null || !!card?.querySelector(SELECTORS.video);
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
  const alt = img.getAttribute('alt') ?? '';
  if (placeholders.hasOpening(alt)) return true;
  // Without Pinterest's marker only the viewed pin is certainly a picture worth describing.
  return img.closest(SELECTORS.closeup) !== null && placeholders.has(alt);
}

/** Pinterest marks undescribed pins itself; how its own texts begin is learned for where it does not. */
function learn({ img, mediaKey }: SiteImage, placeholders: Placeholders): boolean {
  const isAutomatic = img.closest(SELECTORS.missing) !== null;
  return isAutomatic && placeholders.observeOpening(img.getAttribute('alt') ?? '', mediaKey);
}

/** The automatic alt stays out of the context: a guess in the prompt would come back as a fact. */
function context({ img, holder }: SiteImage): ImageContext {
  const empty: ImageContext = { site: 'pinterest', text: '', author: '', quoted: '', title: '', extra: boardOf(img) };
  const page = img.closest(SELECTORS.closeup) ? img.closest(SELECTORS.closeupPage) : null;
  if (page) {
    const title = textOf(page.querySelector(SELECTORS.closeupTitle), MAX_NAME);
    return { ...empty, title, text: textOf(page.querySelector(SELECTORS.closeupText)) };
  }
  const card = img.closest(SELECTORS.card);
  const shown = textOf(card?.querySelector(SELECTORS.cardTitle), MAX_NAME);
  return { ...empty, title: shown === '' ? titleOf(holder) : shown };
}

function titleOf(link: Element | null): string {
  return (link?.getAttribute('aria-label') ?? '').replace(LINK_SUFFIX, '').trim();
}

/** "board: Autumn tables": from the page's heading, or else from its address. */
function boardOf(img: Element): string {
  if (!img.closest(SELECTORS.board)) return '';
  const { ownerDocument: page } = img;
  const slug = BOARD_PATH.exec(page.location.pathname)?.[1] ?? '';
  const heading = textOf(page.querySelector(SELECTORS.boardTitle), MAX_NAME);
  const name = heading === '' ? slug.replaceAll('-', ' ') : heading;
  return name === '' ? '' : `board: ${name}`;
}

/** The description comes first, so that it is known at once who speaks; the pin's own label follows. */
function label({ img, holder }: SiteImage, text: string, language: string): Change[] {
  const changes: Change[] = [{ element: img, attribute: 'alt', value: text }];
  if (holder) {
    const own = holder.getAttribute('aria-label') ?? '';
    const stop = /[.!?…。!?]$/u.test(text) ? '' : '.';
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

/** Cards have fixed places in the grid: a caption below one would cover the next. */
function captionPlace({ img }: SiteImage): CaptionPlace {
  const around = img.closest(SELECTORS.pinLink) ?? img;
  return { parent: around.parentElement ?? around, before: around.nextElementSibling, isOver: true, number: 0 };
}

export const pinterest: Site = {
  name: 'pinterest',
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
