import { createSigner, generateSigningKey, verifyCosignatures, type Signer } from '@careledger/proof'
import { beforeAll, describe, expect, it } from 'vitest'
import { accept, createWorld, draft, origin, signBatch, type World } from '../__fixtures__/world.ts'
import { createWitness } from '../witness/witness.ts'
import { createSequencer } from './sequencer.ts'
import type { WitnessNode } from './witness-node.ts'

let signer: Signer
beforeAll(async () => {
  const { privateKey, publicJwk } = await generateSigningKey('EdDSA')
  signer = createSigner(privateKey, publicJwk)
})

const write = async (world: World): Promise<void> => void (await accept(world.parts, world.hospital, await signBatch(world.hospital.signer, [{ entry: draft({ type: 'item-stocked', author: world.hospital.author }) }])))
const newest = async (world: World): Promise<string> => (await world.parts.store.read((view) => view.checkpoint(origin)))!.note

/** A witness of the world's log that a test can silence. */
function createNode(world: World, answer: (body: string, inner: (body: string) => Promise<{ readonly status: number; readonly body: string }>) => Promise<{ readonly status: number; readonly body: string }> = (body, inner) => inner(body)): WitnessNode {
  let note: string | undefined
  const witness = createWitness({
    name: 'member.test', signer, logs: [{ origin, key: world.signer.log.publicJwk }], onSplitView: () => Promise.resolve(),
    state: { read: () => Promise.resolve(note), write: (_, next) => Promise.resolve(void (note = next)) },
  })
  return { name: 'member.test', key: signer.publicJwk, addCheckpoint: (body) => answer(body, (asked) => witness.addCheckpoint(asked)) }
}

const cosigned = async (world: World): Promise<boolean> => (await verifyCosignatures(await newest(world), [{ name: 'member.test', key: signer.publicJwk }])).length === 1

describe('members\' witnesses', () => {
  it('cosign every checkpoint that goes to the ledgers', async () => {
    const world = await createWorld()
    const sequencer = createSequencer({ ...world.parts, witnesses: [createNode(world)] })
    for (let round = 0; round < 3; round++) {
      await write(world)
      await sequencer.round()
      expect(await cosigned(world)).toBe(true)
    }
    expect(sequencer.witnesses()).toEqual([{ name: 'member.test', state: 'cosigning', size: 7 }])
  })

  it('correct an instance that has forgotten what they cosigned last', async () => {
    const world = await createWorld()
    const witnesses = [createNode(world)]
    const first = createSequencer({ ...world.parts, witnesses })
    await write(world)
    await first.round()
    await first.release()
    const second = createSequencer({ ...world.restart(), witnesses })
    await write(world)
    await second.round()
    expect(await cosigned(world)).toBe(true)
  })

  it.each([
    ['does not answer', () => Promise.reject(new Error('away')), 'silent'],
    ['refuses', () => Promise.resolve({ status: 422, body: 'no\n' }), 'refused'],
    ['sends a line that does not hold', () => Promise.resolve({ status: 200, body: `\u2014 member.test ${Buffer.alloc(76).toString('base64')}\n` }), 'refused'],
    ['sends more than a line', async (body: string, inner: (body: string) => Promise<{ readonly status: number; readonly body: string }>) => ({ status: 200, body: `${(await inner(body)).body}\u2014 other.test AAAAAAAA\n` }), 'refused'],
  ] as const)('hold nothing up: one that %s is left out, and said', async (_, answer, state) => {
    const world = await createWorld()
    const sequencer = createSequencer({ ...world.parts, witnesses: [createNode(world, answer)] })
    await write(world)
    await sequencer.round()
    expect(await cosigned(world)).toBe(false)
    expect(await newest(world)).not.toContain('other.test')
    expect(sequencer.witnesses()).toMatchObject([{ state }])
  })
})
