/** Notices what the page changes: images scrolled in, re-rendered, recycled or renamed. */

import { within } from '../sites/site';

/** Attributes that decide what an image is or what it is called. */
const ATTRIBUTES = ['src', 'srcset', 'poster', 'alt', 'aria-label', 'role', 'aria-hidden'];

export interface PageListener {
  /** Elements that may be pictures of ours and are new, changed or moved. */
  changed(elements: Set<Element>): void;
  /** Elements that were taken out; one that was moved is also in `changed`. */
  removed(elements: Set<Element>): void;
}

export interface PageObserver {
  stop(): void;
  /** Drops what was noticed since the last turn; to be called after writing, for it is our own doing. */
  forgetOwn(): void;
}

/**
 * One observer for the whole page. The listener is called in the same turn as the page's change,
 * before it is painted or exposed to a screen reader, so that a known description is there when
 * a re-mounted node is first seen. `candidates` matches what may be a picture.
 */
export function observePage(document: Document, candidates: string, listener: PageListener): PageObserver {
  const observer = new MutationObserver((records) => {
    const changed = new Set<Element>();
    const removed = new Set<Element>();
    for (const record of records) {
      if (record.type === 'attributes') note(record.target, candidates, changed);
      record.addedNodes.forEach((node) => {
        note(node, candidates, changed);
      });
      record.removedNodes.forEach((node) => {
        note(node, candidates, removed);
      });
    }
    if (removed.size > 0) listener.removed(removed);
    if (changed.size > 0) listener.changed(changed);
  });
  observer.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ATTRIBUTES });
  return {
    stop: () => {
      observer.disconnect();
    },
    forgetOwn: () => void observer.takeRecords(),
  };
}

/** An image counts even when it is no candidate any more: our label may still be on it. */
function note(node: Node, candidates: string, into: Set<Element>): void {
  if (node instanceof HTMLImageElement || node instanceof HTMLVideoElement) into.add(node);
  else if (node instanceof Element) for (const element of within(node, candidates)) into.add(element);
}
