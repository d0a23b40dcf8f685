/**
 * Builds the two packages for the stores, `.output/altd-VERSION-BROWSER.zip`, and prints their sha256.
 * The same sources give the same bytes on every machine: files in order, one date, a compressor
 * whose version the lockfile names. `--check` builds everything twice and fails if the bytes differ.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { build } from 'wxt';

const BROWSERS = ['chrome', 'firefox'];
/** The zip format knows no earlier date. */
const DATE = new Date(1980, 0, 1);
const OUTPUT = '.output';

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => name.replaceAll('\\', '/'))
    .sort();
}

function zip(folder) {
  const entries = filesIn(folder).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]);
  return zipSync(Object.fromEntries(entries), { mtime: DATE, level: 9, os: 3, attrs: 0o644 << 16 });
}

async function packageFor(browser) {
  const folder = mkdtempSync(join(tmpdir(), 'altd-package-'));
  try {
    await build({ browser, manifestVersion: 3, outDir: folder, logger: silent });
    return zip(join(folder, `${browser}-mv3`));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const silent = { debug() {}, log() {}, info() {}, warn: console.warn, error: console.error, fatal: console.error, success() {}, level: 0 };

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
mkdirSync(OUTPUT, { recursive: true });
for (const browser of BROWSERS) {
  const bytes = await packageFor(browser);
  if (process.argv.includes('--check') && digest(await packageFor(browser)) !== digest(bytes)) {
    throw new Error(`two builds for ${browser} differ`);
  }
  const file = join(OUTPUT, `altd-${version}-${browser}.zip`);
  writeFileSync(file, bytes);
  console.log(`${digest(bytes)}  ${file}`);
}
