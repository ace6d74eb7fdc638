/** Items one behind the other, field by field: `[...]` arrays of one sample each become `[batch, ...]` arrays. */
export function stack<Item extends { [field in keyof Item]: Float32Array }>(items: readonly Item[]): Item {
  const fields = Object.keys(items[0] ?? {}) as (keyof Item)[];
  const stacked = fields.map((field) => {
    const size = items[0]![field].length;
    const all = new Float32Array(items.length * size);
    for (const [index, item] of items.entries()) all.set(item[field], index * size);
    return [field, all] as const;
  });
  return Object.fromEntries(stacked) as Item;
}
