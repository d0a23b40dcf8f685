/** Every language says everything, and nothing is said in code that no language has. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

type Messages = Record<string, { message: string }>;

const ROOT = 'public/_locales';
const read = (language: string) => JSON.parse(readFileSync(join(ROOT, language, 'messages.json'), 'utf8')) as Messages;
const english = read('en');

/** What the extension is built from: code, pages and the manifest. */
const sources = [
  ...readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|html)$/.test(name) && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(join('src', name), 'utf8')),
  readFileSync('wxt.config.ts', 'utf8'),
].join('\n');

const found = (pattern: RegExp) => [...sources.matchAll(pattern)].map(([, key = '']) => key);

/** `$1` and the like, each once. */
const placeholders = (text: string) => [...new Set(text.match(/\$\d/g))].sort();

it('speaks the six languages', () => {
  expect(readdirSync(ROOT).sort()).toEqual(['de', 'en', 'es', 'fr', 'ja', 'zh_CN']);
});

describe.each(readdirSync(ROOT))('%s', (language) => {
  const messages = read(language);

  it('has the keys of English and no others', () => {
    expect(Object.keys(messages).sort()).toEqual(Object.keys(english).sort());
  });

  it('leaves no message empty and fills each with the same values', () => {
    expect(Object.keys(english).filter((key) => !messages[key]?.message.trim())).toEqual([]);
    const values = (all: Messages) => Object.entries(all).map(([key, { message }]) => [key, placeholders(message)]);
    expect(Object.fromEntries(values(messages))).toEqual(Object.fromEntries(values(english)));
  });

  it('names its own language, so that it is read with the right voice', () => {
    expect(messages.language?.message).toBe(language.replace('_', '-'));
  });

  it('has a name and a description that the stores take', () => {
    expect(messages.extension_name!.message.length).toBeLessThanOrEqual(75);
    expect(messages.extension_description!.message.length).toBeLessThanOrEqual(132);
  });
});

it('has every message that a page or the manifest names', () => {
  const named = [...found(/data-i18n="([^"]*)"/g), ...found(/__MSG_(\w+)__/g)];
  expect(named.length).toBeGreaterThan(60);
  expect(named.filter((key) => !(key in english))).toEqual([]);
});

it('has no message that nobody says', () => {
  const said = new Set([...found(/['"`](\w+)['"`]/g), ...found(/__MSG_(\w+)__/g)]);
  const families = found(/`(\w+_)\$\{/g);
  const unused = Object.keys(english).filter(
    (key) => !said.has(key) && !families.some((family) => key.startsWith(family)),
  );
  expect(unused).toEqual([]);
});
