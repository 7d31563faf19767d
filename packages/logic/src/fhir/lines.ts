import type { JsonNode } from '@careledger/proof'

/** Finds the line (from 1) of a place in a JSON text. */
export interface Lines {
  ofPath(path: string): number
  ofOffset(offset: number): number
}

/** `path` as problems write it: the root's name, then `.member` and `[index]`. A place that does not exist has its nearest parent's line. */
export function createLines(bytes: Uint8Array, root: JsonNode | undefined): Lines {
  let starts: number[] | undefined
  const ofOffset = (offset: number): number => {
    starts ??= lineStarts(bytes)
    let low = 0
    let high = starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((starts[middle] as number) <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
  return { ofOffset, ofPath: (path) => ofOffset(root === undefined ? 0 : nodeAt(root, path).start) }
}

function lineStarts(bytes: Uint8Array): number[] {
  const starts = [0]
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) starts.push(at + 1)
  return starts
}

function nodeAt(root: JsonNode, path: string): JsonNode {
  let node = root
  for (const [, name, index] of path.matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)) {
    const next = name !== undefined && node.kind === 'object' ? node.members.get(name) : index !== undefined && node.kind === 'array' ? node.items[Number(index)] : undefined
    if (next === undefined) return node
    node = next
  }
  return node
}
