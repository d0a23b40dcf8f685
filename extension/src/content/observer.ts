/** Notices what the page changes: images scrolled in, re-rendered, recycled or renamed. */

/** Attributes that decide what an image is or what it is called. */
const ATTRIBUTES = ['src', 'alt', 'aria-label', 'role', 'aria-hidden'];

/**
 * Calls `changed` in the same turn as the page's change, before it is painted or exposed to a
 * screen reader, so that a known description is there when a re-mounted node is first seen.
 * Returns a function that stops it.
 */
export function observePage(document: Document, changed: () => void): () => void {
  const observer = new MutationObserver((records) => {
    if (records.some(concernsImages)) changed();
  });
  observer.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ATTRIBUTES });
  return () => {
    observer.disconnect();
  };
}

function concernsImages({ type, target, addedNodes, removedNodes }: MutationRecord): boolean {
  if (type === 'attributes') return target instanceof Element && isOrHasImage(target);
  return [...addedNodes, ...removedNodes].some((node) => node instanceof Element && isOrHasImage(node));
}

function isOrHasImage(element: Element): boolean {
  return element.tagName === 'IMG' || element.querySelector('img') !== null;
}
