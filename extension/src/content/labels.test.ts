import { beforeEach, describe, expect, it } from 'vitest';
import { pinterest } from '../sites/pinterest';
import { findImages, type SiteImage } from '../sites/site';
import { x } from '../sites/x';
import { openFixture } from '../testing/fixture';
import { LabelWriter } from './labels';

let writer: LabelWriter;
let before: string;

function first(): SiteImage {
  return findImages(x, document)[0]!;
}

function show(image: SiteImage, key: string): void {
  image.img.setAttribute('src', `https://pbs.twimg.com/media/${key}?format=jpg&name=small`);
}

beforeEach(() => {
  openFixture('x/timeline');
  before = document.body.innerHTML;
  writer = new LabelWriter(x);
});

it('writes both names and takes the img out of the accessibility tree', () => {
  const image = first();
  expect(writer.write(image, 'AI description: bread', '')).toBe(true);
  expect(image.holder?.getAttribute('aria-label')).toBe('AI description: bread');
  expect(image.holder?.getAttribute('role')).toBe('img');
  expect(image.img.getAttribute('alt')).toBe('AI description: bread');
  expect(image.img.getAttribute('aria-hidden')).toBe('true');
  expect(writer.textOn(image)).toBe('AI description: bread');
});

it('restores the page to the letter, also after a second text', () => {
  writer.write(first(), 'one', 'de');
  writer.write(first(), 'two', '');
  writer.releaseAll();
  expect(document.body.innerHTML).toBe(before);
});

it('restores a Pinterest page to the letter, also a missing alt', () => {
  openFixture('pinterest/grid', '/');
  const original = document.body.innerHTML;
  const pins = new LabelWriter(pinterest);
  for (const image of findImages(pinterest, document)) pins.write(image, 'AI description: x', 'en');
  expect(document.body.innerHTML).not.toBe(original);
  pins.releaseAll();
  expect(document.body.innerHTML).toBe(original);
});

describe('recycled nodes', () => {
  it('refuses a text that was made for the picture shown before', () => {
    const image = first();
    show(image, 'ANOTHER00000001');
    expect(writer.write(image, 'late', '')).toBe(false);
    expect(image.img.getAttribute('alt')).toBe('Image');
  });

  it('takes its text off when the node shows another picture', () => {
    const image = first();
    writer.write(image, 'bread', '');
    show(image, 'ANOTHER00000001');
    writer.reconcile(first());
    expect(image.holder?.getAttribute('aria-label')).toBe('Image');
    expect(image.holder?.hasAttribute('role')).toBe(false);
    expect(image.img.hasAttribute('aria-hidden')).toBe(false);
  });

  it('gives a node that left the page back as it was', () => {
    const image = first();
    writer.write(image, 'bread', '');
    image.holder!.remove();
    writer.release(image.img);
    expect(image.img.getAttribute('alt')).toBe('Image');
  });
});

describe('a page that writes the same attributes', () => {
  it('keeps what the page wrote, and takes the rest off', () => {
    const image = first();
    writer.write(image, 'bread', '');
    image.holder!.setAttribute('aria-label', 'Sourdough, cut open');
    image.img.setAttribute('alt', 'Sourdough, cut open');
    writer.reconcile(image);
    expect(writer.textOn(image)).toBeNull();
    writer.releaseAll();
    expect(image.img.getAttribute('alt')).toBe('Sourdough, cut open');
    expect(image.holder?.hasAttribute('role')).toBe(false);
  });

  it('gives in after some rounds', () => {
    const image = first();
    let rounds = 0;
    while (writer.write(image, 'bread', '') && rounds < 100) {
      image.img.setAttribute('alt', 'Image');
      writer.reconcile(image);
      rounds += 1;
    }
    expect(rounds).toBeLessThan(20);
  });
});
