import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { contracts } from '@careledger/api/contracts'
import { createNodeSigner } from '@careledger/identity'
import type { SplitView, WitnessState } from '@careledger/logic'
import { parseCheckpoint, type Signer } from '@careledger/proof'
import { CommandError, exitCodes } from '../exit-codes.ts'

const { origin, logKey } = contracts.platform.trust.output.shape
const until = z.strictObject({ size: z.int(), root: z.string() }).optional()
/** `witness.json`: who this witness is, and the logs whose keys it has pinned. */
const witnessFile = z.strictObject({ v: z.literal(1), name: z.string(), logs: z.array(z.strictObject({ origin, key: logKey, until })).min(1) })
type WitnessFile = z.output<typeof witnessFile>

/** A witness's own directory: its key, what it has pinned, the newest note it cosigned of each log, and the split views it caught. */
export interface WitnessDirectory {
  readonly name: string
  readonly logs: WitnessFile['logs']
  readonly signer: Signer
  readonly state: WitnessState
  /** Keeps both notes; gives the file. */
  keep(found: SplitView): Promise<string>
}

/** Makes the directory and its key. Errors: EXISTS where there is a witness already: its key is never replaced. */
export async function initWitness(directory: string, file: Omit<WitnessFile, 'v'>): Promise<WitnessDirectory> {
  if (existsSync(join(directory, 'witness.json'))) throw new CommandError(exitCodes.usage, 'EXISTS', `${directory} holds a witness already. Its key is never replaced; choose another directory.`)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  await writeDurably(directory, 'key.json', JSON.stringify(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })))
  await writeDurably(directory, 'witness.json', `${JSON.stringify({ v: 1, ...file }, null, 2)}\n`)
  return openWitness(directory)
}

/** Pins what a log's key was changed to. The witness is stopped meanwhile: it reads its file when it starts. */
export async function repinWitness(directory: string, file: Omit<WitnessFile, 'v'>): Promise<void> {
  await writeDurably(directory, 'witness.json', `${JSON.stringify({ v: 1, ...file }, null, 2)}\n`)
}

/** Errors: NO_WITNESS, WITNESS_DAMAGED. */
export function openWitness(directory: string): WitnessDirectory {
  if (!existsSync(join(directory, 'witness.json'))) throw new CommandError(exitCodes.usage, 'NO_WITNESS', `There is no witness in ${directory}. Make one: careledger witness init --name <name> --trust <file>`)
  const { name, logs } = read(directory, 'witness.json', (value) => witnessFile.parse(value))
  const signer = read(directory, 'key.json', (value) => createNodeSigner(createPrivateKey({ format: 'jwk', key: value as never })))
  return {
    name, logs, signer,
    state: {
      async read(logOrigin) {
        const path = join(directory, stateFile(logOrigin))
        const note = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return undefined
          throw error
        })
        if (note !== undefined && !isNote(note)) throw damaged(path)
        return note
      },
      write: (logOrigin, note) => writeDurably(directory, stateFile(logOrigin), note),
    },
    async keep(found) {
      await mkdir(join(directory, 'split-views'), { recursive: true, mode: 0o700 })
      const file = join('split-views', `${new Date().toISOString().replaceAll(':', '-')}.json`)
      await writeDurably(directory, file, `${JSON.stringify(found, null, 2)}\n`)
      return join(directory, file)
    },
  }
}

/** Whatever stands in an origin, the name is one file. */
function stateFile(logOrigin: string): string {
  return `state-${Buffer.from(logOrigin).toString('base64url')}.note`
}

function read<T>(directory: string, file: string, parse: (value: unknown) => T): T {
  try {
    return parse(JSON.parse(readFileSync(join(directory, file), 'utf8')))
  } catch (error) {
    throw damaged(join(directory, file), error)
  }
}

function isNote(text: string): boolean {
  try {
    parseCheckpoint(text)
    return true
  } catch {
    return false
  }
}

function damaged(path: string, cause?: unknown): CommandError {
  return new CommandError(exitCodes.no, 'WITNESS_DAMAGED', `${path} is missing or damaged. Restore it from a backup; a witness that begins anew could cosign what contradicts its former word.`, { cause })
}

/** Whole or not at all, and on the disk when it resolves. */
async function writeDurably(directory: string, file: string, text: string): Promise<void> {
  const path = join(directory, file)
  const handle = await open(`${path}.new`, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${path}.new`, path)
  const folder = await open(join(path, '..'), 'r')
  await folder.sync().finally(() => folder.close())
}
