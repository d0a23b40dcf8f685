/** Which other sites the user allowed. The browser's own list does not say: a permission may be for pictures only. */

import { browser } from 'wxt/browser';

const KEY = 'websites';

/** Match patterns of the sites that the user allowed and that the browser still permits. */
export async function allowedWebsites(): Promise<string[]> {
  const stored = ((await browser.storage.local.get(KEY))[KEY] as string[] | undefined) ?? [];
  const permitted = await Promise.all(stored.map((site) => browser.permissions.contains({ origins: [site] })));
  return stored.filter((_, index) => permitted[index]);
}

export async function saveAllowed(sites: string[]): Promise<void> {
  await browser.storage.local.set({ [KEY]: sites });
}
