import { parseProof, utf8, verifyProof } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { accept, createWorld, note, registration, settled } from '../__fixtures__/world.ts'
import { buildProof } from './build-proof.ts'
import { startLog } from './start-log.ts'

describe('from a signed entry to its proof', () => {
  it('is stored, sequenced, anchored and proven offline', async () => {
    const world = await createWorld()
    const log = await startLog(world.parts)
    const patient = await world.newPatient()
    const [registered] = await accept(world.parts, world.doctor, await registration(world.doctor, patient), { wait: 'sequenced' })
    expect(registered).toMatchObject({ state: expect.stringMatching(/sequenced|anchored/), duplicate: false })
    const signed = await note(world.doctor, patient.subject)
    const [receipt] = await accept(world.parts, world.doctor, signed, { wait: 'anchored' })
    expect(receipt).toMatchObject({ state: 'anchored', duplicate: false })
    await settled(world.parts)
    const proof = await buildProof(world.parts, receipt!.id, { opening: true, recordAnchor: true })
    const result = await verifyProof(utf8(proof!), world.trust)
    expect(Object.fromEntries(result.steps.map(({ name, outcome }) => [name, outcome]))).toEqual({
      parse: 'pass', commitment: 'pass', signature: 'pass', leaf: 'pass', inclusion: 'pass', checkpoint: 'pass', witnesses: 'pass', credentials: 'pass', revocation: 'unchecked', anchor: 'unchecked', superseded: 'unchecked',
    })
    expect(result.valid).toBe(true)
    expect(parseProof(utf8(proof!)).anchors.map((anchor) => anchor.for).sort()).toEqual(['checkpoint', 'record'])
    await log.stop()
  })
})
