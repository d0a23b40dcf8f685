import { beforeEach, expect, it, vi } from 'vitest';
import { findImages, type SiteImage } from '../sites/site';
import { x } from '../sites/x';
import { openFixture } from '../testing/fixture';
import { Zones } from './zones';

/** Nothing is laid out in tests: the two observers are told what they see. */
const observers: {
  margin: string;
  see: (img: Element, isIntersecting: boolean, side?: number) => void;
  observe: ReturnType<typeof vi.fn>;
}[] = [];

class StubObserver {
  constructor(callback: (changes: unknown[]) => void, options: IntersectionObserverInit = {}) {
    const see = (target: Element, isIntersecting: boolean, side = 200) => {
      callback([{ target, isIntersecting, boundingClientRect: new DOMRect(0, 0, side, side) }]);
    };
    observers.push({ margin: options.rootMargin ?? '', see, observe: this.observe });
  }
  observe = vi.fn();
  unobserve = vi.fn();
}

const again = (img: Element) => observers.map(({ observe }) => observe.mock.calls.filter(([seen]) => seen === img).length);

let zones: Zones;
let images: SiteImage[];
let told: string[];

beforeEach(() => {
  observers.length = 0;
  vi.stubGlobal('IntersectionObserver', StubObserver);
  openFixture('x/timeline');
  images = findImages(x, document);
  told = [];
  const tell = (zone: string) => (key: string) => void told.push(`${zone} ${key}`);
  zones = new Zones(x, { visible: tell('visible'), ahead: tell('ahead'), gone: tell('gone') });
  images.forEach(({ img, mediaKey }) => {
    zones.observe(img, mediaKey);
  });
});

const near = (index: number, isNear: boolean, side?: number) => {
  observers.find(({ margin }) => margin !== '')!.see(images[index]!.img, isNear, side);
};

it('is told of what is on screen before what is merely near', () => {
  expect(observers.map(({ margin }) => margin !== '')).toEqual([false, true]);
});

it('measures a picture again once it is loaded, for it may have been tiny before', () => {
  const img = document.createElement('img');
  Object.defineProperty(img, 'complete', { value: false });
  zones.observe(img, 'x:LATE');
  expect(again(img)).toEqual([1, 1]);
  img.dispatchEvent(new Event('load'));
  expect(again(img)).toEqual([2, 2]);
});

it('looks one screen ahead, and says when a picture has left', () => {
  near(1, true);
  near(1, false);
  expect(told).toEqual(['ahead x:FOURPHOTOS00001', 'gone x:FOURPHOTOS00001']);
});

it('does not call a picture gone that was never near, or that is near in another place', () => {
  near(0, true);
  near(6, false); // the repost of the same picture, far below
  expect(told).toEqual(['ahead x:ONEPHOTO0000001']);
  near(6, true);
  near(0, false);
  expect(told).not.toContain('gone x:ONEPHOTO0000001');
});

it('says that a picture is gone when its node leaves the page', () => {
  near(1, true);
  images[1]!.img.remove();
  zones.forget(images[1]!.img);
  expect(told.at(-1)).toBe('gone x:FOURPHOTOS00001');
});

it('does not report a node that shows another picture by now', () => {
  images[1]!.img.setAttribute('src', 'https://pbs.twimg.com/media/ANOTHER00000001?format=jpg&name=small');
  near(1, true);
  expect(told).toEqual([]);
});

it('passes over what is too small to be content', () => {
  near(1, true, 16);
  expect(told).toEqual([]);
});
