// @vitest-environment node
import { beforeEach, expect, it, vi } from 'vitest';
import { fakeBrowser } from 'wxt/testing';
import { allowedWebsites } from './allowed';
import { allowWebsite, forbidWebsite, listenForPermissions, offerFor, registerWebsites, wantWebsite } from './websites';

const SITE = 'https://news.example/*';
const OFFER = { site: SITE, origins: [SITE, 'https://pics.example/*'], isAllowed: false };

let permitted: Set<string>;
let registered: { matches?: string[]; excludeMatches?: string[] }[];
let started: number[];
let granted: () => void;

/** The in-memory browser has neither permissions nor scripts; these behave as documented. */
beforeEach(() => {
  permitted = new Set(OFFER.origins);
  registered = [];
  started = [];
  const contains = ({ origins }: { origins: string[] }) => Promise.resolve(origins.every((origin) => permitted.has(origin)));
  const remove = ({ origins }: { origins: string[] }) => Promise.resolve(origins.map((origin) => permitted.delete(origin)));
  const onAdded = { addListener: (listener: () => void) => void (granted = listener) };
  Object.assign(fakeBrowser, {
    permissions: { contains, remove, onAdded },
    scripting: {
      getRegisteredContentScripts: () => Promise.resolve(registered),
      unregisterContentScripts: () => Promise.resolve(void (registered = [])),
      registerContentScripts: (scripts: typeof registered) => Promise.resolve(void registered.push(...scripts)),
      executeScript: ({ target, func }: { target: { tabId: number }; func?: unknown }) => {
        if (func === undefined) started.push(target.tabId);
        return Promise.resolve([{ result: ['pics.example'] }]);
      },
    },
  });
});

it('offers a site together with the hosts of its pictures, but nothing but https', async () => {
  expect(await offerFor({ id: 1, url: 'https://news.example/today' })).toEqual(OFFER);
  expect(await offerFor({ id: 1, url: 'http://127.0.0.1:11436/' })).toBeNull();
  expect(await offerFor({ id: 1, url: 'chrome://settings/' })).toBeNull();
});

it('starts at once, registers for later, and never on sites that have a script of their own', async () => {
  await allowWebsite(OFFER, 1);
  await registerWebsites();
  expect(started).toEqual([1]);
  expect(registered).toHaveLength(1);
  expect(registered[0]?.matches).toEqual([SITE]);
  expect(registered[0]?.excludeMatches).toContain('https://x.com/*');
});

it('gives the site and the permission back', async () => {
  await allowWebsite(OFFER, 1);
  const told = vi.spyOn(fakeBrowser.tabs, 'sendMessage').mockResolvedValue(undefined);
  await forbidWebsite(OFFER, 1);
  expect(told).toHaveBeenCalledWith(1, { notice: 'leave' });
  expect(await allowedWebsites()).toEqual([]);
  expect(registered).toEqual([]);
  expect(permitted.has(SITE)).toBe(false);
});

it('counts no site whose permission the user took back in the browser', async () => {
  await allowWebsite(OFFER, 1);
  permitted.clear();
  expect(await allowedWebsites()).toEqual([]);
});

it('goes on when the question has closed the popup', async () => {
  listenForPermissions();
  await wantWebsite(OFFER, 7);
  granted();
  await vi.waitFor(() => {
    expect(started).toEqual([7]);
  });
});
