import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { readJson, type JsonNode } from '@careledger/proof'
import { z } from 'zod'
import { SettingsError } from '../settings.ts'

const nameSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}$/, 'a name of a-z, 0-9 and hyphens, at most 31 characters')
const settingsSchema = z.record(z.string(), z.unknown()).default({})
const ledgerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['in-memory', 'ethereum', 'fabric', 'hydrachain', 'multichain']), settings: settingsSchema }),
  z.strictObject({
    kind: z.literal('module'),
    /** A package, or a path that begins with `.` or `/`. */
    module: z.string().min(1),
    /** The export that opens the ledger: `create({ settings })`. */
    create: z.string().regex(/^[A-Za-z_$][\w$]*$/, 'the name of an export'),
    settings: settingsSchema,
  }),
])
const fileSchema = z.strictObject({
  ledgers: z.record(nameSchema, ledgerSchema),
  networks: z.record(nameSchema, z.array(z.strictObject({ ledger: nameSchema, way: z.enum(['indexed', 'checkpointed']) })).min(1).max(2, 'a network is on one or two ledgers')),
})

export type LedgerConfiguration = z.output<typeof ledgerSchema>
/** Ledgers by name, and the ledgers of each network. */
export interface LedgersFile extends z.output<typeof fileSchema> {
  /** The folder that relative paths in the file start from. */
  readonly directory: string
}

/** What an instance does without a file: one ledger in the data directory. */
const embedded: z.input<typeof fileSchema> = { ledgers: { embedded: { kind: 'in-memory' } }, networks: { hospital: [{ ledger: 'embedded', way: 'indexed' }] } }

/**
 * Reads `ledgers.json` of the data directory, or the file named; without any, the embedded ledger takes the hospital's entries. `networks`:
 * names of this instance's networks. Errors: SettingsError with the line, the member and what to do; never with a value.
 */
export function readLedgersFile(settings: { readonly dataDirectory: string; readonly ledgersFile?: string | undefined }, networks: readonly string[]): LedgersFile {
  const path = settings.ledgersFile ?? resolve(settings.dataDirectory, 'ledgers.json')
  if (!existsSync(path)) {
    if (settings.ledgersFile !== undefined) throw new SettingsError(`${path} does not exist. Name the file of ledgers with CARELEDGER_LEDGERS, or leave it unset.`)
    return { ...fileSchema.parse(embedded), directory: settings.dataDirectory }
  }
  const bytes = new Uint8Array(readFileSync(path))
  const root = readText(path, bytes)
  const parsed = fileSchema.safeParse(toValue(bytes))
  const problems = parsed.success ? routeProblems(parsed.data, networks) : parsed.error.issues.map(({ path: place, message }) => ({ place, message }))
  if (problems.length > 0 || !parsed.success) {
    throw new SettingsError(problems.map(({ place, message }) => `${path}, line ${lineOf(bytes, root, place)}: ${nameOf(place)}: ${message}.`).join('\n'))
  }
  return { ...parsed.data, directory: dirname(path) }
}

interface FileProblem {
  readonly place: readonly PropertyKey[]
  readonly message: string
}

/** What the form of the file cannot say by itself. */
function routeProblems(file: z.output<typeof fileSchema>, networks: readonly string[]): readonly FileProblem[] {
  return Object.entries(file.networks).flatMap(([network, legs]) => {
    const unknown = networks.includes(network) ? [] : [{ place: ['networks', network], message: `There is no such network; networks are ${networks.join(', ')}` }]
    const unnamed = legs.flatMap(({ ledger }, n) => (!Object.hasOwn(file.ledgers, ledger) ? [{ place: ['networks', network, n, 'ledger'], message: `The file names no ledger ${ledger}; name it under "ledgers"` }] : []))
    const twice = legs.length === 2 && legs[0]?.ledger === legs[1]?.ledger ? [{ place: ['networks', network, 1, 'ledger'], message: 'The two ledgers are the same one' }] : []
    return [...unknown, ...unnamed, ...twice]
  })
}

function readText(path: string, bytes: Uint8Array): JsonNode {
  try {
    return readJson(bytes)
  } catch (error) {
    const { message, details } = error as { message: string; details?: { offset?: number } }
    throw new SettingsError(`${path}, line ${countLines(bytes, details?.offset ?? 0)}: ${message}`, { cause: error })
  }
}

function toValue(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes))
}

/** Line of a member, or of the nearest one around it that is there. */
function lineOf(bytes: Uint8Array, root: JsonNode, place: readonly PropertyKey[]): number {
  let node = root
  for (const step of place) {
    const next = node.kind === 'object' ? node.members.get(String(step)) : node.kind === 'array' ? node.items[Number(step)] : undefined
    if (next === undefined) break
    node = next
  }
  return countLines(bytes, node.start)
}

function countLines(bytes: Uint8Array, until: number): number {
  return bytes.subarray(0, until).reduce((lines, byte) => lines + (byte === 10 ? 1 : 0), 1)
}

function nameOf(place: readonly PropertyKey[]): string {
  return place.reduce<string>((name, step) => (typeof step === 'number' ? `${name}[${step}]` : name === '' ? String(step) : `${name}.${String(step)}`), '') || 'the file'
}
