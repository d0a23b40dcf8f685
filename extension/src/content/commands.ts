/** What the user asks for by key or menu, about the current image, with a spoken answer. */

import type { CommandName, Sender } from '../shared/messages';
import { t } from '../shared/text';
import type { Entry } from '../shared/types';
import { waitForDescription } from '../shared/wait';
import type { Site } from '../sites/site';
import type { Announcer } from './announcer';
import { currentImage } from './current';
import type { Labeller } from './labeller';
import { labelText } from '../shared/wording';

const SAID = {
  saved: 'say_good',
  kept: 'say_kept',
  unstored: 'say_good_unstored',
  refused: 'say_refused',
  unknown: 'say_no_image',
} as const;

export class Commands {
  constructor(
    private readonly site: Site,
    private readonly labeller: Labeller,
    private readonly announcer: Announcer,
    private readonly send: Sender,
  ) {}

  /** Runs one command; `origin` is the element it is about (focused, or under the menu). */
  async run(command: CommandName, origin: Element | null): Promise<void> {
    if (!this.labeller.isOn) return;
    const words = await this[command](origin).catch(() => t('problem_failed'));
    if (words !== null) this.announcer.say(words);
  }

  /** Says that it is at work before it asks: a known answer comes at once and must have the last word. */
  private describe(origin: Element | null): Promise<string | null> {
    const image = currentImage(this.site, this.labeller.page.undescribed(), origin);
    if (!image) return Promise.resolve(t('say_nothing_to_describe'));
    const entry = this.labeller.page.entries.get(image.mediaKey);
    if (entry) return Promise.resolve(this.words(entry));
    this.announcer.say(t('say_describing'));
    this.labeller.ask(image);
    return Promise.resolve(null);
  }

  private async accept(origin: Element | null): Promise<string> {
    const mediaKey = this.describedImage(origin);
    if (mediaKey === null) return t('say_no_image');
    const { result } = await this.send('verdict', { mediaKey, kind: 'accept' });
    return t(SAID[result]);
  }

  /** A rejection asks for another candidate at once: better for the reader, and a real pair to learn from. */
  private async reject(origin: Element | null): Promise<string> {
    const mediaKey = this.describedImage(origin);
    if (mediaKey === null) return t('say_no_image');
    const before = this.labeller.page.entries.get(mediaKey)?.description.id;
    const { result } = await this.send('verdict', { mediaKey, kind: 'reject' });
    if (result !== 'saved' && result !== 'unstored') return t(SAID[result]);
    this.announcer.say(t('say_rejected'));
    const final = await waitForDescription(this.send, await this.send('alternative', { mediaKey }));
    if (final.state === 'problem') return t(`problem_${final.problem.kind}`);
    this.labeller.learn(final.entry);
    return final.entry.description.id === before ? t('say_no_other') : this.words(final.entry);
  }

  /**
   * Silent when it works: the window that opens speaks for itself. It also opens where nothing
   * could be said, for the user's own words.
   */
  private async dialog(origin: Element | null): Promise<string | null> {
    const image = currentImage(this.site, this.labeller.page.answered(), origin);
    if (!image) return t('say_no_image');
    await this.send('openDialog', { mediaKey: image.mediaKey });
    return null;
  }

  /** Takes the newest verdict on the current image back. */
  private async undo(origin: Element | null): Promise<string> {
    const image = currentImage(this.site, this.labeller.page.answered(), origin);
    if (!image) return t('say_no_image');
    const { undone } = await this.send('undo', { mediaKey: image.mediaKey });
    return t(undone ? 'dialog_undone' : 'dialog_nothing_to_undo');
  }

  private async status(): Promise<string> {
    const { state } = await this.send('status', null);
    return t(`state_${state}`);
  }

  private describedImage(origin: Element | null): string | null {
    return currentImage(this.site, this.labeller.page.described(), origin)?.mediaKey ?? null;
  }

  private words(entry: Entry): string {
    return labelText(entry, this.labeller.wording) ?? t('say_no_description');
  }
}
