/** Starts everything on one page; each content script is one call of this. */

import { browser } from 'wxt/browser';
import type { ContentScriptContext } from 'wxt/utils/content-script-context';
import { isNotice, send, type Notice, type Sender } from '../shared/messages';
import { readSettings, watchSettings } from '../shared/settings';
import type { Site } from '../sites/site';
import { Announcer } from './announcer';
import { Commands } from './commands';
import { Labeller } from './labeller';
import { removeLeftovers } from './leftovers';

/** How often a script asks whether its extension still exists. */
const ALIVE_EVERY_MS = 5000;

export async function start(site: Site, context: ContentScriptContext): Promise<void> {
  const settings = await readSettings();
  removeLeftovers(document);
  const announcer = new Announcer(document);
  const sender = endingWith(context);
  const labeller = new Labeller(site, document, settings, announcer, sender);
  const commands = new Commands(site, labeller, announcer, sender);
  let menuTarget: Element | null = null;

  const onNotice = (message: unknown) => {
    if (!isNotice(message)) return;
    if (message.notice === 'entry') labeller.learn(message.entry);
    else if (message.notice === 'forgotten') labeller.forget(message.mediaKey);
    else if (message.notice === 'available') labeller.available();
    else if (message.notice === 'leave') leave();
    else void commands.run(message.command, origin(message, menuTarget));
  };
  /** For good: this page's script only ends when the page does. */
  const leave = () => {
    stopWatching();
    labeller.apply({ ...settings, enabled: false });
  };
  browser.runtime.onMessage.addListener(onNotice);
  const stopWatching = watchSettings((changed) => {
    labeller.apply(changed);
  });
  // A script that outlived its extension finds out by asking; that ends it, see below.
  context.setInterval(() => context.isValid, ALIVE_EVERY_MS);
  context.addEventListener(document, 'focusin', ({ target }) => {
    if (target instanceof Element && context.isValid) labeller.focusOn(target);
  });
  context.addEventListener(document, 'contextmenu', ({ target }) => {
    menuTarget = target instanceof Element ? target : null;
  }, { capture: true });

  // Updated, removed or replaced by a newer script: leave the page as it was.
  context.onInvalidated(() => {
    labeller.apply({ ...settings, enabled: false });
    announcer.remove();
    tryQuietly(stopWatching);
    tryQuietly(() => {
      browser.runtime.onMessage.removeListener(onNotice);
    });
  });
  labeller.refresh();
}

function origin(notice: Extract<Notice, { notice: 'command' }>, menuTarget: Element | null): Element | null {
  return notice.atMenu ? menuTarget : document.activeElement;
}

/** A script whose extension is gone learns it from a failed message; asking the context ends it. */
function endingWith(context: ContentScriptContext): Sender {
  return async (request, data) => {
    try {
      return await send(request, data);
    } catch (error) {
      if (context.isInvalid) throw new Error('the extension is gone', { cause: error });
      throw error;
    }
  };
}

/** Without an extension its own interface throws; there is nothing left to take back then. */
function tryQuietly(action: () => void): void {
  try {
    action();
  } catch {
    // Gone already.
  }
}
