/** Where images are relative to the window: on screen, up to a screen away, or gone. */

import type { Picture, Site } from '../sites/site';

/** One more window height above and below is described before the reader gets there. */
const LOOK_AHEAD = '100% 0px';

export interface ZoneListener {
  visible(mediaKey: string): void;
  ahead(mediaKey: string): void;
  gone(mediaKey: string): void;
}

/** Smaller than this is an icon or a tracking pixel, in CSS pixels. */
const MIN_SIDE = 50;

interface Watched {
  /** The picture the node showed when it was observed; a recycled node must report again. */
  mediaKey: string;
  isNear: boolean;
}

export class Zones {
  private readonly watched = new Map<Element, Watched>();
  /** In how many places near the window a picture is: repost, quote, lightbox. */
  private readonly nearby = new Map<string, number>();
  private readonly near: IntersectionObserver;
  private readonly seen: IntersectionObserver;

  constructor(
    private readonly site: Site,
    private readonly listener: ZoneListener,
  ) {
    // Created first, so told first: what is on screen must not be queued as merely ahead.
    this.seen = new IntersectionObserver((changes) => {
      changes.forEach(({ target, isIntersecting, boundingClientRect }) => {
        const mediaKey = this.keyOf(target);
        if (mediaKey !== null && isIntersecting && !isTiny(boundingClientRect)) this.listener.visible(mediaKey);
      });
    });
    this.near = new IntersectionObserver(
      (changes) => {
        changes.forEach(({ target, isIntersecting, boundingClientRect }) => {
          this.reportNear(target, isIntersecting && !isTiny(boundingClientRect));
        });
      },
      { rootMargin: LOOK_AHEAD },
    );
  }

  observe(img: Picture, mediaKey: string): void {
    if (this.watched.get(img)?.mediaKey === mediaKey) return;
    this.forget(img);
    this.watched.set(img, { mediaKey, isNear: false });
    this.near.observe(img);
    this.seen.observe(img);
    // Before it is loaded a picture may be tiny; an observer is silent when it merely grows in its place.
    if (img instanceof HTMLImageElement && !img.complete) img.addEventListener('load', () => { this.measureAgain(img); }, { once: true });
  }

  private measureAgain(img: Picture): void {
    if (!this.watched.has(img)) return;
    for (const observer of [this.near, this.seen]) {
      observer.unobserve(img);
      observer.observe(img);
    }
  }

  clear(): void {
    for (const [img] of this.watched) this.forget(img);
  }

  /** The node left the page, or what it shows is known by now. */
  forget(img: Element): void {
    const watched = this.watched.get(img);
    if (!watched) return;
    this.watched.delete(img);
    this.near.unobserve(img);
    this.seen.unobserve(img);
    if (watched.isNear) this.reportFar(watched.mediaKey);
  }

  private reportNear(img: Element, isNear: boolean): void {
    const mediaKey = this.keyOf(img);
    const watched = this.watched.get(img);
    if (mediaKey === null || !watched) return;
    if (watched.isNear === isNear) return;
    watched.isNear = isNear;
    if (isNear) {
      this.nearby.set(mediaKey, (this.nearby.get(mediaKey) ?? 0) + 1);
      this.listener.ahead(mediaKey);
    } else {
      this.reportFar(mediaKey);
    }
  }

  /** Gone only when no other place shows it. */
  private reportFar(mediaKey: string): void {
    const left = (this.nearby.get(mediaKey) ?? 1) - 1;
    if (left > 0) {
      this.nearby.set(mediaKey, left);
      return;
    }
    this.nearby.delete(mediaKey);
    this.listener.gone(mediaKey);
  }

  /** The picture a watched node shows, or null when it moved on to another one. */
  private keyOf(img: Element): string | null {
    const mediaKey = this.watched.get(img)?.mediaKey ?? null;
    return mediaKey !== null && this.site.keyOf(img as Picture) === mediaKey ? mediaKey : null;
  }
}

/** The observer measures anyway; asking an image for its size on every change would cost a layout. */
function isTiny({ width, height }: DOMRectReadOnly): boolean {
  return width < MIN_SIDE || height < MIN_SIDE;
}
