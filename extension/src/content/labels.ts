/**
 * Writes labels into the page and takes them back without a trace.
 *
 * The page owns its nodes: lists recycle them for other pictures, frameworks write the same
 * attributes. So the writer remembers, per image, what stood there and what it wrote; an
 * attribute is restored only while it still holds our value, and a label is written only when
 * the node shows the picture the label was made for.
 */

import type { Site, SiteImage } from '../sites/site';
import { placeCaption } from './captions';
import { set, withRecords, type Applied } from './leftovers';

interface Written {
  mediaKey: string;
  text: string;
  changes: Applied[];
  /** How often the page wrote over us while showing the same picture. */
  overwritten: number;
  /** The same text to be seen, where the user wants that. */
  caption: Element | null;
}

/** After this many rounds the page wins: two writers correcting each other would never end. */
const MAX_REWRITES = 8;

export class LabelWriter {
  private readonly written = new Map<Element, Written>();

  constructor(private readonly site: Site) {}

  /** Whether exactly this stands on the image now. */
  stands(image: SiteImage, text: string, withCaption: boolean): boolean {
    const caption = this.written.get(image.img)?.caption ?? null;
    return this.textOn(image) === text && (caption !== null) === withCaption && caption?.isConnected !== false;
  }

  /** The text we wrote on this image, or null when the page's own label stands. */
  textOn(image: SiteImage): string | null {
    const written = this.written.get(image.img);
    return written?.mediaKey === image.mediaKey && isIntact(written) ? written.text : null;
  }

  /**
   * Puts the page's own label back where ours is stale: the node shows another picture now, or
   * the page has written over us. Call before reading an image's label.
   */
  reconcile(image: SiteImage): void {
    const written = this.written.get(image.img);
    if (!written) return;
    const samePicture = written.mediaKey === image.mediaKey;
    if (samePicture && isIntact(written)) return;
    restore(written);
    if (samePicture) written.overwritten += 1;
    else this.written.delete(image.img);
    written.changes = [];
  }

  /** Writes `text`; returns false when the node moved on to another picture or must be left alone. */
  write(image: SiteImage, text: string, language: string, withCaption = false): boolean {
    if (!image.img.isConnected || this.site.keyOf(image.img) !== image.mediaKey) return false;
    const earlier = this.written.get(image.img);
    if (earlier) restore(earlier);
    const overwritten = earlier?.mediaKey === image.mediaKey ? earlier.overwritten : 0;
    if (overwritten > MAX_REWRITES) return false;
    const changes = withRecords(
      this.site.label(image, text, language).map((change) => ({
        ...change,
        before: change.element.getAttribute(change.attribute),
      })),
    );
    changes.forEach((change) => {
      set(change.element, change.attribute, change.value);
    });
    const caption = withCaption ? placeCaption(this.site.captionPlace(image), text, language) : null;
    this.written.set(image.img, { mediaKey: image.mediaKey, text, changes, overwritten, caption });
    return true;
  }

  /** Takes one label back; also from a node that left, for the page may keep it and show it again. */
  release(img: Element): void {
    const written = this.written.get(img);
    if (written) restore(written);
    this.written.delete(img);
  }

  /** Takes every label back: switched off, or this script is about to end. */
  releaseAll(): void {
    this.written.forEach(restore);
    this.written.clear();
  }
}

function isIntact(written: Written): boolean {
  return (
    written.changes.length > 0 &&
    written.changes.every(({ element, attribute, value }) => element.getAttribute(attribute) === value)
  );
}

function restore(written: Written): void {
  for (const { element, attribute, value, before } of written.changes) {
    if (element.getAttribute(attribute) === value) set(element, attribute, before);
  }
  written.caption?.remove();
  written.caption = null;
}
