import { createMenus, listenForActions } from '../background/actions';
import { listenForMessages } from '../background/router';
import { flush, retryOnAlarm } from '../background/outbox';
import { startInOpenTabs } from '../background/tabs';
import { listenForPermissions, registerWebsites } from '../background/websites';
import { closeVault, readPairing } from '../background/vault';
import { browser } from 'wxt/browser';
import { defineBackground } from 'wxt/utils/define-background';

export default defineBackground({
  type: 'module',
  // A worker is started by events and is told of them only if it listens in its first turn.
  main() {
    listenForMessages();
    listenForActions();
    retryOnAlarm();
    listenForPermissions();
    browser.runtime.onInstalled.addListener(({ reason }) => void installed(reason));
    void closeVault();
    void flush();
  },
});

async function installed(reason: string): Promise<void> {
  await createMenus();
  await registerWebsites();
  if (!import.meta.env.FIREFOX) await startInOpenTabs();
  const { token } = await readPairing();
  if (reason === 'install' && token === null) {
    await browser.tabs.create({ url: browser.runtime.getURL('/pair.html') });
  }
}
