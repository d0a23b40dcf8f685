import { beforeEach, expect, it } from 'vitest';
import { openFixture } from '../testing/fixture';
import { x } from '../sites/x';
import { observePage, type PageObserver } from './observer';

let calls: number;
let observer: PageObserver;

beforeEach(() => {
  openFixture('x/timeline');
  calls = 0;
  const count = () => {
    calls += 1;
  };
  observer = observePage(document, x.candidates, { changed: count, removed: count });
  return () => {
    observer.stop();
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

it('does not notice what we write ourselves', async () => {
  document.querySelector('[data-testid="tweetPhoto"] img')!.setAttribute('alt', 'AI description: bread');
  observer.forgetOwn();
  await turn();
  expect(calls).toBe(0);
});

it('notices an image that is none of ours any more, for our label may be on it', async () => {
  document.querySelector('[data-testid="tweetPhoto"] img')!.setAttribute('src', 'https://elsewhere.example/a.jpg');
  await turn();
  expect(calls).toBe(1);
});
