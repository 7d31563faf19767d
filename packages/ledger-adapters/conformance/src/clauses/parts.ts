import { ok } from 'node:assert'
import { LedgerError } from '@careledger/ledger-spec'
import type { Ledger, LedgerCapability, NewRecord } from '@careledger/ledger-spec'
import type { ConformanceTest, LedgerUnderTest } from '../ledger-under-test.ts'
import { equal, rejects } from '../expect.ts'
import { appendFinal, hex, idsOf, listAll, newDataRecord, newRecord, PRIVATE_STREAM, STREAM } from '../make-records.ts'
import { partVerbs } from '../verbs.ts'
import { watchFor } from '../watching.ts'

/** A clause of a part: tried where the capability is declared; where it is not, the part is asserted to be absent. */
function partTest(title: string, capability: LedgerCapability, run: (subject: LedgerUnderTest) => Promise<void>): ConformanceTest {
  return {
    title,
    async run(subject) {
      if (subject.ledger.describe().capabilities.has(capability)) await run(subject)
      else await absent(subject.ledger, capability)
    },
  }
}

async function absent(ledger: Ledger, capability: LedgerCapability): Promise<void> {
  for (const verb of partVerbs) {
    if (verb.capability === capability) await rejects(() => verb.call(ledger), 'LEDGER_NOT_SUPPORTED')
  }
}

/** The name that the ledger gives the account of `client`. */
async function accountOf(client: Ledger): Promise<string> {
  const record = newRecord()
  await appendFinal(client, STREAM, [record])
  return (await client.getMany(STREAM, [record.id]))[0]?.writer ?? ''
}

export const partTests: readonly ConformanceTest[] = [
  partTest('[capability-1] [private-1] private streams: the same verbs for members; undeclared, they are refused', 'private-streams', async (subject) => {
    const members = [await accountOf(subject.ledger), await accountOf(await subject.second())]
    await subject.ledger.privateStreams.open(PRIVATE_STREAM, members)
    await subject.ledger.privateStreams.open(PRIVATE_STREAM, members)
    const record = newDataRecord(new TextEncoder().encode('for members'))
    await appendFinal(subject.ledger, PRIVATE_STREAM, [record])
    await appendFinal(await subject.second(), PRIVATE_STREAM, [record, newRecord()].slice(0, subject.ledger.describe().limits.recordsMax))
    equal((await subject.ledger.getMany(PRIVATE_STREAM, [record.id])).map((read) => read?.digest), [record.digest])
    await rejects(() => subject.ledger.privateStreams.open(STREAM, members), 'LEDGER_CONFLICT')
  }),
  partTest('[private-1] outside the members nothing can be read, nor tested by a guess', 'private-streams', async (subject) => {
    const outsider = await subject.reader()
    await subject.ledger.privateStreams.open(PRIVATE_STREAM, [await accountOf(subject.ledger)])
    const record = newDataRecord(new TextEncoder().encode('for members'))
    await appendFinal(subject.ledger, PRIVATE_STREAM, [record])
    const guesses: readonly (readonly [NewRecord, NewRecord])[] = [[record, newRecord()]]
    for (const [right, wrong] of guesses) {
      for (const ask of asks) equal(await answer(() => ask(outsider, right)), await answer(() => ask(outsider, wrong)), 'a right guess and a wrong one get the same answer')
      equal((await answer(() => outsider.getMany(PRIVATE_STREAM, [right.id]))).filter((part) => part !== 'LEDGER_UNAUTHORISED' && part !== undefined), [])
    }
    equal(await watchFor(outsider, PRIVATE_STREAM, 100).catch((error: unknown) => (LedgerError.is(error, 'LEDGER_UNAUTHORISED') ? [] : [error])), [])
    equal((await answer(() => listAll(outsider, PRIVATE_STREAM))).filter((part) => part !== 'LEDGER_UNAUTHORISED'), [])
  }),
  partTest('[capability-1] [membership-1] a right given or taken holds for the next append; undeclared, it is refused', 'membership', async (subject) => {
    const other = await subject.second()
    const member = await accountOf(other)
    await subject.ledger.membership.revoke(STREAM, member, 'write')
    const refused = newRecord()
    await rejects(() => other.append(STREAM, [refused]), 'LEDGER_UNAUTHORISED')
    ok(!(await subject.ledger.membership.list(STREAM)).some((entry) => entry.member === member && entry.right === 'write'), 'the right is not listed')
    await subject.ledger.membership.grant(STREAM, member, 'write')
    ok((await subject.ledger.membership.list(STREAM)).some((entry) => entry.member === member && entry.right === 'write'), 'the right is listed')
    const record = newRecord()
    await appendFinal(other, STREAM, [record])
    const ids = idsOf(await listAll(subject.ledger, STREAM))
    ok(ids.includes(record.id) && !ids.includes(refused.id), 'only what was written with the right is there')
  }),
  partTest('[capability-1] [evidence-1] a final record has evidence, an unknown one has none; undeclared, it is refused', 'evidence', async (subject) => {
    const record = newRecord()
    await appendFinal(subject.ledger, STREAM, [record, newRecord()].slice(0, subject.ledger.describe().limits.recordsMax))
    const evidence = await subject.ledger.evidence.evidence(STREAM, record.id)
    ok(evidence !== undefined && evidence.format.length > 0 && evidence.bytes.length > 0, 'there is evidence and its format has a name')
    equal(await subject.ledger.evidence.evidence(STREAM, hex(16)), undefined)
    const again = await subject.reopen()
    await appendFinal(again, STREAM, [newRecord()])
    equal((await again.evidence.evidence(STREAM, record.id))?.format, evidence.format)
  }),
]

const asks: readonly ((ledger: Ledger, guess: NewRecord) => Promise<unknown>)[] = [
  (ledger, guess) => ledger.getMany(PRIVATE_STREAM, [guess.id]),
  async (ledger, guess) => (await ledger.list(PRIVATE_STREAM, { key: guess.key, limit: 1 })).records,
  (ledger, guess) => ledger.finality([{ stream: PRIVATE_STREAM, id: guess.id, digest: guess.digest }]),
  (ledger, guess) => ledger.append(PRIVATE_STREAM, [guess]),
]

/** What an outsider learns: the answer, or the code of the error. */
async function answer(ask: () => Promise<unknown>): Promise<readonly unknown[]> {
  try {
    const given = await ask()
    return Array.isArray(given) ? given : [given]
  } catch (error) {
    if (LedgerError.is(error)) return [error.code]
    throw error
  }
}
