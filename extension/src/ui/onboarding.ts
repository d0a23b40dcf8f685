/** The set-up page: pairing, access to the sites, a first description, learning, keys. Only the first is needed. */

import { browser } from 'wxt/browser';
import { REQUIRED_ORIGINS } from '../shared/hosts';
import { send } from '../shared/messages';
import { readSettings } from '../shared/settings';
import { t } from '../shared/text';
import { waitForDescription } from '../shared/wait';
import { labelText } from '../shared/wording';
import { byId, localise, onClick, say } from './elements';
import { showKeys } from './keys';
import { bindLearning } from './learning';
import { start as startPairing } from './pair';

export async function start(): Promise<void> {
  localise('pair_title');
  byId('picture', HTMLImageElement).alt = t('trial_alt');
  onClick('allow', allow);
  onClick('try', tryOut);
  await Promise.all([showAccess(), bindLearning(), showKeys()]);
  await startPairing();
}

/** Firefox lets the user take host permissions back, and never asks for those an update adds. */
async function showAccess(): Promise<boolean> {
  const given = await browser.permissions.contains({ origins: REQUIRED_ORIGINS });
  byId('access', HTMLElement).textContent = t(given ? 'access_given' : 'access_missing');
  byId('allow', HTMLButtonElement).hidden = given;
  return given;
}

async function allow(): Promise<void> {
  await browser.permissions.request({ origins: REQUIRED_ORIGINS });
  say(t((await showAccess()) ? 'access_given' : 'access_refused'));
}

async function tryOut(): Promise<void> {
  say(t('say_describing'));
  const final = await waitForDescription(send, await send('trial', null));
  const words =
    final.state === 'problem'
      ? t(`problem_${final.problem.kind}`)
      : (labelText(final.entry, await readSettings()) ?? t('trial_nothing'));
  const answer = byId('answer', HTMLElement);
  answer.textContent = words;
  answer.hidden = false;
  say(words);
}
