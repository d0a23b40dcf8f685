/** The in-memory browser has no messages; tests read the real ones. */
import { beforeEach } from 'vitest';
import { fakeBrowser } from 'wxt/testing';
import messages from '../../public/_locales/en/messages.json';

beforeEach(() => {
  fakeBrowser.reset();
  fakeBrowser.i18n.getMessage = (key: string, values: string | string[] = []) => {
    const { message } = (messages as Record<string, { message: string }>)[key] ?? { message: '' };
    return message.replace(/\$(\d)/g, (_, index: string) => [values].flat()[Number(index) - 1] ?? '');
  };
});
