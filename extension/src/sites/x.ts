/**
 * X (x.com). What is known about its markup is in the selectors below, nowhere else.
 * A photo's name is written twice by the site, in the img's `alt` and in the surrounding
 * div's `aria-label`; links and posts are named from the div alone.
 */

import type { ImageContext } from '../shared/types';
import type { Placeholders } from './placeholders';
import {
  addressOf,
  nameAttribute,
  ownName,
  type CaptionPlace,
  type Change,
  type Picture,
  type Site,
  type SiteImage,
} from './site';
import { MAX_NAME, findOutside, textAround, textOf } from './text';

/** Each line: what it finds · last confirmed · fixture. */
export const SELECTORS = {
  /** 2026-08 · x/timeline.html */
  post: 'article[data-testid="tweet"]',
  /** 2026-08, also in the multi-photo carousel and in long articles · x/timeline.html, x/post.html, x/carousel.html, x/article.html */
  photo: '[data-testid="tweetPhoto"]',
  image: 'img[src*="pbs.twimg.com/media/"]',
  photoLink: 'a[href*="/photo/"]',
  permalink: 'a[href*="/status/"]',
  text: '[data-testid="tweetText"]',
  author: '[data-testid="User-Name"]',
  handle: 'a[href^="/"]',
  /** 2024, edited capture; has neither tweetPhoto nor a link · x/lightbox.html */
  slide: '[aria-roledescription="carousel"] li[role="listitem"]',
  slidePhoto: '[data-testid="swipe-to-dismiss"] div[aria-label]',
  /** Media tab of a profile; its pictures were seen with and without tweetPhoto · 2024 · x/media.html */
  gridItem: 'section[role="region"] > div[aria-label] > div li',
  /** Stills of videos and GIFs, in three folders · 2026-08 · x/videos.html */
  still: ['ext_tw_video_thumb', 'amplify_video_thumb', 'tweet_video_thumb']
    .flatMap((folder) => [`img[src*="pbs.twimg.com/${folder}/"]`, `video[poster*="pbs.twimg.com/${folder}/"]`])
    .join(', '),
  player: '[data-testid="videoPlayer"], [data-testid="videoComponent"], [data-testid="previewInterstitial"]',
  /** A blocked post in a quote is an article of its own · 2026-08 · x/quote.html, x/post.html */
  quote: 'div[role="link"][tabindex="0"]',
  /** The card's picture is decoration, its text link says where it leads · 2024 · x/timeline.html */
  card: '[data-testid="card.wrapper"]',
  cardLink: '[data-testid="card.wrapper"] a[href]',
  /** Long-form article · 2026 · x/article.html */
  reading: '[data-testid="twitterArticleReadView"]',
  readingBody: '[data-testid="longformRichTextComponent"], [data-testid="twitterArticleRichTextView"]',
  readingPhoto: 'a[href*="/media/"]',
  /** Not confirmed in a capture; without it the article's context has no title · x/article.html */
  readingTitle: '[data-testid="twitter-article-title"]',
  /** A promoted post is inside it; inside a post it means nothing (players have it too) · 2026-08 · x/timeline.html */
  promoted: '[data-testid="placementTracking"]',
  /** Never touched: the user's own draft; card art. · 2026-08 · x/timeline.html, x/post.html */
  leaveAlone:
    '[data-testid="attachments"], [data-testid^="tweetTextarea_"], [data-testid="card.wrapper"], [aria-hidden="true"]',
  /** Private messages; names not confirmed, so their addresses are left alone as well · x/messages.html */
  messages: '[data-testid^="DM"], [data-testid^="Dm"], [data-testid="messageEntry"]',
} as const;

const HIDDEN = '[aria-hidden="true"]';
const MESSAGES_PATH = /^\/(messages|i\/chat)(\/|$)/;

/** Fifteen characters today; the key ends at the query or the extension. */
const MEDIA_KEY = /^https:\/\/pbs\.twimg\.com\/media\/([A-Za-z0-9_-]+)/;
/** A still has its path as key: `amplify_video_thumb/ID/img/NAME.jpg`, `tweet_video_thumb/NAME.jpg`. */
const STILL_KEY = /^https:\/\/pbs\.twimg\.com\/((?:ext_tw|amplify|tweet)_video_thumb\/[A-Za-z0-9_/-]+)/;
const PHOTO_PATH = /\/status\/(\d+)\/photo\/(\d+)/;
const STATUS_PATH = /^\/([A-Za-z0-9_]{1,15})\/status\/(\d+)/;

/** Of a long article, in characters: what stands next to the picture. */
const NEARBY = 400;

function read(element: Element): SiteImage | null {
  const img = element instanceof HTMLImageElement || element instanceof HTMLVideoElement ? element : null;
  const address = img ? addressOf(img) : '';
  const still = STILL_KEY.exec(address)?.[1];
  const key = still ?? MEDIA_KEY.exec(address)?.[1];
  if (!img || key === undefined || isOutOfBounds(img)) return null;
  const holder = holderOf(img);
  if (!holder && still === undefined) return null;
  const path = still ?? `media/${key}`;
  const imageUrl = `https://pbs.twimg.com/${path}?format=jpg&name=medium`;
  return { img, holder, mediaKey: `x:${key}`, imageUrl, isVideo: still !== undefined };
}

function keyOf(img: Picture): string | null {
  const address = addressOf(img);
  const key = STILL_KEY.exec(address)?.[1] ?? MEDIA_KEY.exec(address)?.[1];
  return key === undefined ? null : `x:${key}`;
}

function isOutOfBounds(img: Picture): boolean {
  // Our own label hides the img itself; only what is around it counts.
  if (img.parentElement?.closest(SELECTORS.leaveAlone) || img.closest(SELECTORS.messages)) return true;
  if (MESSAGES_PATH.test(img.ownerDocument.location.pathname)) return true;
  return img.closest(SELECTORS.post)?.closest(SELECTORS.promoted) != null;
}

/** The element with the name that links and posts take over; null: a picture that is not a post's. */
function holderOf(img: Picture): HTMLElement | null {
  const photo = img.closest<HTMLElement>(SELECTORS.photo);
  if (photo) return photo;
  if (img.closest(SELECTORS.slide)) return img.closest<HTMLElement>(SELECTORS.slidePhoto);
  const item = img.closest(SELECTORS.gridItem);
  if (!item) return null;
  const labelled = img.closest<HTMLElement>('div[aria-label]');
  return labelled && item.contains(labelled) ? labelled : img.closest<HTMLElement>('div');
}

function isUndescribed({ img, holder, isVideo }: SiteImage, placeholders: Placeholders): boolean {
  const label = holder?.getAttribute('aria-label') ?? '';
  const name = ownName(img) ?? '';
  // Nobody can describe a video's still on X; what stands there is the site's own "Embedded video".
  if (isVideo) return true;
  // An explicitly empty alt and no name at all is how a page says "decoration".
  if (img.getAttribute('alt') === '' && label === '') return false;
  return placeholders.has(name) && placeholders.has(label);
}

function learn(image: SiteImage, placeholders: Placeholders): boolean {
  const label = image.holder?.getAttribute('aria-label') ?? '';
  // A human description is equal in both places too, so only repetition tells them apart.
  if (image.isVideo || label !== ownName(image.img)) return false;
  return placeholders.observe(label, image.mediaKey, () => context(image).author);
}

/** The post a picture belongs to, and the box in it if it is the quoted post's. */
interface Home {
  article: Element;
  quote: Element | null;
}

/** The post shown with a picture: around it, or for the lightbox the one its address names. */
function homeOf(img: Element): Home | null {
  const around = img.closest(SELECTORS.post);
  if (around) {
    const quote = quoteIn(around);
    return { article: around, quote: quote?.contains(img) ? quote : null };
  }
  const status = PHOTO_PATH.exec(img.ownerDocument.location.pathname)?.[1];
  return img.closest(SELECTORS.slide) && status !== undefined ? homeOfStatus(img.ownerDocument, status) : null;
}

/** A quoted post has no permalink of its own on the page, but its photos name it. */
function homeOfStatus(document: Document, status: string): Home | null {
  let quoted: Home | null = null;
  for (const article of document.querySelectorAll(SELECTORS.post)) {
    const quote = quoteIn(article);
    for (const link of article.querySelectorAll(SELECTORS.permalink)) {
      if (STATUS_PATH.exec(link.getAttribute('href') ?? '')?.[2] !== status) continue;
      if (!quote?.contains(link)) return { article, quote: null };
      quoted ??= { article, quote };
    }
  }
  return quoted;
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
  const reading = image.img.closest(SELECTORS.reading);
  if (reading) return { ...empty, ...articleContext(image, reading) };
  const home = homeOf(image.img);
  if (!home) return { ...empty, author: authorOfLink(image.img) };
  const { article } = home;
  if (home.quote) {
    return { ...empty, text: textOf(home.quote.querySelector(SELECTORS.text)), author: authorIn(home.quote, null) };
  }
  const quote = quoteIn(article);
  const quotedText = quote ? textOf(quote.querySelector(SELECTORS.text)) : '';
  return {
    ...empty,
    text: textOf(findOutside(article, SELECTORS.text, quote)),
    author: authorIn(article, quote),
    quoted: quote && quotedText !== '' ? `${authorIn(quote, null)}: ${quotedText}` : '',
    title: cardTitle(article),
  };
}

/** A long article says most about a picture right before and after it. */
function articleContext({ img }: SiteImage, reading: Element): Partial<ImageContext> {
  const photo = img.closest(SELECTORS.readingPhoto) ?? img;
  return {
    title: textOf(reading.querySelector(SELECTORS.readingTitle), MAX_NAME),
    author: authorIn(img.closest(SELECTORS.post) ?? reading, null),
    text: textAround(photo, img.closest(SELECTORS.readingBody), NEARBY),
  };
}

/** In a profile's media tab there is only the link: `/handle/status/…/photo/1`. */
function authorOfLink(img: Element): string {
  const link = img.closest(SELECTORS.photoLink)?.getAttribute('href') ?? '';
  const handle = STATUS_PATH.exec(link)?.[1];
  return handle === undefined ? '' : `@${handle}`;
}

/** The words of a link card: its picture's link has none. */
function cardTitle(article: Element): string {
  const links = [...article.querySelectorAll(SELECTORS.cardLink)].filter((link) => !link.closest(HIDDEN));
  return links.map((link) => textOf(link, MAX_NAME)).find((title) => title !== '') ?? '';
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
function label({ img, holder, isVideo }: SiteImage, text: string, language: string): Change[] {
  const tongue = (element: Element) => (language === '' ? [] : [{ element, attribute: 'lang', value: language }]);
  const own = { element: img, attribute: nameAttribute(img), value: text };
  // A player is operated: it stays what it is, and only gets the name.
  if (!holder || (isVideo && img.closest(SELECTORS.player))) {
    const named = holder?.hasAttribute('aria-label') ? [{ element: holder, attribute: 'aria-label', value: text }] : [];
    return [...named, own, ...tongue(img)];
  }
  return [
    { element: holder, attribute: 'aria-label', value: text },
    { element: holder, attribute: 'role', value: 'img' },
    ...tongue(holder),
    own,
    { element: img, attribute: 'aria-hidden', value: 'true' },
  ];
}

function postOf(element: Element): Element | null {
  if (element.closest(SELECTORS.reading)) return element.closest(SELECTORS.readingPhoto);
  return element.closest(`${SELECTORS.post}, ${SELECTORS.slide}, ${SELECTORS.gridItem}`);
}

/**
 * At the very end of a post: anything inside the media block is part of the post's name. Where
 * there is no post around, over the picture.
 */
function captionPlace({ img }: SiteImage): CaptionPlace {
  const reading = img.closest(SELECTORS.reading);
  const post = reading ? null : img.closest(SELECTORS.post);
  if (!post) {
    const parent = img.closest(`${SELECTORS.readingPhoto}, ${SELECTORS.slide}, ${SELECTORS.gridItem}`);
    return { parent: parent ?? img.parentElement ?? img, before: null, isOver: true, number: 0 };
  }
  const pictures = [...post.querySelectorAll(CANDIDATES)].filter((element) => read(element) !== null);
  const number = pictures.length > 1 ? pictures.indexOf(img) + 1 : 0;
  return { parent: post, before: null, isOver: false, number };
}

const CANDIDATES = `${SELECTORS.image}, ${SELECTORS.still}`;

export const x: Site = {
  name: 'x',
  candidates: CANDIDATES,
  read,
  keyOf,
  isUndescribed,
  learn,
  context,
  label,
  postOf,
  captionPlace,
};
