import { createCareLedgerClient, importBundle } from '@careledger/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smallBundle } from './__fixtures__/bundle.ts'
import { startInstance } from './__fixtures__/instance.ts'
import type { PersonName, TestInstance } from './__fixtures__/instance.ts'

let instance: TestInstance
beforeAll(async () => {
  instance = await startInstance()
})
afterAll(() => instance.stop())

interface Sent { readonly url: string; readonly init: RequestInit }

/** A signed-in client whose last request can be sent again, byte for byte; `hold` keeps it from being sent at all. */
async function recorder(name: PersonName) {
  let last: Sent | undefined
  let held: ((sent: Sent) => void) | undefined
  const client = createCareLedgerClient({
    url: instance.url, batchMax: 1,
    fetch: (url, init = {}) => {
      last = { url: String(url), init }
      if (held === undefined) return fetch(url, init)
      held(last)
      return new Promise<never>(() => undefined)
    },
  })
  await client.signIn(instance.keyOf(name).signer)
  return {
    client,
    last: () => last as Sent,
    hold: (call: () => Promise<unknown>) => new Promise<Sent>((resolve, reject) => {
      held = (sent) => {
        held = undefined
        resolve(sent)
      }
      call().catch(reject)
    }),
  }
}

async function send({ url, init }: Sent): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(url, init)
  return { status: answer.status, text: await answer.text() }
}

describe('a proof of possession that an operation uses up in its own write', () => {
  it('serves one read, one import and one refusal, and then nothing more', async () => {
    const clerk = await recorder('clerk-a')
    const { ids } = await importBundle(clerk.client, smallBundle({ identifier: 'R-1' }))
    const imported = await send(clerk.last())
    expect([imported.status, imported.text.includes('PROOF_OF_POSSESSION_INVALID')]).toEqual([401, true])

    const doctor = await recorder('doctor-a')
    const id = ids[1] as string
    await doctor.client.hospital.records.read.query({ id })
    const read = await send(doctor.last())
    expect([read.status, read.text.includes('PROOF_OF_POSSESSION_INVALID'), read.text.includes('payload')]).toEqual([401, true, false])

    const outsider = await recorder('doctor-b')
    await expect(outsider.client.hospital.records.read.query({ id })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    const refused = await send(outsider.last())
    expect([refused.status, refused.text.includes('PROOF_OF_POSSESSION_INVALID')]).toEqual([401, true])
  })

  it('serves one of many copies that arrive together', async () => {
    const clerk = await recorder('clerk-a')
    const { ids } = await importBundle(clerk.client, smallBundle({ identifier: 'R-2' }))
    const doctor = await recorder('doctor-a')
    const request = await doctor.hold(() => doctor.client.hospital.records.read.query({ id: ids[1] as string }))
    const answers = await Promise.all(Array.from({ length: 12 }, () => send(request)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 11 }, () => 401)])
    expect(answers.filter(({ text }) => text.includes('payload'))).toHaveLength(1)
  })

  it.each(['{"id":7}', '{"id":', ''])('is used up where the input is refused: %j', async (body) => {
    const doctor = await recorder('doctor-a')
    const request = await doctor.hold(() => doctor.client.hospital.records.read.query({ id: '01890a5d-ac96-774b-bcce-b302099a8057' }))
    const bad = { url: request.url, init: { ...request.init, body } }
    expect((await send(bad)).status).toBe(400)
    expect((await send(bad)).status).toBe(401)
    expect((await send(request)).status).toBe(401)
  })
})
