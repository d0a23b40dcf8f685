/**
 * The page's one live region. It says what the user asked for and nothing else: a region per
 * image, or one that reports every finished image, drowns a timeline.
 */

import { MARK } from './captions';

const HIDDEN =
  'position:absolute;width:1px;height:1px;margin:-1px;padding:0;border:0;overflow:hidden;clip-path:inset(50%);white-space:nowrap;pointer-events:none';

/** Long enough for every reader to pick the text up; then it must not be found by arrow keys. */
const CLEAR_AFTER_MS = 8000;

/** A region that was just put somewhere is announced only once the reader has seen it empty. */
const SETTLE_MS = 100;

/** Where keys make text; nothing that was not asked for is said over it. */
const TYPING =
  'input:not([type="checkbox"], [type="radio"], [type="button"], [type="submit"], [type="range"]), ' +
  'textarea, [contenteditable=""], [contenteditable="true"], [role="textbox"]';

export class Announcer {
  private readonly region: HTMLElement;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** What is to be said when the user has stopped typing; a newer one replaces it. */
  private held: string | null = null;

  /**
   * Creates the empty region; a region inserted together with its text is not announced. It has no role:
   * Orca says "statusbar" at an empty `role=status` at the end of every page (heard, Orca 43).
   */
  constructor(private readonly document: Document) {
    this.region = document.createElement('div');
    this.region.setAttribute('aria-live', 'polite');
    this.region.setAttribute('aria-atomic', 'true');
    this.region.setAttribute(MARK, 'said');
    // Through the object model: the page's policy may forbid the attribute.
    this.region.style.cssText = HIDDEN;
    document.body.append(this.region);
    document.addEventListener('focusin', this.onFocus);
  }

  /** Says what the user asked for. */
  say(text: string): void {
    clearTimeout(this.timer);
    const host = this.host();
    if (this.region.parentNode === host) {
      this.put(text);
      return;
    }
    this.region.textContent = '';
    host.append(this.region);
    this.timer = setTimeout(() => {
      this.put(text);
    }, SETTLE_MS);
  }

  /** Says what the user should know but did not ask for: not while they type. */
  mention(text: string): void {
    if (this.isTyping()) this.held = text;
    else this.say(text);
  }

  remove(): void {
    clearTimeout(this.timer);
    this.document.removeEventListener('focusin', this.onFocus);
    this.region.remove();
  }

  /** Outside an open modal dialog a region may be silent. */
  private host(): Element {
    const { activeElement, body } = this.document;
    return activeElement?.closest('[aria-modal="true"]') ?? body;
  }

  private put(text: string): void {
    // The same text twice is no change and would be silent.
    this.region.textContent = this.region.textContent === text ? `${text}\u00a0` : text;
    this.timer = setTimeout(() => {
      this.region.textContent = '';
    }, CLEAR_AFTER_MS);
  }

  private isTyping(): boolean {
    return this.document.activeElement?.closest(TYPING) != null;
  }

  private readonly onFocus = (): void => {
    const { held } = this;
    if (held === null || this.isTyping()) return;
    this.held = null;
    this.say(held);
  };
}
