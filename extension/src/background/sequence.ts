/** One step after the other: two read-modify-writes of stored data at once would lose one. */

/** Returns a function that runs each step given to it after the one before has ended, however it ended. */
export function sequence(): <T>(step: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (step) => {
    const result = last.then(step, step);
    last = result.catch(() => undefined);
    return result;
  };
}
