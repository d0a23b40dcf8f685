/** The toolbar button's popup: what altd does, and the switches for here and everywhere. */

import { browser, type Browser } from 'wxt/browser';
import { allowWebsite, forbidWebsite, offerFor, wantWebsite, type Offer } from '../background/websites';
import { SITE_PATTERNS } from '../shared/hosts';
import { send } from '../shared/messages';
import { changeSettings, readSettings, switchSite } from '../shared/settings';
import { t } from '../shared/text';
import type { DaemonStatus, FixedSite } from '../shared/types';
import { bind, byId, localise, onClick, say } from './elements';

export async function start(): Promise<void> {
  localise('popup_title');
  const settings = await readSettings();
  bind('enabled', settings.enabled, (enabled) => changeSettings({ enabled }));
  onClick('pair', () => open('/pair.html'));
  onClick('options', () => browser.runtime.openOptionsPage());
  const site = await siteOfTab();
  if (site) showSite(site, settings.sites[site]);
  else await showWebsite();
  await showStatus();
}

function showSite(site: FixedSite, on: boolean): void {
  byId('site-label', HTMLElement).textContent = t('popup_site', t(`site_${site}`));
  byId('site-row', HTMLElement).hidden = false;
  bind('site', on, (value) => switchSite(site, value));
}

async function siteOfTab(): Promise<FixedSite | undefined> {
  for (const site of Object.keys(SITE_PATTERNS) as FixedSite[]) {
    const query = { active: true, currentWindow: true, url: SITE_PATTERNS[site] };
    if ((await browser.tabs.query(query)).length > 0) return site;
  }
  return undefined;
}

/** Any other site is described only after the user has allowed it here, in answer to the browser's question. */
async function showWebsite(): Promise<void> {
  const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
  // The browser's own pages, and the stores, let nobody look.
  const offer = tab ? await offerFor(tab).catch(() => null) : null;
  if (!offer || tab?.id === undefined) return;
  const { id } = tab;
  const button = byId('website', HTMLButtonElement);
  button.textContent = t(offer.isAllowed ? 'popup_web_stop' : 'popup_web_start', hostOf(tab));
  button.hidden = false;
  onClick('website', () => (offer.isAllowed ? forbid(offer, id) : allow(offer, id)));
}

function hostOf({ url }: Browser.tabs.Tab): string {
  return url === undefined ? '' : new URL(url).host;
}

/** The question must be asked in the very turn of the click. */
async function allow(offer: Offer, tabId: number): Promise<void> {
  void wantWebsite(offer, tabId); // the question may close this popup
  const granted = await browser.permissions.request({ origins: offer.origins });
  if (granted) await allowWebsite(offer, tabId);
  say(t(granted ? 'popup_web_started' : 'access_refused'));
}

async function forbid(offer: Offer, tabId: number): Promise<void> {
  await forbidWebsite(offer, tabId);
  say(t('popup_web_stopped'));
}

async function showStatus(): Promise<void> {
  const status = await send('status', null);
  byId('pair', HTMLButtonElement).hidden = status.state !== 'not_paired';
  say(describeStatus(status));
}

/** A few sentences about the daemon. */
export function describeStatus({ state, model, generation, remoteHost, waiting, unsaved }: DaemonStatus): string {
  return [
    t(`state_${state}`),
    ...(model === '' ? [] : [generation === '' ? t('state_model_only', model) : t('state_model', model, generation)]),
    ...(remoteHost === '' ? [] : [t('state_remote', remoteHost)]),
    ...(waiting === 0 ? [] : [t('state_waiting', waiting)]),
    ...(unsaved === 0 ? [] : [t('state_unsaved', unsaved)]),
  ].join(' ');
}

async function open(page: '/pair.html'): Promise<void> {
  await browser.tabs.create({ url: browser.runtime.getURL(page) });
  window.close();
}
