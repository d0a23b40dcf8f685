/** Strings shown or spoken to the user, from `public/_locales`. */

import { browser } from 'wxt/browser';
import type messages from '../../public/_locales/en/messages.json';

export type MessageKey = keyof typeof messages;

/** The message in the browser's language; `values` replace `$1`, `$2`, …. */
export function t(key: MessageKey, ...values: (string | number)[]): string {
  // WXT types each key by its own overload; the key list above is the same file.
  const i18n = browser.i18n as { getMessage(key: string, values: string[]): string };
  return i18n.getMessage(key, values.map(String));
}
