import type { z } from 'zod'
import type { contracts } from '@careledger/api/contracts'
import type { SigningKeys } from '@careledger/identity'
import type { InstanceFile } from './instance-file.ts'

/** What a verifier pins. */
export type PlatformTrust = z.output<typeof contracts.platform.trust.output>

export const version = '0.1.0'

export function toTrust(file: InstanceFile, keys: SigningKeys): PlatformTrust {
  return {
    origin: file.origin,
    logKey: keys.log.publicJwk,
    root: keys.root.publicJwk,
    witnesses: [{ name: `${file.origin}/witness`, key: keys.cosigner.publicJwk }],
    witnessThreshold: 1,
    demo: file.demo,
    version,
  }
}
