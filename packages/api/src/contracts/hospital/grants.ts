import { z } from 'zod'
import { query } from '../contract.ts'
import { cursor, pageSize, partyId, thumbprint, uuid } from '../shapes.ts'

export const grants = {
  list: query({
    name: 'hospital.grants.list', summary: 'Epoch keys that consents handed to the caller, each sealed to the caller\'s key (ES256 keys only: ECDH-ES+A256KW).', rule: 'signed-in', cost: 2, audit: 'access',
    input: z.strictObject({ after: cursor.optional(), limit: pageSize }),
    output: z.strictObject({
      items: z.array(z.strictObject({ consent: uuid, custodian: partyId, network: z.string(), ledger: z.string(), stream: z.string(), key: thumbprint, epochs: z.array(z.strictObject({ epoch: z.int().min(0), sealed: z.string() })) })),
      next: cursor.optional(),
    }),
  }),
}
