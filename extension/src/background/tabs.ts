/** Reaching the pages: notices to content scripts, and starting them in tabs that were open before. */

import { browser } from 'wxt/browser';
import { SITE_PATTERNS } from '../shared/hosts';
import type { Notice } from '../shared/messages';
import type { FixedSite } from '../shared/types';
import { allowedWebsites } from './allowed';
import { readEntry } from './entries';

const SITES = Object.keys(SITE_PATTERNS) as FixedSite[];

export async function notifyAll(notice: Notice): Promise<void> {
  const url = [...SITES.flatMap((site) => SITE_PATTERNS[site]), ...(await allowedWebsites())];
  const tabs = await browser.tabs.query({ url });
  await Promise.all(tabs.map(({ id }) => notify(id, notice)));
}

/** A tab without our script (still loading, or an error page) is no error. */
export async function notify(tabId: number | undefined, notice: Notice): Promise<void> {
  if (tabId !== undefined) await browser.tabs.sendMessage(tabId, notice).catch(() => undefined);
}

/** Tells every tab what is known about an image now. */
export async function publish(mediaKey: string): Promise<void> {
  const entry = await readEntry(mediaKey);
  await notifyAll(entry ? { notice: 'entry', entry } : { notice: 'forgotten', mediaKey });
}

/**
 * After an installation or update Chromium leaves open tabs without a working script; the user
 * would have to know that they must reload. Firefox starts scripts in open tabs itself.
 */
export async function startInOpenTabs(): Promise<void> {
  for (const site of SITES) {
    const tabs = await browser.tabs.query({ url: SITE_PATTERNS[site] });
    await Promise.all(tabs.map(({ id }) => start(id, site)));
  }
}

async function start(tabId: number | undefined, site: FixedSite): Promise<void> {
  if (tabId === undefined) return;
  const files = [`/content-scripts/${site}.js` as const];
  // A tab may show an error page in place of the site; there is nothing to describe there.
  await browser.scripting.executeScript({ target: { tabId }, files }).catch(() => undefined);
}
