import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { KIND_BY_CODE, problemOf } from './problems';

/** The daemon's documentation is itself checked against its code. */
const documented = [...readFileSync('../docs/http.md', 'utf8').matchAll(/^\| `([a-z_]+)` \| \d{3} \|/gm)].map(
  ([, code]) => code,
);

it('gives every documented code words of its own or names it as one that is never seen, and no other', () => {
  expect(documented.length).toBeGreaterThan(30);
  expect(Object.keys(KIND_BY_CODE).sort()).toEqual([...documented].sort());
});

it('knows an expired token by its status too, whatever a newer daemon calls it', () => {
  expect(problemOf('new_code', 401)).toBe('not_paired');
  expect(problemOf('new_code', 503)).toBe('failed');
});
