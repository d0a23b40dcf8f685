import { beforeEach, expect, it } from 'vitest';
import { findImages, type SiteImage } from '../sites/site';
import { x } from '../sites/x';
import { openFixture } from '../testing/fixture';
import { currentImage } from './current';

let images: SiteImage[];

/** Nothing is laid out in tests, so each picture says where it is. */
function place(image: SiteImage, top: number) {
  image.img.getBoundingClientRect = () => new DOMRect(0, top, 300, 200);
}

function open(name: string) {
  openFixture(name);
  images = findImages(x, document);
  images.forEach((image) => {
    place(image, 10_000);
  });
}

beforeEach(() => {
  open('x/timeline');
});

const current = (origin: Element | null) => currentImage(x, images, origin)?.mediaKey;

it('is the image whose link has the focus', () => {
  expect(current(images[3]!.img.closest('a'))).toBe('x:FOURPHOTOS00003');
});

it('is the first image of the focused post, wherever in the post the focus is', () => {
  const article = document.querySelectorAll('article')[1]!;
  expect(current(article)).toBe('x:FOURPHOTOS00001');
  expect(current(article.querySelector('button'))).toBe('x:FOURPHOTOS00001');
});

it('is the first one in sight when the focus tells nothing', () => {
  place(images[5]!, 100);
  expect(current(document.body)).toBe('x:HUMANALT0000001');
  expect(current(null)).toBe('x:HUMANALT0000001');
});

it('is no image when none is meant or in sight', () => {
  expect(current(document.body)).toBeUndefined();
});

it('is in the lightbox while that is open, though the timeline is in sight too', () => {
  open('x/lightbox');
  place(images[0]!, 0);
  const slide = images.find(({ img }) => img.closest('[aria-modal]'))!;
  place(slide, 0);
  expect(currentImage(x, images, document.querySelector('[aria-label="Close"]'))).toBe(slide);
});
