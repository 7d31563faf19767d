import { authorOf, buildEntry, signBuiltEntry } from '@careledger/client'
import pg from 'pg'
import { observationOf } from '../observation.ts'
import type { World } from '../world.ts'
import { openReplay, type Replay } from './replay.ts'

export interface SignedWrites extends Replay {
  /** Waits until everything written is in the log and its records are with the ledger. */
  settled(): Promise<void>
}

const writer = 'staff-5d81c6'

/** Writes of one record each by a doctor, with a signature, a content and a proof of possession of their own. */
export async function prepareWrites(world: World): Promise<SignedWrites> {
  let recorded = await world.as(writer)
  const { client } = recorded
  const { actor, signer } = client
  if (actor === undefined || signer === undefined) throw new Error('Nobody is signed in.')
  const { items } = await client.hospital.patients.list.query({})
  const patient = items[0]?.patient ?? ''
  const { subject, custodian } = await client.hospital.imports.prepare.mutate({ identifiers: [{ system: 'https://seoul-general.example/patients', value: 'SG-204117' }] })
  const draft = (n: number) => ({ network: 'hospital', type: 'record-created', subject, custodian, payload: { mediaType: 'application/fhir+json', bytes: observationOf(n) } })
  const database = new pg.Client({ connectionString: world.connectionString })
  await database.connect()
  world.onClose(() => database.end())
  const replay = openReplay(world, {
    async make(n) {
      const entry = await signBuiltEntry(buildEntry(draft(n), authorOf(actor), new Date()), signer)
      return recorded.record((at) => at.hospital.imports.commit.mutate({ patient, entries: [entry], wait: 'stored' }))
    },
    answered: (body) => body.includes('"state":"stored"'),
  })
  return {
    ...replay,
    // A nonce of the server is good for some minutes, and requests that are only recorded learn of no new one.
    async prepare(count) {
      recorded = await world.as(writer)
      await replay.prepare(count)
    },
    async settled() {
      for (;;) {
        const { rows } = await database.query<{ open: boolean }>('select exists (select from waiting) or exists (select from outbox where state < 2) as open')
        if (rows[0]?.open !== true) return
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
  }
}
