/**
 * Work on many elements in short turns, so that a page that brings hundreds of posts at once
 * stays as quick as it was. What fits is done at once, before the page is painted or exposed to a
 * screen reader; the rest when the browser is idle.
 */

/** One turn, in milliseconds: a small part of a frame. */
const TURN_MS = 4;

/** Idle time may never come on a busy page. */
const MAX_DELAY_MS = 100;

export class Slices {
  private readonly waiting = new Set<Element>();
  private isScheduled = false;

  constructor(
    private readonly work: (element: Element) => void,
    /** Called after every turn. */
    private readonly done: () => void,
  ) {}

  add(elements: Iterable<Element>): void {
    for (const element of elements) this.waiting.add(element);
    this.turn();
  }

  clear(): void {
    this.waiting.clear();
  }

  private turn(): void {
    const end = performance.now() + TURN_MS;
    for (const element of this.waiting) {
      this.waiting.delete(element);
      this.work(element);
      if (performance.now() > end) break;
    }
    this.done();
    if (this.waiting.size > 0 && !this.isScheduled) this.schedule();
  }

  private schedule(): void {
    this.isScheduled = true;
    requestIdleCallback(
      () => {
        this.isScheduled = false;
        this.turn();
      },
      { timeout: MAX_DELAY_MS },
    );
  }
}
