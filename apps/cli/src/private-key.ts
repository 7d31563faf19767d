import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { CareLedgerClient, PrivateJwk } from '@careledger/client'
import { CommandError, exitCodes } from './exit-codes.ts'

const base64url = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
const privateJwk = z.union([
  z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: base64url, y: base64url, d: base64url }),
  z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: base64url, d: base64url }),
])

/** Where a person's private key comes from: a file with one JWK, or a demo instance's list of people. */
export interface KeySource {
  readonly key?: string | undefined
  readonly as?: string | undefined
}

/** The caller's private key. Errors: CommandError with what to do. */
export async function readPrivateKey(source: KeySource, client: CareLedgerClient): Promise<PrivateJwk> {
  if (source.key !== undefined) return keyFromFile(source.key)
  if (source.as !== undefined) return keyOfDemoPerson(source.as, client)
  throw new CommandError(exitCodes.usage, 'NO_KEY', 'Say who you are: --key <file with your private key>, or --as <demo person> on a demo instance.')
}

function keyFromFile(path: string): PrivateJwk {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new CommandError(exitCodes.usage, 'KEY_UNREADABLE', `${path} does not hold a key: give a file with one private key as JWK (RFC 7517).`, { cause: error })
  }
  const parsed = privateJwk.safeParse(value)
  if (!parsed.success) throw new CommandError(exitCodes.usage, 'KEY_INVALID', `${path} does not hold a private Ed25519 or P-256 key as JWK.`)
  return parsed.data
}

async function keyOfDemoPerson(name: string, client: CareLedgerClient): Promise<PrivateJwk> {
  const { items } = await client.demo.people.query({})
  const plain = (text: string): string => text.toLowerCase().replaceAll('-', ' ')
  const wanted = plain(name)
  const exact = items.filter((person) => person.party === name.toLowerCase())
  const matching = exact.length > 0 ? exact : items.filter((person) => ` ${plain(person.name)}`.includes(` ${wanted}`))
  const [person] = matching
  if (person === undefined || matching.length > 1) {
    throw new CommandError(exitCodes.usage, 'NO_SUCH_PERSON', `${matching.length === 0 ? 'No' : 'More than one'} demo person is called ${name}. There are: ${items.map((one) => `${one.name} (${one.party})`).join(', ')}.`)
  }
  return person.key
}
