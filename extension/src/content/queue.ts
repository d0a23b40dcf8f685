/**
 * Which image is described next. A page holds hundreds of images and one model answers one
 * at a time, so: what has the focus first, then what is visible, then one screen ahead; at most
 * two in flight, so that a new focus never waits behind a long line.
 */

import type { Priority } from '../shared/types';

const ORDER: Priority[] = ['focused', 'visible', 'ahead'];

export const MAX_IN_FLIGHT = 2;

interface Item {
  priority: Priority;
  /** Order of arrival among equals. */
  turn: number;
}

/** Describes one image; never rejects, stops early when the signal fires. True: try it again later. */
export type Run = (mediaKey: string, priority: Priority, signal: AbortSignal) => Promise<boolean>;

export class DescribeQueue {
  private readonly waiting = new Map<string, Item>();
  private readonly running = new Map<string, AbortController>();
  private turn = 0;
  private paused = false;

  constructor(private readonly run: Run) {}

  /** Asks for an image, or moves it forward; never backward. An image in flight is left alone. */
  add(mediaKey: string, priority: Priority): void {
    // One that is being aborted may already be wanted again: the reader scrolled back.
    if (this.running.get(mediaKey)?.signal.aborted === false) return;
    const item = this.waiting.get(mediaKey);
    if (!item) this.waiting.set(mediaKey, { priority, turn: this.turn++ });
    else if (rank(priority) < rank(item.priority)) item.priority = priority;
    this.start();
  }

  /** The image left the look-ahead zone or the page. */
  drop(mediaKey: string): void {
    this.waiting.delete(mediaKey);
    this.running.get(mediaKey)?.abort();
  }

  get isPaused(): boolean {
    return this.paused;
  }

  clear(): void {
    this.waiting.clear();
    this.running.forEach((controller) => {
      controller.abort();
    });
  }

  /** Nothing new is started (the daemon is away); what waits keeps its place. */
  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.start();
  }

  private start(): void {
    while (!this.paused && this.running.size < MAX_IN_FLIGHT) {
      const next = this.next();
      if (!next) return;
      const [mediaKey, { priority }] = next;
      this.waiting.delete(mediaKey);
      const controller = new AbortController();
      this.running.set(mediaKey, controller);
      void this.run(mediaKey, priority, controller.signal).then((again) => {
        this.running.delete(mediaKey);
        if (again) this.add(mediaKey, priority);
        this.start();
      });
    }
  }

  private next(): [string, Item] | undefined {
    return [...this.waiting]
      .filter(([mediaKey]) => !this.running.has(mediaKey))
      .sort(([, a], [, b]) => rank(a.priority) - rank(b.priority) || a.turn - b.turn)[0];
  }
}

function rank(priority: Priority): number {
  return ORDER.indexOf(priority);
}
