/**
 * What a site module must know. All functions are pure readings of the DOM: nothing here
 * writes, keeps state or sends messages, so each can be tested against a fixture.
 */

import type { ImageContext, SiteName } from '../shared/types';
import type { Placeholders } from './placeholders';

/** One picture on the page as it is now; nodes are recycled, so never keep it across tasks. */
export interface SiteImage {
  img: HTMLImageElement;
  /** The element whose `aria-label` is what a screen reader hears, or null when only `alt` is. */
  holder: HTMLElement | null;
  /** `site:key`, from the image URL: the same in a repost, a quote and the lightbox. */
  mediaKey: string;
  /** A rendition large enough for the model, small enough to be quick. */
  imageUrl: string;
}

/** One attribute to write; a null value removes the attribute. */
export interface Change {
  element: Element;
  attribute: string;
  value: string | null;
}

export interface Site {
  name: SiteName;
  /** Every picture of a post below `root`, with or without a description, in document order. */
  findImages(root: ParentNode): SiteImage[];
  /** The media key of the picture this node shows now, or null. */
  keyOf(img: HTMLImageElement): string | null;
  /** Whether no human described it: missing, a placeholder in any language, or machine-made by the site. */
  isUndescribed(image: SiteImage, placeholders: Placeholders): boolean;
  /** Teaches `placeholders` what the site calls an image without a description. */
  learn(image: SiteImage, placeholders: Placeholders): void;
  context(image: SiteImage): ImageContext;
  /** The changes that make `text` heard, given the page's own label. */
  label(image: SiteImage, text: string, language: string): Change[];
  /** The post (card, lightbox slide) an element belongs to; "current image" is looked for inside it. */
  postOf(element: Element): Element | null;
}

/** Longest context field sent, in characters; a post has 280, the rest of a long one adds little. */
const MAX_TEXT = 1000;

/** Longest name sent. */
export const MAX_NAME = 200;

/** Visible text of an element with emoji images as their alt, spaces joined, length capped. */
export function textOf(element: Element | null | undefined, limit = MAX_TEXT): string {
  if (!element) return '';
  const parts: string[] = [];
  collect(element, parts);
  return parts.join('').replace(/\s+/g, ' ').trim().slice(0, limit);
}

function collect(node: Node, parts: string[]): void {
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) parts.push(child.nodeValue ?? '');
    else if (child instanceof HTMLImageElement) parts.push(child.alt);
    else if (child.nodeName === 'BR') parts.push(' ');
    else collect(child, parts);
  }
}

/** First match inside `scope` which is not inside `excluded`. */
export function findOutside(scope: Element, selector: string, excluded: Element | null): Element | null {
  for (const element of scope.querySelectorAll(selector)) {
    if (!excluded?.contains(element)) return element;
  }
  return null;
}
