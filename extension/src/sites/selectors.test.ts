/** A selector that no fixture shows is a guess; so is one whose fixture has lost what it was for. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openFixture } from '../testing/fixture';
import { SELECTORS as PINTEREST } from './pinterest';
import { SELECTORS as X } from './x';

/** The alternatives of a selector, each with its name; none of ours has a comma of another kind. */
function alternatives(selectors: Record<string, string>): [name: string, selector: string][] {
  return Object.entries(selectors).flatMap(([name, all]) => all.split(', ').map((one): [string, string] => [name, one]));
}

describe.each([
  ['x', X],
  ['pinterest', PINTEREST],
] as const)('%s', (site, selectors) => {
  const shown = new Set<string>();
  for (const name of readdirSync(`fixtures/${site}`)) {
    openFixture(`${site}/${name.replace('.html', '')}`);
    for (const [, selector] of alternatives(selectors)) if (document.querySelector(selector)) shown.add(selector);
  }

  it.each(alternatives(selectors))('%s: %s is in a fixture', (_, selector) => {
    expect(shown).toContain(selector);
  });
});
