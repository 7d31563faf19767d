import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { toTrust } from '@careledger/client'
import { contracts } from '@careledger/api/contracts'
import type { Trust } from '@careledger/proof'
import { CommandError, exitCodes } from './exit-codes.ts'

/** Where the keys come from that a proof is checked against: a named file, or the one that an instance leaves in its data directory. */
export function readTrust(options: { readonly trust?: string | undefined; readonly data?: string | undefined }): Trust {
  const path = options.trust ?? join(resolve(options.data ?? '.careledger'), 'trust.json')
  if (!existsSync(path)) {
    throw new CommandError(exitCodes.usage, 'NO_TRUST', options.trust === undefined
      ? `There are no keys to check against: ${path} does not exist. Give --trust <file> (careledger trust > trust.json fetches an instance's keys), or --data <directory> of an instance.`
      : `${path} does not exist.`)
  }
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new CommandError(exitCodes.usage, 'TRUST_MALFORMED', `${path} is not JSON.`, { cause: error })
  }
  const parsed = contracts.platform.trust.output.safeParse(value)
  if (!parsed.success) throw new CommandError(exitCodes.usage, 'TRUST_MALFORMED', `${path} does not hold an instance's keys (careledger trust writes them).`)
  return toTrust(parsed.data)
}
