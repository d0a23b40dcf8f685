/**
 * What a site module must know. All functions are pure readings of the DOM: nothing here
 * writes, keeps state or sends messages, so each can be tested against a fixture.
 */

import type { ImageContext, SiteName } from '../shared/types';
import type { Placeholders } from './placeholders';

/** What can be described: an image, or the still picture that a video shows before it plays. */
export type Picture = HTMLImageElement | HTMLVideoElement;

/** One picture on the page as it is now; nodes are recycled, so never keep it across tasks. */
export interface SiteImage {
  img: Picture;
  /** The element whose `aria-label` is what a screen reader hears, or null when only the picture's own name is. */
  holder: HTMLElement | null;
  /** `site:key`, from the image URL: the same in a repost, a quote and the lightbox. */
  mediaKey: string;
  /** A rendition large enough for the model, small enough to be quick. */
  imageUrl: string;
  /** Whether it is one picture out of a video or GIF; then it is called that, and described on request only. */
  isVideo: boolean;
}

/** One attribute to write; a null value removes the attribute. */
export interface Change {
  element: Element;
  attribute: string;
  value: string | null;
}

/** Where a visible caption goes. */
export interface CaptionPlace {
  parent: Element;
  /** The node it goes before; null: at the end. */
  before: Element | null;
  /** Over the picture's lower edge, where the page leaves no room below it. */
  isOver: boolean;
  /** Its place among several pictures of the same post, from 1; 0 where there is only one. */
  number: number;
}

export interface Site {
  name: SiteName;
  /** Matches every element that may be a picture of a post; `read` decides. */
  candidates: string;
  /** The picture of a post in this element, with or without a description; null: none of ours. */
  read(element: Element): SiteImage | null;
  /** The media key of the picture this node shows now, or null. */
  keyOf(img: Picture): string | null;
  /** Whether no human described it: missing, a placeholder in any language, or machine-made by the site. */
  isUndescribed(image: SiteImage, placeholders: Placeholders): boolean;
  /** Teaches `placeholders` how the site names an image without a description; true when a word became known. */
  learn(image: SiteImage, placeholders: Placeholders): boolean;
  context(image: SiteImage): ImageContext;
  /** The changes that make `text` heard, given the page's own label. */
  label(image: SiteImage, text: string, language: string): Change[];
  /** The post (card, lightbox slide) an element belongs to; "current image" is looked for inside it. */
  postOf(element: Element): Element | null;
  captionPlace(image: SiteImage): CaptionPlace;
}

/** Every picture of a post at or below `root`, in document order. */
export function findImages(site: Site, root: ParentNode): SiteImage[] {
  return within(root, site.candidates).flatMap((element) => site.read(element) ?? []);
}

/** Matches at or below `root`, in document order. */
export function within(root: ParentNode, selector: string): Element[] {
  const below = [...root.querySelectorAll(selector)];
  return root instanceof Element && root.matches(selector) ? [root, ...below] : below;
}

/** The address of the picture an element shows; empty when it is none. */
export function addressOf(element: Element): string {
  if (element instanceof HTMLImageElement) return element.src;
  return element instanceof HTMLVideoElement ? (element.getAttribute('poster') ?? '') : '';
}

/** What the page itself calls a picture: `alt`, or for a video its `aria-label`; null when absent. */
export function ownName(img: Picture): string | null {
  return img.getAttribute(nameAttribute(img));
}

export function nameAttribute(img: Picture): 'alt' | 'aria-label' {
  return img instanceof HTMLImageElement ? 'alt' : 'aria-label';
}
