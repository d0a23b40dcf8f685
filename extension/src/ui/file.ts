/** Gives the user a file with one JSON value a line. */
export function saveLines(name: string, values: unknown[]): void {
  const lines = values.map((value) => `${JSON.stringify(value)}\n`);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(lines, { type: 'application/jsonl' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
