/**
 * The page's one live region. It says what the user asked for and nothing else: a region per
 * image, or one that reports every finished image, drowns a timeline.
 */

const HIDDEN =
  'position:absolute;width:1px;height:1px;margin:-1px;padding:0;border:0;overflow:hidden;clip-path:inset(50%);white-space:nowrap';

/** Long enough for every reader to pick the text up; then it must not be found by arrow keys. */
const CLEAR_AFTER_MS = 8000;

export class Announcer {
  private readonly region: HTMLElement;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Creates the empty region; a region inserted together with its text is not announced. */
  constructor(document: Document) {
    this.region = document.createElement('div');
    this.region.setAttribute('role', 'status');
    this.region.setAttribute('aria-live', 'polite');
    this.region.setAttribute('style', HIDDEN);
    document.body.append(this.region);
  }

  say(text: string): void {
    clearTimeout(this.timer);
    // The same text twice is no change and would be silent.
    this.region.textContent = this.region.textContent === text ? `${text}\u00a0` : text;
    this.timer = setTimeout(() => {
      this.region.textContent = '';
    }, CLEAR_AFTER_MS);
  }

  remove(): void {
    clearTimeout(this.timer);
    this.region.remove();
  }
}
