/**
 * Descriptions to be seen, for people with low vision. The label already says the same, so a
 * caption is hidden from screen readers; and it takes no clicks, for those are the page's.
 */

import type { CaptionPlace } from '../sites/site';

/** Marks elements of ours, so that they are never read as text of the page, and are found again. */
export const MARK = 'data-altd';
export const OURS = `[${MARK}]`;

const BOX = [
  'all: initial',
  'display: block',
  'box-sizing: border-box',
  'padding: 0.5em 0.75em',
  'border: 2px solid CanvasText',
  'background: Canvas',
  'color: CanvasText',
  'color-scheme: light dark',
  'font: max(1.125rem, 18px)/1.4 system-ui, sans-serif',
  'overflow-wrap: anywhere',
  'pointer-events: none',
].join(';');

/** Over the lower edge of what stands before it, without taking room in the page. */
const OVER = 'position: absolute; inset-inline: 0; bottom: 0; z-index: 1';
const ANCHOR = 'all: initial; display: block; position: relative; height: 0; pointer-events: none';

/** Puts a caption into the page and returns it; to take it back, remove it. */
export function placeCaption({ parent, before, isOver, number }: CaptionPlace, text: string, language: string): Element {
  const box = parent.ownerDocument.createElement('div');
  // Through the object model: the page's policy may forbid the attribute.
  box.style.cssText = isOver ? `${BOX};${OVER}` : BOX;
  box.textContent = number > 0 ? `${number}. ${text}` : text;
  box.dir = 'auto';
  if (language !== '') box.lang = language;
  const outer = isOver ? around(box) : box;
  outer.setAttribute(MARK, 'caption');
  outer.setAttribute('aria-hidden', 'true');
  parent.insertBefore(outer, before);
  return outer;
}

function around(box: HTMLElement): HTMLElement {
  const anchor = box.ownerDocument.createElement('div');
  anchor.style.cssText = ANCHOR;
  anchor.append(box);
  return anchor;
}
