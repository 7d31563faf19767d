/** The outbox item of a checkpoint: `checkpoint/<origin>/<size>`. */
export function checkpointItem(origin: string, size: number): string {
  return `checkpoint/${origin}/${size}`
}

/** The size in the outbox item of a checkpoint of this log; `undefined` for any other item. */
export function checkpointItemSize(origin: string, item: string): number | undefined {
  const start = `checkpoint/${origin}/`
  if (!item.startsWith(start)) return undefined
  const size = Number(item.slice(start.length))
  return Number.isSafeInteger(size) ? size : undefined
}
