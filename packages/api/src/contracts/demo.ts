import { z } from 'zod'
import { query } from './contract.ts'
import { base64url, partyId, role } from './shapes.ts'

/**
 * Only where the instance runs in demo mode: people to look around as, with the keys made for them at first start. Elsewhere the
 * operation answers NOT_ALLOWED.
 */
export const demo = {
  people: query({
    name: 'demo.people', summary: 'Demo people and their keys.', rule: 'public', cost: 2, audit: 'none', input: z.strictObject({}),
    output: z.strictObject({ items: z.array(z.strictObject({
      party: partyId, name: z.string(), roles: z.array(role), network: z.enum(['hospital', 'platform']), organisationName: z.string().optional(),
      /** Private ES256 key (JWK) of a person who does not exist. */
      key: z.strictObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: base64url, y: base64url, d: base64url }),
    })) }),
  }),
}
