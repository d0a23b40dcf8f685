/** The settings page. Every change is saved at once and reaches open pages at once. */

import { send } from '../shared/messages';
import { changeSettings, readSettings, switchSite } from '../shared/settings';
import type { DaemonStatus, SiteName } from '../shared/types';
import { bind, byId, localise, onClick, say } from './elements';
import { saveLines } from './file';
import { showKeys } from './keys';
import { bindLearning } from './learning';
import { describeStatus } from './popup';
import { startStored } from './stored';

const SITES: SiteName[] = ['x', 'pinterest', 'web'];

export async function start(): Promise<void> {
  localise('options_title');
  await bindAll();
  await showKeys();
  onClick('send-unsaved', async () => {
    say(show(await send('sendUnsaved', null)));
  });
  onClick('save-unsaved', async () => {
    saveLines('altd-corrections.jsonl', await send('unsaved', null));
  });
  show(await send('status', null));
  await startStored();
}

/** Returns the sentences it shows; when the page opens they are read in their place, not announced. */
function show(status: DaemonStatus): string {
  byId('unsaved', HTMLElement).hidden = status.unsaved === 0;
  const words = describeStatus(status);
  byId('connection', HTMLElement).textContent = words;
  return words;
}

async function bindAll(): Promise<void> {
  const settings = await readSettings();
  bind('enabled', settings.enabled, (enabled) => changeSettings({ enabled }));
  SITES.forEach((site) => {
    bind(`site-${site}`, settings.sites[site], (on) => switchSite(site, on));
  });
  bind('mark-long', settings.mark === 'long', () => changeSettings({ mark: 'long' }));
  bind('mark-short', settings.mark === 'short', () => changeSettings({ mark: 'short' }));
  bind('length-full', settings.length === 'full', () => changeSettings({ length: 'full' }));
  bind('length-short', settings.length === 'short', () => changeSettings({ length: 'short' }));
  bind('speak', settings.speakFocused, (speakFocused) => changeSettings({ speakFocused }));
  bind('caption', settings.caption, (caption) => changeSettings({ caption }));
  bind('videos', settings.videos, (videos) => changeSettings({ videos }));
  await bindLearning();
}
