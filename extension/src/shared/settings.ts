/**
 * The user's settings. They are in `storage.sync`, which content scripts may read; the token
 * and the outbox are in `storage.local`, which is closed to them (background/vault.ts).
 */

import { browser } from 'wxt/browser';
import type { SiteName } from './types';

export interface Settings {
  enabled: boolean;
  sites: Record<SiteName, boolean>;
  /** `long`: "AI description: …", `short`: "AI: …". Low confidence is always said in words. */
  mark: 'long' | 'short';
  /** `short`: cut at a word after `SHORT_LENGTH` characters; the dialog has all of it. */
  length: 'full' | 'short';
  /** Say a description when it arrives for the post that has the focus. */
  speakFocused: boolean;
  /** Show each description under its image, for people who see a little. */
  caption: boolean;
  /** Describe the still pictures of videos and GIFs too. */
  videos: boolean;
  /** Whether verdicts are stored by the daemon and learned from; only the user switches it on. */
  learning: boolean;
}

export const DEFAULT_SETTINGS: Settings = {
  enabled: true,
  sites: { x: true, pinterest: true, web: true },
  mark: 'long',
  length: 'full',
  speakFocused: false,
  caption: false,
  videos: false,
  learning: false,
};

const KEY = 'settings';

/** Reads the settings; unknown or missing fields fall back to the defaults. */
export async function readSettings(): Promise<Settings> {
  const stored = (await browser.storage.sync.get(KEY))[KEY] as Partial<Settings> | undefined;
  return { ...DEFAULT_SETTINGS, ...stored, sites: { ...DEFAULT_SETTINGS.sites, ...stored?.sites } };
}

export async function changeSettings(change: Partial<Settings>): Promise<void> {
  await browser.storage.sync.set({ [KEY]: { ...(await readSettings()), ...change } });
}

/** Switches one site; the others' switches are read anew, since another page may have changed them meanwhile. */
export async function switchSite(site: SiteName, on: boolean): Promise<void> {
  await changeSettings({ sites: { ...(await readSettings()).sites, [site]: on } });
}

/** Calls `listener` with the new settings after every change, until the returned function is called. */
export function watchSettings(listener: (settings: Settings) => void): () => void {
  const onChanged = (changes: Record<string, unknown>, area: string) => {
    if (area === 'sync' && KEY in changes) void readSettings().then(listener);
  };
  browser.storage.onChanged.addListener(onChanged);
  return () => {
    browser.storage.onChanged.removeListener(onChanged);
  };
}

export function isOn(settings: Settings, site: SiteName): boolean {
  return settings.enabled && settings.sites[site];
}
