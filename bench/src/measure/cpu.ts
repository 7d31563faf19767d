import { readFileSync, readdirSync } from 'node:fs'

const ticksPerSecond = 100

/** CPU seconds (user and system) that processes have used, their ended and reaped children included; 0 for one that has ended. */
export function cpuSecondsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuSecondsOfOne(pid), 0)
}

/** A process and all its living descendants. */
export function processTree(pid: number): readonly number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const child = Number(name)
    if (!Number.isInteger(child)) continue
    const parent = statOf(child)?.[1]
    if (parent !== undefined) parents.set(child, Number(parent))
  }
  const tree = [pid]
  for (let n = 0; n < tree.length; n++) for (const [child, parent] of parents) if (parent === tree[n]) tree.push(child)
  return tree
}

function cpuSecondsOfOne(pid: number): number {
  const fields = statOf(pid)
  if (fields === undefined) return 0
  return [11, 12, 13, 14].reduce((sum, n) => sum + Number(fields[n] ?? 0), 0) / ticksPerSecond
}

/** Fields of proc(5) stat behind the name: [0] is the state, [1] the parent, [11..14] the times. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}
