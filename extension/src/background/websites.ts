/**
 * Sites beside X and Pinterest, which the user allowed one by one. Each has an optional permission
 * of its own; the list of them is ours, for a permission may also be for the pictures of a site.
 */

import { browser } from 'wxt/browser';
import { SITE_PATTERNS } from '../shared/hosts';
import { allowedWebsites, saveAllowed } from './allowed';
import { notify } from './tabs';

const WANTED = 'wanted-website';
const SCRIPT_ID = 'web';
const SCRIPT = '/content-scripts/web.js';

/** Pictures of a page are looked at only this far for the hosts they come from. */
const MAX_HOSTS = 8;

/** What the popup needs to offer the page in a tab; null where there is nothing to offer. */
export interface Offer {
  /** Match pattern of the site. */
  site: string;
  /** The site and the hosts of its pictures, to be asked for in one question. */
  origins: string[];
  isAllowed: boolean;
}

/** Reads the tab's address and where its pictures come from; the popup's opening permits both. */
export async function offerFor(tab: { id?: number | undefined; url?: string | undefined }): Promise<Offer | null> {
  const url = tab.url !== undefined && URL.canParse(tab.url) ? new URL(tab.url) : null;
  if (tab.id === undefined || url?.protocol !== 'https:') return null;
  const results = await browser.scripting.executeScript({ target: { tabId: tab.id }, func: pictureHosts, args: [MAX_HOSTS] });
  const hosts = new Set([url.host, ...(results[0]?.result ?? [])]);
  const site = patternOf(url.host);
  return { site, origins: [...hosts].map(patternOf), isAllowed: (await allowedWebsites()).includes(site) };
}

/** Runs in the page: everything it needs is inside. */
function pictureHosts(limit: number): string[] {
  const urls = [...document.querySelectorAll('img:not([alt])')].map((img) => (img as HTMLImageElement).src);
  const hosts = urls.filter((url) => url.startsWith('https:')).map((url) => new URL(url).host);
  return [...new Set(hosts)].slice(0, limit);
}

/**
 * To be called right before the browser is asked: its question may close the popup, and then only
 * the background is there to go on.
 */
export async function wantWebsite(offer: Offer, tabId: number): Promise<void> {
  await browser.storage.session.set({ [WANTED]: { offer, tabId } });
}

/** Goes on where the popup was closed by the question; to be called in the first turn of the worker. */
export function listenForPermissions(): void {
  browser.permissions.onAdded.addListener(() => void goOn());
}

async function goOn(): Promise<void> {
  const { [WANTED]: wanted } = await browser.storage.session.get(WANTED);
  if (wanted === undefined) return;
  await browser.storage.session.remove(WANTED);
  const { offer, tabId } = wanted as { offer: Offer; tabId: number };
  if (await browser.permissions.contains({ origins: [offer.site] })) await allowWebsite(offer, tabId);
}

/** To be called after the browser has granted `offer.origins`, which it asks only in answer to a click. */
export async function allowWebsite({ site }: Offer, tabId: number): Promise<void> {
  await store([...new Set([...(await allowedWebsites()), site])]);
  await browser.scripting.executeScript({ target: { tabId }, files: [SCRIPT] });
}

/** Stops there at once and gives the permission back. */
export async function forbidWebsite({ site }: Offer, tabId: number): Promise<void> {
  await notify(tabId, { notice: 'leave' });
  await store((await allowedWebsites()).filter((other) => other !== site));
  await browser.permissions.remove({ origins: [site] });
}

async function store(sites: string[]): Promise<void> {
  await saveAllowed(sites);
  await registerWebsites();
}

/** Starts the generic script on every allowed site from its next load on; also after an update. */
export async function registerWebsites(): Promise<void> {
  const sites = await allowedWebsites();
  const known = await browser.scripting.getRegisteredContentScripts({ ids: [SCRIPT_ID] });
  if (known.length > 0) await browser.scripting.unregisterContentScripts({ ids: [SCRIPT_ID] });
  if (sites.length === 0) return;
  await browser.scripting.registerContentScripts([
    {
      id: SCRIPT_ID,
      js: [SCRIPT],
      matches: sites,
      // They have their own scripts.
      excludeMatches: Object.values(SITE_PATTERNS).flat(),
      runAt: 'document_end',
    },
  ]);
}

function patternOf(host: string): string {
  return `https://${host}/*`;
}
