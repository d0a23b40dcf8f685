/**
 * Every host this extension may touch, in one place: the manifest is generated from it and
 * the background checks against it, so the two cannot drift apart.
 */

import type { FixedSite } from './types';

/** Country hosts of Pinterest beside pinterest.com (a match pattern cannot say `pinterest.*`). */
const PINTEREST_HOSTS = [
  'pinterest.com',
  'pinterest.at',
  'pinterest.be',
  'pinterest.ca',
  'pinterest.ch',
  'pinterest.cl',
  'pinterest.co.at',
  'pinterest.co.in',
  'pinterest.co.kr',
  'pinterest.co.nz',
  'pinterest.co.uk',
  'pinterest.com.au',
  'pinterest.com.bo',
  'pinterest.com.ec',
  'pinterest.com.mx',
  'pinterest.com.pe',
  'pinterest.com.py',
  'pinterest.com.uy',
  'pinterest.com.vn',
  'pinterest.de',
  'pinterest.dk',
  'pinterest.ec',
  'pinterest.es',
  'pinterest.fr',
  'pinterest.hu',
  'pinterest.id',
  'pinterest.ie',
  'pinterest.in',
  'pinterest.info',
  'pinterest.it',
  'pinterest.jp',
  'pinterest.kr',
  'pinterest.mx',
  'pinterest.nl',
  'pinterest.nz',
  'pinterest.pe',
  'pinterest.ph',
  'pinterest.pt',
  'pinterest.ru',
  'pinterest.se',
  'pinterest.th',
  'pinterest.tw',
  'pinterest.uk',
  'pinterest.vn',
];

export const SITE_PATTERNS: Record<FixedSite, string[]> = {
  x: ['https://x.com/*', 'https://twitter.com/*', 'https://mobile.x.com/*', 'https://mobile.twitter.com/*'],
  pinterest: PINTEREST_HOSTS.map((host) => `https://*.${host}/*`),
};

/** Hosts whose pictures the background may fetch. */
export const IMAGE_HOSTS = ['pbs.twimg.com', 'i.pinimg.com'];

export const IMAGE_PATTERNS = IMAGE_HOSTS.map((host) => `https://${host}/*`);

/** A pattern without a port matches every port. The literal address, so that no resolver is asked. */
export const DAEMON_PATTERN = 'http://127.0.0.1/*';

export const DEFAULT_DAEMON_URL = 'http://127.0.0.1:11436';

/** All origins the extension needs; Firefox lets the user take them back one by one. */
export const REQUIRED_ORIGINS = [
  ...SITE_PATTERNS.x,
  ...SITE_PATTERNS.pinterest,
  ...IMAGE_PATTERNS,
  DAEMON_PATTERN,
];

/**
 * Reads what a user types as the daemon's address: a port, `127.0.0.1:port` or a URL.
 * Returns the base URL without a trailing slash, or null when it is not this machine.
 */
export function parseDaemonUrl(input: string): string | null {
  const text = input.trim();
  const full = /^\d+$/.test(text) ? `http://127.0.0.1:${text}` : text.includes('://') ? text : `http://${text}`;
  try {
    const url = new URL(full);
    const local = url.hostname === '127.0.0.1' || url.hostname === 'localhost';
    if (url.protocol !== 'http:' || !local || url.port === '0') return null;
    // `localhost` may resolve to ::1 first, where nothing listens.
    return `http://127.0.0.1:${url.port === '' ? '80' : url.port}`;
  } catch {
    return null;
  }
}
