/** Text out of a page, as context for a description: plain, in one line, capped. */

/** Longest context field sent, in characters; a post has 280, the rest of a long one adds little. */
const MAX_TEXT = 1000;

/** Longest name sent. */
export const MAX_NAME = 200;

/** What has text nodes but is no text of the page, or is the user's own draft, or ours: added or labelled. */
const NOT_TEXT =
  'script, style, noscript, template, textarea, [contenteditable="true"], [data-altd], img[data-altd-was]';

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
    else if (child.nodeName === 'BR') parts.push(' ');
    else if (!(child instanceof Element) || child.matches(NOT_TEXT)) continue;
    else if (child instanceof HTMLImageElement) parts.push(child.alt);
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

/**
 * The text just before and just after an element, looked for outwards but not beyond `limit`:
 * the nearest on each side, together at most `length` characters.
 */
export function textAround(element: Element, limit: Element | null, length: number): string {
  const half = Math.floor(length / 2);
  const before = nearest(element, limit, 'previousElementSibling');
  const after = nearest(element, limit, 'nextElementSibling');
  return [before.slice(-half).trim(), after.slice(0, half).trim()].filter((text) => text !== '').join(' ');
}

function nearest(
  element: Element,
  limit: Element | null,
  side: 'previousElementSibling' | 'nextElementSibling',
): string {
  for (let at: Element | null = element; at && at !== limit; at = at.parentElement) {
    for (let sibling = at[side]; sibling; sibling = sibling[side]) {
      const text = sibling.matches(NOT_TEXT) ? '' : textOf(sibling);
      if (text !== '') return text;
    }
  }
  return '';
}
