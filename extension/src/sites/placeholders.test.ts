import { expect, it } from 'vitest';
import { Placeholders } from './placeholders';

it('knows words of many languages, in any case', () => {
  const placeholders = new Placeholders('en');
  for (const word of ['Image', 'IMAGEN', ' изображение ', '画像', 'Bild', '']) {
    expect(placeholders.has(word)).toBe(true);
  }
  expect(placeholders.has('Image of a cat')).toBe(false);
});

it('learns a word that several authors share on several pictures', () => {
  const placeholders = new Placeholders('is');
  ['a', 'b', 'c'].forEach((author) => {
    placeholders.observe('Ljósmyndin', `x:${author}`, () => author);
  });
  expect(placeholders.has('Ljósmyndin')).toBe(false);
  placeholders.observe('Ljósmyndin', 'x:d', () => 'a');
  expect(placeholders.has('ljósmyndin')).toBe(true);
});

it('does not learn what one author calls all of their pictures', () => {
  const placeholders = new Placeholders('is');
  for (let n = 0; n < 20; n += 1) placeholders.observe('Daily chart', `x:${n}`, () => 'bot');
  expect(placeholders.has('Daily chart')).toBe(false);
});

it('does not learn from one picture that many repost', () => {
  const placeholders = new Placeholders('is');
  for (let n = 0; n < 20; n += 1) placeholders.observe('Brauð', 'x:1', () => `author ${n}`);
  expect(placeholders.has('Brauð')).toBe(false);
});

it('learns nothing where the word is known for sure', () => {
  const placeholders = new Placeholders('en-GB');
  for (let n = 0; n < 20; n += 1) placeholders.observe('Screenshot', `x:${n}`, () => `author ${n}`);
  expect(placeholders.has('Screenshot')).toBe(false);
});

it('says when a word has become known', () => {
  const placeholders = new Placeholders('is');
  const learned = ['a', 'b', 'c', 'd'].map((author) => placeholders.observe('Mynd', `x:${author}`, () => author));
  expect(learned).toEqual([false, false, false, true]);
});

it('learns how machine texts begin only from several pictures, and no long beginning', () => {
  const placeholders = new Placeholders('nl');
  for (let n = 0; n < 9; n += 1) placeholders.observeOpening('Dit kan zijn: een hond', 'pinterest:1');
  expect(placeholders.hasOpening('Dit kan zijn: een kat')).toBe(false);
  for (let n = 0; n < 9; n += 1) {
    placeholders.observeOpening('Dit kan zijn: een hond', `pinterest:${n}`);
    placeholders.observeOpening(`${'Een heel lang begin van een zin '.repeat(2)}: een hond`, `pinterest:${n}`);
  }
  expect(placeholders.hasOpening('dit kan zijn: een kat')).toBe(true);
  expect(placeholders.hasOpening(`${'Een heel lang begin van een zin '.repeat(2)}: een kat`)).toBe(false);
});
