import { expect, it } from 'vitest';
import { Recent } from './recent';

it('forgets what was not used for longest', () => {
  const recent = new Recent<number>(2);
  recent.set('a', 1);
  recent.set('b', 2);
  expect(recent.get('a')).toBe(1);
  recent.set('c', 3);
  expect([recent.has('a'), recent.has('b'), recent.has('c')]).toEqual([true, false, true]);
  expect(recent.size).toBe(2);
});
