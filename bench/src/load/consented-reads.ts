import { giveConsent } from '@careledger/client'
import pg from 'pg'
import type { World } from '../world.ts'
import { openReplay, type Replay } from './replay.ts'

export interface ConsentedReads extends Replay {
  /** Decisions in the store. */
  decisions(): Promise<number>
}

const reader = 'staff-e04b7f'

/** Reads of one record each by a doctor of another hospital, with the patient's consent and a proof of possession of their own. */
export async function prepareReads(world: World): Promise<ConsentedReads> {
  const patient = await world.as('patient-4f7a20')
  const [at] = (await patient.client.hospital.consents.subjects.query({})).items
  if (at === undefined) throw new Error('The demo patient has no record.')
  await giveConsent(patient.client, at, { grantee: reader, purpose: 'treatment', expires: new Date(Date.now() + 86_400_000).toISOString(), direct: false })
  let doctor = await world.as(reader)
  const { items } = await doctor.client.hospital.records.list.query({ patient: at.patient, limit: 50 })
  const database = new pg.Client({ connectionString: world.connectionString })
  await database.connect()
  world.onClose(() => database.end())
  const replay = openReplay(world, {
    make: (n) => doctor.record((client) => client.hospital.records.read.query({ id: items[n % items.length]?.id ?? '' })),
    answered: (body) => body.includes('"payload":"') && body.includes('"outcome":"permitted"'),
  })
  return {
    ...replay,
    // A nonce of the server is good for some minutes, and requests that are only recorded learn of no new one.
    async prepare(count) {
      doctor = await world.as(reader)
      await replay.prepare(count)
    },
    async decisions() {
      const { rows } = await database.query<{ count: string }>('select count(*) from decision')
      return Number(rows[0]?.count)
    },
  }
}
