import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { contracts } from '@careledger/api/contracts'
import type { WitnessNode } from '@careledger/logic'
import { SettingsError } from '../settings.ts'

const witness = contracts.platform.trust.output.shape.witnesses.element.extend({
  /** Where it listens; absent for one that is asked no more. */
  url: z.url({ protocol: /^https?$/ }).optional(),
})

/** `witnesses.json` in the data directory: members' witnesses, and how many cosignatures a verifier should ask for. */
const witnessesFile = z.strictObject({ threshold: z.int().min(0), witnesses: z.array(witness).max(100) })
  .refine(({ witnesses }) => new Set(witnesses.map(({ name }) => name)).size === witnesses.length, 'two witnesses have the same name')
  .refine(({ threshold, witnesses }) => threshold <= witnesses.length + 1, 'the threshold is larger than the number of witnesses, the platform\'s own included')

/** Witnesses of the instance in `directory`; none without the file. Errors: SettingsError saying what is wrong in it. */
export function openWitnesses(directory: string): { readonly witnesses: readonly WitnessNode[]; readonly witnessThreshold?: number } {
  const path = join(directory, 'witnesses.json')
  if (!existsSync(path)) return { witnesses: [] }
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new SettingsError(`${path} is not JSON.`, { cause: error })
  }
  const parsed = witnessesFile.safeParse(value)
  if (!parsed.success) throw new SettingsError(parsed.error.issues.map((issue) => `${path}: ${issue.path.join('.')}: ${issue.message}`).join('\n'))
  return { witnesses: parsed.data.witnesses.map(toNode), witnessThreshold: parsed.data.threshold }
}

function toNode({ name, key, url }: z.output<typeof witness>): WitnessNode {
  if (url === undefined) return { name, key }
  const address = new URL('add-checkpoint', url.endsWith('/') ? url : `${url}/`)
  return {
    name, key,
    async addCheckpoint(body, signal) {
      const response = await fetch(address, { method: 'POST', body, signal, redirect: 'error', headers: { 'content-type': 'text/plain; charset=utf-8' } })
      return { status: response.status, body: await shortText(response) }
    },
  }
}

/** A cosignature line is some 120 bytes; whoever sends more than this is no witness. */
const answerBytesMax = 4_096

async function shortText(response: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (text.length > answerBytesMax) throw new Error('The answer is too long.')
  }
  return text
}
