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
    try {
      await this[command](origin);
    } catch {
      this.announcer.say(t('problem_failed'));
    }
  }

  private async describe(origin: Element | null): Promise<void> {
    const image = currentImage(this.site, this.labeller.page.undescribed(), origin);
    if (!image) return this.announcer.say(t('say_nothing_to_describe'));
    const entry = this.labeller.page.entries.get(image.mediaKey);
    if (entry) return this.announcer.say(this.words(entry));
    this.announcer.say(t('say_describing'));
    this.labeller.ask(image.mediaKey);
    return Promise.resolve();
  }

  private async accept(origin: Element | null): Promise<void> {
    const mediaKey = this.describedImage(origin);
    if (mediaKey === null) return;
    const { result } = await this.send('verdict', { mediaKey, kind: 'accept' });
    this.announcer.say(t(result === 'saved' ? 'say_good' : 'say_kept'));
  }

  /** A rejection asks for another candidate at once: better for the reader, and a real pair to learn from. */
  private async reject(origin: Element | null): Promise<void> {
    const mediaKey = this.describedImage(origin);
    if (mediaKey === null) return;
    const before = this.labeller.page.entries.get(mediaKey)?.description.id;
    const { result } = await this.send('verdict', { mediaKey, kind: 'reject' });
    if (result !== 'saved') return this.announcer.say(t('say_kept'));
    this.announcer.say(t('say_rejected'));
    const final = await waitForDescription(this.send, await this.send('alternative', { mediaKey }));
    if (final.state === 'problem') return this.announcer.say(t(`problem_${final.problem.kind}`));
    this.labeller.learn(final.entry);
    const isNew = final.entry.description.id !== before;
    this.announcer.say(isNew ? this.words(final.entry) : t('say_no_other'));
  }

  private async dialog(origin: Element | null): Promise<void> {
    const mediaKey = this.describedImage(origin);
    if (mediaKey !== null) await this.send('openDialog', { mediaKey });
  }

  private describedImage(origin: Element | null): string | null {
    const image = currentImage(this.site, this.labeller.page.described(this.labeller.mark), origin);
    if (!image) this.announcer.say(t('say_no_image'));
    return image?.mediaKey ?? null;
  }

  private words(entry: Entry): string {
    return labelText(entry, this.labeller.mark) ?? t('say_no_description');
  }
}
