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
