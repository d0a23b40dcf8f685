/** Where images are relative to the window: on screen, up to a screen away, or gone. */

import type { Site } from '../sites/site';

/** One more window height above and below is described before the reader gets there. */
const LOOK_AHEAD = '100% 0px';

export interface ZoneListener {
  visible(mediaKey: string): void;
  ahead(mediaKey: string): void;
  gone(mediaKey: string): void;
}

export class Zones {
  /** The picture each node showed when it was observed; a recycled node must report again. */
  private readonly observed = new Map<HTMLImageElement, string>();
  private readonly near: IntersectionObserver;
  private readonly seen: IntersectionObserver;

  constructor(
    private readonly site: Site,
    private readonly listener: ZoneListener,
  ) {
    this.near = new IntersectionObserver(
      (changes) => {
        changes.forEach((change) => {
          this.report(change, change.isIntersecting ? 'ahead' : 'gone');
        });
      },
      { rootMargin: LOOK_AHEAD },
    );
    this.seen = new IntersectionObserver((changes) => {
      changes.forEach((change) => {
        if (change.isIntersecting) this.report(change, 'visible');
      });
    });
  }

  observe(img: HTMLImageElement, mediaKey: string): void {
    if (this.observed.get(img) === mediaKey) return;
    this.unobserve(img);
    this.observed.set(img, mediaKey);
    this.near.observe(img);
    this.seen.observe(img);
  }

  /** Stops watching nodes that left the page and reports their pictures as gone. */
  sweep(): void {
    for (const [img] of this.observed) if (!img.isConnected) this.unobserve(img);
  }

  unobserve(img: HTMLImageElement): void {
    const mediaKey = this.observed.get(img);
    if (mediaKey === undefined) return;
    this.observed.delete(img);
    this.near.unobserve(img);
    this.seen.unobserve(img);
    // The same picture may be on the page twice: repost, quote, lightbox.
    if (![...this.observed.values()].includes(mediaKey)) this.listener.gone(mediaKey);
  }

  clear(): void {
    for (const [img] of this.observed) this.unobserve(img);
  }

  private report({ target }: IntersectionObserverEntry, zone: keyof ZoneListener): void {
    const mediaKey = this.observed.get(target as HTMLImageElement);
    if (mediaKey !== undefined && mediaKey === this.site.keyOf(target as HTMLImageElement)) {
      this.listener[zone](mediaKey);
    }
  }
}
