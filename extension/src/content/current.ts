/** Which image the user means: the one with the focus, else in the focused post, else the first in sight. */

import type { Site, SiteImage } from '../sites/site';

/** Picks among `candidates`, in document order; null when none of them can be meant. */
export function currentImage(site: Site, candidates: SiteImage[], origin: Element | null): SiteImage | null {
  const focused = origin ? candidates.find(({ img, holder }) => contains(origin, img, holder)) : undefined;
  const post = origin ? site.postOf(origin) : null;
  const inPost = post ? candidates.find(({ img }) => post.contains(img)) : undefined;
  // The focused post is itself an origin that contains images; both rules then agree.
  return focused ?? inPost ?? inFront(candidates).find(isInSight) ?? null;
}

function contains(origin: Element, img: Element, holder: Element | null): boolean {
  // The body has the focus when nothing has; it contains everything and means nothing.
  if (origin === img.ownerDocument.body || origin === img.ownerDocument.documentElement) return false;
  return origin === img || origin === holder || origin.contains(img) || (holder?.contains(origin) ?? false);
}

/** With a lightbox open only its pictures can be seen, though the timeline is still there. */
function inFront(candidates: SiteImage[]): SiteImage[] {
  const inDialog = candidates.filter(({ img }) => img.closest('[aria-modal="true"]') !== null);
  return inDialog.length > 0 ? inDialog : candidates;
}

function isInSight({ img }: SiteImage): boolean {
  const { top, bottom, left, right } = img.getBoundingClientRect();
  return bottom > 0 && right > 0 && top < window.innerHeight && left < window.innerWidth;
}
