/** The in-memory browser has no messages; tests read the real ones. */
import { beforeEach } from 'vitest';
import { fakeBrowser } from 'wxt/testing';
import messages from '../../public/_locales/en/messages.json';

// The test's DOM has no idle time.
if (!('requestIdleCallback' in globalThis)) {
  Object.assign(globalThis, { requestIdleCallback: (callback: () => void) => setTimeout(callback) });
}

beforeEach(() => {
  fakeBrowser.reset();
  // Nothing is permitted beyond the manifest until a test says so.
  Object.assign(fakeBrowser.permissions, { contains: () => Promise.resolve(false) });
  fakeBrowser.i18n.getMessage = (key: string, values: string | string[] = []) => {
    const { message } = (messages as Record<string, { message: string }>)[key] ?? { message: '' };
    return message.replace(/\$(\d)/g, (_, index: string) => [values].flat()[Number(index) - 1] ?? '');
  };
});
