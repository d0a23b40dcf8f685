/** A map that forgets what was not used for longest: a page may stay open for days. */
export class Recent<V> {
  private readonly items = new Map<string, V>();

  constructor(private readonly limit: number) {}

  get size(): number {
    return this.items.size;
  }

  has(key: string): boolean {
    return this.items.has(key);
  }

  get(key: string): V | undefined {
    const value = this.items.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.items.delete(key);
    this.items.set(key, value);
    const [oldest] = this.items.keys();
    if (this.items.size > this.limit && oldest !== undefined) this.items.delete(oldest);
  }

  delete(key: string): boolean {
    return this.items.delete(key);
  }
}
