/** The toolbar button's popup: what altd does, and the switches for here and everywhere. */

import { browser } from 'wxt/browser';
import { SITE_PATTERNS } from '../shared/hosts';
import { send } from '../shared/messages';
import { changeSettings, readSettings } from '../shared/settings';
import { t } from '../shared/text';
import type { DaemonStatus, SiteName } from '../shared/types';
import { byId, localise, say } from './elements';

export async function start(): Promise<void> {
  localise('popup_title');
  const settings = await readSettings();
  const enabled = byId('enabled', HTMLInputElement);
  enabled.checked = settings.enabled;
  enabled.addEventListener('change', () => void changeSettings({ enabled: enabled.checked }));
  byId('pair', HTMLButtonElement).addEventListener('click', () => void open('/pair.html'));
  byId('options', HTMLButtonElement).addEventListener('click', () => void browser.runtime.openOptionsPage());
  const site = await siteOfTab();
  if (site) showSite(site, settings.sites[site]);
  await showStatus();
}

function showSite(site: SiteName, on: boolean): void {
  const box = byId('site', HTMLInputElement);
  byId('site-label', HTMLElement).textContent = t('popup_site', t(`site_${site}`));
  byId('site-row', HTMLElement).hidden = false;
  box.checked = on;
  box.addEventListener('change', () => void switchSite(site, box.checked));
}

/** Reads the other site's switch anew: the options page may have changed it meanwhile. */
async function switchSite(site: SiteName, on: boolean): Promise<void> {
  const { sites } = await readSettings();
  await changeSettings({ sites: { ...sites, [site]: on } });
}

async function siteOfTab(): Promise<SiteName | undefined> {
  for (const site of Object.keys(SITE_PATTERNS) as SiteName[]) {
    const query = { active: true, currentWindow: true, url: SITE_PATTERNS[site] };
    if ((await browser.tabs.query(query)).length > 0) return site;
  }
  return undefined;
}

async function showStatus(): Promise<void> {
  const status = await send('status', null);
  byId('pair', HTMLButtonElement).hidden = status.state !== 'not_paired';
  say(describeStatus(status));
}

/** One or two sentences about the daemon. */
export function describeStatus({ state, model, generation, waiting, unsaved }: DaemonStatus): string {
  return [
    t(`state_${state}`),
    ...(model === '' ? [] : [t('state_model', model, generation)]),
    ...(waiting === 0 ? [] : [t('state_waiting', waiting)]),
    ...(unsaved === 0 ? [] : [t('state_unsaved', unsaved)]),
  ].join(' ');
}

async function open(page: '/pair.html'): Promise<void> {
  await browser.tabs.create({ url: browser.runtime.getURL(page) });
  window.close();
}
