/**
 * The page as a set of images and their labels. `visit` is idempotent: it reads an element as it
 * is and brings its label in line with what is known. Nothing is written to a node on the strength
 * of an earlier reading, so an answer that arrives late cannot land on a recycled node.
 */

import type { Settings } from '../shared/settings';
import { t } from '../shared/text';
import type { Entry, ImageRequest, Priority } from '../shared/types';
import { labelLanguage, labelText, type Wording } from '../shared/wording';
import { Placeholders } from '../sites/placeholders';
import { findImages, within, type Site, type SiteImage } from '../sites/site';
import { LabelWriter } from './labels';
import { Recent } from './recent';

const FALLBACK_LANGUAGE = 'en';

/** Entries kept on the page, about 2 kB each; the background remembers more. */
const MAX_ENTRIES = 500;

/** What of the settings shows on a page. */
export type PageSettings = Wording & Pick<Settings, 'caption' | 'videos'>;

export class Page {
  readonly entries = new Recent<Entry>(MAX_ENTRIES);
  /** Pictures the user is waiting for: their label says that something is coming. */
  readonly pending = new Set<string>();
  private readonly writer: LabelWriter;
  private readonly placeholders: Placeholders;
  /** Undescribed pictures that are on the page, both ways; nodes that leave it leave these. */
  private readonly places = new Map<string, Set<Element>>();
  private readonly keys = new Map<Element, string>();

  constructor(
    private readonly site: Site,
    private readonly document: Document,
    public settings: PageSettings,
    /** Called when the page has taught a word: what was judged before must be judged again. */
    private readonly learned: () => void = () => undefined,
  ) {
    this.writer = new LabelWriter(site);
    this.placeholders = new Placeholders(document.documentElement.lang);
  }

  /** Everything that may be a picture, at or below `root`. */
  candidates(root: ParentNode = this.document): Element[] {
    return within(root, this.site.candidates);
  }

  /** The nodes that show an undescribed picture, as far as visited. */
  placesOf(mediaKey: string): Element[] {
    return [...(this.places.get(mediaKey) ?? [])];
  }

  /** Labels what can be labelled; returns the image if it is undescribed and nothing is known about it. */
  visit(element: Element): SiteImage | null {
    const image = element.isConnected ? this.site.read(element) : null;
    if (!image || !this.isOurs(image)) {
      this.leave(element);
      return null;
    }
    this.remember(image);
    const entry = this.entries.get(image.mediaKey);
    if (entry) this.put(image, this.wordsFor(image, entry), labelLanguage(entry, this.language), this.settings.caption);
    else this.put(image, this.pending.has(image.mediaKey) ? t('label_pending', t('image')) : null, '', false);
    return entry ? null : image;
  }

  /** The node is gone, or shows nothing of ours any more. */
  leave(element: Element): void {
    this.writer.release(element);
    this.forgetPlace(element);
  }

  /** The images no human described, with the page's own labels brought back where ours were stale. */
  undescribed(root: ParentNode = this.document): SiteImage[] {
    return findImages(this.site, root).filter((image) => this.isOurs(image));
  }

  /** The images that carry a description of ours. */
  described(): SiteImage[] {
    return this.undescribed().filter((image) => {
      const entry = this.entries.get(image.mediaKey);
      return entry !== undefined && labelText(entry, this.settings) !== null;
    });
  }

  /** The images that were asked about, also where nothing could be said. */
  answered(): SiteImage[] {
    return this.undescribed().filter(({ mediaKey }) => this.entries.has(mediaKey));
  }

  /** What to send for a picture that is on the page now, or null when it has left. */
  request(mediaKey: string, priority: Priority): ImageRequest | null {
    const images = this.placesOf(mediaKey).map((element) => this.site.read(element));
    const image = images.find((candidate) => candidate?.mediaKey === mediaKey);
    if (!image) return null;
    const { imageUrl } = image;
    return { mediaKey, imageUrl, context: this.site.context(image), language: this.language, priority };
  }

  /** Gives the page back as it was. */
  restore(): void {
    this.writer.releaseAll();
    this.pending.clear();
    this.places.clear();
    this.keys.clear();
  }

  private isOurs(image: SiteImage): boolean {
    if (image.isVideo && !this.settings.videos) return false;
    this.writer.reconcile(image);
    if (this.writer.textOn(image) !== null) return true;
    if (this.site.learn(image, this.placeholders)) this.learned();
    return this.site.isUndescribed(image, this.placeholders);
  }

  private remember({ img, mediaKey }: SiteImage): void {
    if (this.keys.get(img) === mediaKey) return;
    this.forgetPlace(img);
    this.keys.set(img, mediaKey);
    const places = this.places.get(mediaKey) ?? new Set();
    this.places.set(mediaKey, places.add(img));
  }

  private forgetPlace(element: Element): void {
    const mediaKey = this.keys.get(element);
    if (mediaKey === undefined) return;
    this.keys.delete(element);
    const places = this.places.get(mediaKey);
    places?.delete(element);
    if (places?.size === 0) this.places.delete(mediaKey);
  }

  private wordsFor({ isVideo }: SiteImage, entry: Entry): string | null {
    const { description } = entry;
    if (!isVideo || description.text === '') return labelText(entry, this.settings);
    const text = t('video_still', description.text);
    return labelText({ ...entry, description: { ...description, text } }, this.settings);
  }

  private put(image: SiteImage, text: string | null, language: string, withCaption: boolean): void {
    if (text === null) this.writer.release(image.img);
    else if (!this.writer.stands(image, text, withCaption)) this.writer.write(image, text, language, withCaption);
  }

  /** A language tag the daemon takes; pages also have none, or forms of their own. */
  private get language(): string {
    const tag = this.document.documentElement.lang.replaceAll('_', '-');
    return /^[A-Za-z0-9-]{1,35}$/.test(tag) ? tag : FALLBACK_LANGUAGE;
  }
}
