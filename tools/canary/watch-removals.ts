import { appendFileSync } from 'node:fs'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { findCanaries, type CanaryFound } from './find-canaries.ts'

/**
 * Looks at each folder of ours (`prefix`) below the temporary one before it is removed, and tells what it finds. Gives back how things were. The folder is
 * looked at in the moment that a test gives it up: its processes have ended, and nothing is lost by their end.
 */
export function watchRemovals(tell: (found: readonly CanaryFound[]) => void, prefix = 'careledger-'): () => void {
  const [rmSync, rm] = [fs.rmSync, fs.promises.rm]
  const look = (path: unknown): void => {
    if (typeof path !== 'string' || !resolve(path).startsWith(join(tmpdir(), prefix))) return
    const found = findCanaries(path)
    if (found.length > 0) tell(found)
  }
  fs.rmSync = (path, options) => {
    look(path)
    rmSync(path, options)
  }
  fs.promises.rm = async (path, options) => {
    look(path)
    await rm(path, options)
  }
  syncBuiltinESMExports()
  return () => {
    fs.rmSync = rmSync
    fs.promises.rm = rm
    syncBuiltinESMExports()
  }
}

/** Where the findings of one run are gathered, below the folder that is made for each run. */
export const findingsFile = (run: string): string => join(run, 'canaries.jsonl')

export function noteFindings(run: string, found: readonly CanaryFound[]): void {
  appendFileSync(findingsFile(run), found.map((each) => `${JSON.stringify(each)}\n`).join(''))
}
