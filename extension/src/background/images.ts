/**
 * Fetches the bytes of a picture. Done here because a content script may not (CORS, the page's
 * CSP), and not by the daemon, which must never fetch what a page names.
 */

import { browser } from 'wxt/browser';
import { IMAGE_HOSTS } from '../shared/hosts';
import { DaemonError } from './daemon';

const TIMEOUT_MS = 10_000;

/** The daemon's own limit; there is no use in sending more. */
const MAX_BYTES = 20 * 1024 * 1024;

/** Throws `DaemonError` of kind `image_unavailable`. */
export async function fetchImage(address: string): Promise<Blob> {
  const url = URL.canParse(address) ? new URL(address) : null;
  // The address comes out of a web page: only the pictures' own hosts, without cookies.
  const isOurs = address.startsWith(browser.runtime.getURL('/'));
  if (!url || !(isOurs || (url.protocol === 'https:' && (await isPermitted(url))))) {
    throw new DaemonError('image_unavailable', 'foreign_host');
  }
  const blob = await downloadAny(renditions(url)).catch((error: unknown) => {
    throw error instanceof DaemonError ? error : new DaemonError('image_unavailable', 'not_fetched');
  });
  if (blob.size === 0 || blob.size > MAX_BYTES) throw new DaemonError('image_unavailable', 'size');
  return blob;
}

/** The sizes to try: a few pictures do not exist in the one that is asked for. */
function renditions(url: URL): URL[] {
  const smaller = new URL(url.href.replace('/736x/', '/474x/'));
  return url.host === 'i.pinimg.com' && smaller.href !== url.href ? [url, smaller] : [url];
}

async function downloadAny([url, ...others]: URL[]): Promise<Blob> {
  if (!url) throw new DaemonError('image_unavailable', 'not_fetched');
  return download(url).catch((error: unknown) => {
    if (others.length === 0) throw error;
    return downloadAny(others);
  });
}

/** A picture of another site: only from hosts that the user allowed together with it. */
async function isPermitted({ host }: URL): Promise<boolean> {
  return IMAGE_HOSTS.includes(host) || browser.permissions.contains({ origins: [`https://${host}/*`] });
}

async function download(url: URL): Promise<Blob> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(url, { signal, credentials: 'omit', redirect: 'error' });
  const isImage = response.headers.get('Content-Type')?.startsWith('image/') ?? false;
  if (!response.ok || !isImage) throw new DaemonError('image_unavailable', `http_${response.status}`);
  return response.blob();
}
