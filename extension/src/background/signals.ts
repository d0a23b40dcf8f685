/** The toolbar button's badge: empty while all is well, "!" with a sentence while it is not. */

import { browser } from 'wxt/browser';
import { t } from '../shared/text';
import type { ProblemKind } from '../shared/types';
import { readUnsaved } from './unsaved';

/** Problems of the daemon as a whole; those of one picture are not the button's business. */
const SHOWN = [
  'not_paired',
  'unreachable',
  'loading',
  'busy',
  'model_failed',
  'out_of_memory',
  'disk',
  'remote_unreachable',
  'remote_busy',
  'remote_refused',
  'remote_failed',
  'mismatch',
] as const;

/** The daemon answers. What it could not save stays on the button until the user has seen to it. */
export async function noteAnswer(): Promise<void> {
  const { length } = await readUnsaved();
  if (length === 0) await show('', t('popup_title'));
  else await show('!', `${t('popup_title')}: ${t('state_unsaved', length)}`);
}

export async function noteProblem(kind: ProblemKind): Promise<void> {
  const shown = SHOWN.find((name) => name === kind);
  if (shown) await show('!', `${t('popup_title')}: ${t(`problem_${shown}`)}`);
}

async function show(badge: string, title: string): Promise<void> {
  await browser.action.setBadgeText({ text: badge });
  await browser.action.setTitle({ title });
}
