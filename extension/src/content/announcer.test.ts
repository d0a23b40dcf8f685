import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Announcer } from './announcer';

let announcer: Announcer;
const region = () => document.querySelector('[aria-live]')!;

beforeEach(() => {
  document.body.textContent = '';
  announcer = new Announcer(document);
});

afterEach(() => {
  announcer.remove();
  vi.useRealTimers();
});

function focusOn(html: Record<string, string>, tag = 'div'): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(html)) element.setAttribute(name, value);
  element.tabIndex = 0;
  document.body.append(element);
  element.focus();
  element.dispatchEvent(new FocusEvent('focusin', { bubbles: true }));
  return element;
}

it('has one polite region, empty from the start, and takes it along', () => {
  expect(document.querySelectorAll('[aria-live]')).toHaveLength(1);
  expect(region().getAttribute('aria-live')).toBe('polite');
  expect(region().textContent).toBe('');
  announcer.remove();
  expect(document.querySelector('[aria-live]')).toBeNull();
});

it('has no role that is read out where it is empty', () => {
  expect(region().getAttribute('role')).toBeNull();
  expect(region().getAttribute('aria-live')).toBe('polite');
});

it('is empty again after a while, so that arrow keys do not find it', () => {
  vi.useFakeTimers();
  announcer.say('Saved as good.');
  vi.advanceTimersByTime(10_000);
  expect(region().textContent).toBe('');
});

it('is a change even when the same is said twice', () => {
  announcer.say('Saved as good.');
  const first = region().textContent;
  announcer.say('Saved as good.');
  expect(region().textContent).not.toBe(first);
});

it.each([
  ['textarea', {}],
  ['input', { type: 'text' }],
  ['div', { contenteditable: 'true', role: 'textbox' }],
])('holds what was not asked for while the user types in a %s', (tag, attributes) => {
  focusOn(attributes, tag);
  announcer.mention('altd is not running.');
  announcer.mention('altd is running again.');
  expect(region().textContent).toBe('');
  focusOn({}, 'button');
  expect(region().textContent).toBe('altd is running again.');
});

it('says at once what was asked for, also while typing', () => {
  focusOn({}, 'textarea');
  announcer.say('Saved as good.');
  expect(region().textContent).toBe('Saved as good.');
});

it('speaks inside an open modal dialog, after the region has been seen there empty', () => {
  vi.useFakeTimers();
  const dialog = focusOn({ role: 'dialog', 'aria-modal': 'true' });
  announcer.say('Saved as good.');
  expect(dialog.contains(region())).toBe(true);
  expect(region().textContent).toBe('');
  vi.advanceTimersByTime(200);
  expect(region().textContent).toBe('Saved as good.');
});

it('never moves the focus', () => {
  const button = focusOn({}, 'button');
  announcer.say('Saved as good.');
  expect(document.activeElement).toBe(button);
});
