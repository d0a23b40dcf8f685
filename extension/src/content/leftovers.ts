/** What a script leaves in the page if it ends without a word, and how the next one takes it back. */

import type { Change } from '../sites/site';
import { OURS } from './captions';

/**
 * On every element that we wrote to: what we wrote and what stood there. Firefox ends the scripts of
 * an extension that it reloads or updates without a word; the next script takes their labels back by it.
 */
const RECORD = 'data-altd-was';

/** What a record may name; the page could write one too. */
const RECORDED = ['alt', 'aria-label', 'aria-hidden', 'role', 'lang'];

/** A change that was made, with what stood there. */
export type Applied = Change & { before: string | null };

type Line = [attribute: string, value: string | null, before: string | null];

/** Takes back what an earlier script of this extension has left in the page. */
export function removeLeftovers(document: Document): void {
  for (const element of document.querySelectorAll(`[${RECORD}]`)) {
    for (const [attribute, value, before] of readRecord(element)) {
      if (element.getAttribute(attribute) === value) set(element, attribute, before);
    }
    element.removeAttribute(RECORD);
  }
  document.querySelectorAll(OURS).forEach((element) => {
    element.remove();
  });
}

/** The changes, and with each element a record of its own. */
export function withRecords(changes: Applied[]): Applied[] {
  const elements = new Set(changes.map(({ element }) => element));
  const records = [...elements].map((element) => {
    const own = changes.filter((change) => change.element === element);
    const lines = own.map(({ attribute, value, before }): Line => [attribute, value, before]);
    return { element, attribute: RECORD, value: JSON.stringify(lines), before: null };
  });
  return [...changes, ...records];
}

function readRecord(element: Element): Line[] {
  try {
    const lines = JSON.parse(element.getAttribute(RECORD) ?? '') as unknown;
    return Array.isArray(lines) ? lines.filter(isLine) : [];
  } catch {
    return []; // not of our making
  }
}

function isLine(line: unknown): line is Line {
  return Array.isArray(line) && line.length === 3 && RECORDED.includes(line[0] as string);
}

export function set(element: Element, attribute: string, value: string | null): void {
  if (value === null) element.removeAttribute(attribute);
  else element.setAttribute(attribute, value);
}
