/**
 * The page as a set of images and their labels. `refresh` is idempotent: it reads the page as
 * it is and brings every label in line with what is known. It never acts on a node found
 * earlier, so an answer that arrives late cannot land on a recycled node.
 */

import type { Settings } from '../shared/settings';
import { t } from '../shared/text';
import type { Entry, ImageRequest, Priority } from '../shared/types';
import { Placeholders } from '../sites/placeholders';
import type { Site, SiteImage } from '../sites/site';
import { LabelWriter } from './labels';
import { labelLanguage, labelText } from '../shared/wording';

const FALLBACK_LANGUAGE = 'en';

export class Page {
  readonly entries = new Map<string, Entry>();
  /** Pictures the user is waiting for: their label says that something is coming. */
  readonly pending = new Set<string>();
  private readonly writer: LabelWriter;
  private readonly placeholders: Placeholders;

  constructor(
    private readonly site: Site,
    private readonly document: Document,
  ) {
    this.writer = new LabelWriter(site);
    this.placeholders = new Placeholders(document.documentElement.lang);
  }

  /** Labels what can be labelled and returns the undescribed images that nothing is known about. */
  refresh(mark: Settings['mark']): SiteImage[] {
    this.writer.sweep();
    return this.undescribed().filter((image) => {
      const entry = this.entries.get(image.mediaKey);
      if (entry) this.put(image, labelText(entry, mark), labelLanguage(entry, this.language));
      else this.put(image, this.pending.has(image.mediaKey) ? t('label_pending', t('image')) : null, '');
      return !entry;
    });
  }

  /** The images no human described, with the page's own labels brought back where ours were stale. */
  undescribed(): SiteImage[] {
    const images = this.site.findImages(this.document);
    // All are read before one is judged: a word is learned from many pictures.
    for (const image of images) {
      this.writer.reconcile(image);
      if (this.writer.textOn(image) === null) this.site.learn(image, this.placeholders);
    }
    return images.filter(
      (image) => this.writer.textOn(image) !== null || this.site.isUndescribed(image, this.placeholders),
    );
  }

  /** The images that carry a description of ours. */
  described(mark: Settings['mark']): SiteImage[] {
    return this.undescribed().filter((image) => {
      const entry = this.entries.get(image.mediaKey);
      return entry !== undefined && labelText(entry, mark) !== null;
    });
  }

  /** The images that were asked about, also where nothing could be said. */
  answered(): SiteImage[] {
    return this.undescribed().filter(({ mediaKey }) => this.entries.has(mediaKey));
  }

  /** What to send for a picture that is on the page now, or null when it has left. */
  request(mediaKey: string, priority: Priority): ImageRequest | null {
    const image = this.undescribed().find((candidate) => candidate.mediaKey === mediaKey);
    if (!image) return null;
    const { imageUrl } = image;
    return { mediaKey, imageUrl, context: this.site.context(image), language: this.language, priority };
  }

  /** Gives the page back as it was. */
  restore(): void {
    this.writer.releaseAll();
    this.pending.clear();
  }

  private put(image: SiteImage, text: string | null, language: string): void {
    if (text === null) this.writer.release(image);
    else if (this.writer.textOn(image) !== text) this.writer.write(image, text, language);
  }

  /** A language tag the daemon takes; pages also have none, or forms of their own. */
  private get language(): string {
    const tag = this.document.documentElement.lang.replaceAll('_', '-');
    return /^[A-Za-z0-9-]{1,35}$/.test(tag) ? tag : FALLBACK_LANGUAGE;
  }
}
