/**
 * Verdicts that the daemon failed over again and again. They no longer hold up the others, but a
 * click is not thrown away: the settings page sends them again or writes them into a file.
 */

import { browser } from 'wxt/browser';
import type { UnsavedVerdict } from '../shared/types';

const KEY = 'unsaved';

export async function readUnsaved(): Promise<UnsavedVerdict[]> {
  return ((await browser.storage.local.get(KEY))[KEY] as UnsavedVerdict[] | undefined) ?? [];
}

export async function putAside(verdict: UnsavedVerdict): Promise<void> {
  await browser.storage.local.set({ [KEY]: [...(await readUnsaved()), verdict] });
}

/** Empties the list and returns what was in it. */
export async function takeUnsaved(): Promise<UnsavedVerdict[]> {
  const all = await readUnsaved();
  await browser.storage.local.remove(KEY);
  return all;
}
