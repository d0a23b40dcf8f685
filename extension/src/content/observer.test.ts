import { beforeEach, expect, it } from 'vitest';
import { openFixture } from '../testing/fixture';
import { observePage } from './observer';

let calls: number;
let stop: () => void;

beforeEach(() => {
  openFixture('x/timeline');
  calls = 0;
  stop = observePage(document, () => {
    calls += 1;
  });
  return () => {
    stop();
  };
});

const turn = () => new Promise((resolve) => setTimeout(resolve));

it('notices images that come, go, change and are renamed', async () => {
  const article = document.querySelector('article')!;
  const copy = article.cloneNode(true);
  const steps = [
    () => { article.parentElement!.append(copy); },
    () => { article.remove(); },
    () => { document.querySelector('img')!.setAttribute('src', 'https://pbs.twimg.com/media/X'); },
    () => { document.querySelector('[data-testid="tweetPhoto"]')!.setAttribute('aria-label', 'Bread'); },
  ];
  for (const [index, step] of steps.entries()) {
    step();
    await turn();
    expect(calls).toBe(index + 1);
  }
});

it('does not care for anything else', async () => {
  document.querySelector('button')!.setAttribute('aria-label', 'Unlike');
  document.querySelector('button')!.append('text', document.createElement('span'));
  await turn();
  expect(calls).toBe(0);
});
