import { newEntryId, utf8 } from '@careledger/proof'
import { coverDecisions, recordDecisions } from '../log/record-decisions.ts'
import { startLog } from '../log/start-log.ts'
import { accept, createWorld, draft, note, settled, sign, signBatch, type World, type WorldOptions } from './world.ts'

/** A world with something of everything, at rest. */
export interface FilledWorld extends World {
  readonly notes: readonly string[]
  readonly large: string
  readonly decisions: readonly string[]
  readonly subject: string
}

export async function createFilledWorld(options: WorldOptions = {}): Promise<FilledWorld> {
  const world = await createWorld(options)
  const { parts, doctor, hospital } = world
  const log = await startLog(parts)
  const one = await world.patient()
  const other = await world.patient()
  const notes: string[] = []
  for (const subject of [one.subject, other.subject, one.subject]) notes.push((await accept(parts, doctor, await note(doctor, subject, `note ${notes.length}`)))[0]!.id)
  const [large] = await accept(parts, doctor, await sign(doctor.signer, draft({ type: 'note-written', author: doctor.author, subject: one.subject }), new Uint8Array(300_000).fill(65)))
  await accept(parts, hospital, await signBatch(hospital.signer, Array.from({ length: 300 }, (_, place) => ({ entry: draft({ type: 'item-stocked', author: hospital.author }), payload: { item: `item ${place % 7}` } }))))
  await accept(parts, doctor, await sign(doctor.signer, draft({ type: 'epoch-raised', author: doctor.author, subject: one.subject })))
  const decisions = Array.from({ length: 5 }, () => newEntryId())
  await log.stop()
  // With nobody else recording, and once all are old enough, one entry covers them.
  await parts.store.write({ decisions: decisions.map((id) => ({ id, about: 'token', bytes: utf8(`decision ${id}`) })) })
  await new Promise((resolve) => setTimeout(resolve, 20))
  await recordDecisions(parts)
  const again = await startLog(world.restart())
  await settled(parts)
  await again.stop()
  return { ...world, notes, large: large!.id, decisions, subject: one.subject }
}

/** Adds something to every table of a filled world, and brings it to rest again. */
export async function writeMore({ parts, restart, doctor, hospital, subject }: FilledWorld): Promise<void> {
  const more = restart()
  const log = await startLog(more)
  await accept(more, doctor, await note(doctor, subject, 'one more'))
  await accept(more, hospital, await sign(hospital.signer, draft({ type: 'item-stocked', author: hospital.author }), { item: 'item 1' }))
  await accept(more, doctor, await sign(doctor.signer, draft({ type: 'epoch-raised', author: doctor.author, subject })))
  await parts.store.write({ decisions: [{ id: newEntryId(), about: 'token', bytes: utf8('one more') }] })
  await coverDecisions(more)
  await settled(more)
  await log.stop()
}
