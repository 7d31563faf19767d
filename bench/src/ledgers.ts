import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ledger, NewRecord } from '@careledger/ledger-spec'
import { openLedgers, type LedgerNode } from '@careledger/reference/testing'
import type { Bench, Reporter } from './bench.ts'
import { startChild } from './measure/child-server.ts'
import { cpuSecondsOf, processTree } from './measure/cpu.ts'
import { measureThroughput, type Throughput } from './measure/throughput.ts'
import { bareStreams, connectBare } from './peers/connect-bare.ts'
import type { LedgerNodeName } from './servers/ledger-node.ts'

/** Milliseconds of each of the three parts for each ledger. */
const partMs = 5_000
const stream = 'bench'
/** Entries that one checkpoint stands for, and bytes of its note. */
const covered = 1_024
const noteBytes = 300
/** Appends given to the adapter at once: it joins or queues them as the ledger wants. */
const lanes = 8

const ledgerNames: readonly (readonly [LedgerNodeName, string])[] = [
  ['journal', 'in-memory'], ['anvil', 'Ethereum'], ['geth', 'Ethereum'], ['hydrachain', 'HydraChain'], ['multichain', 'MultiChain'], ['fabric', 'Fabric'],
]

/** Our adapters beside one transaction for each record, on the same node, one after the other in one run. */
export const ledgers: Bench = {
  name: 'ledgers',
  claim: 'Records to final on every ledger of this machine: at least 20 times one transaction per record by a bare client on the same node.',
  async run(report) {
    for (const [name, title] of ledgerNames) {
      if (name === 'geth' && !process.env['GETH_BIN']) report.note('Skipped: Ethereum on geth (GETH_BIN names none).')
      else await measureLedger(name, title, report)
    }
    report.note('Against doubles and development chains: what is compared is the work for a record, not the speed of a network.')
  },
}

async function measureLedger(name: LedgerNodeName, title: string, report: Reporter): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'careledger-bench-'))
  const node = await startChild<object, Omit<LedgerNode, 'stop'>>('servers/ledger-node.ts', { name, directory, streams: [stream, ...bareStreams] })
  try {
    const { against, configuration } = node.ready
    const nodeCpu = () => (name === 'journal' ? 0 : cpuSecondsOf(processTree(node.pid)))
    report.note(`${title}, against ${against}:`)
    const [opened] = await openLedgers({ directory, ledgers: { bench: configuration as never }, networks: {} })
    if (opened === undefined) throw new Error(`${title} did not open.`)
    const { ledger } = opened
    const { recordsMax } = ledger.describe().limits
    const indexed = await measurePart(nodeCpu, lanes, recordsMax, () => append(ledger, newRecords(recordsMax)))
    const checkpointed = await measurePart(nodeCpu, 1, covered, () => append(ledger, [newNote()]))
    await ledger.close()
    const bare = await connectBare(configuration, directory)
    const plain = await measurePart(nodeCpu, bare.lanes, 1, (lane) => bare.write(lane))
    await bare.close()

    show(report, `${title}: records, ${recordsMax.toLocaleString('en')} in an append`, 'records/s', indexed)
    show(report, `${title}: entries under checkpoints, ${covered.toLocaleString('en')} in each`, 'entries/s', checkpointed)
    show(report, `${title}: bare (${bare.what})`, 'records/s', plain)
    report.figure({ what: `${title}: CPU of client and node, bare to records`, value: cpuOf(plain) / cpuOf(indexed), unit: '×' })
    const times = { what: `${title}: records to bare`, value: indexed.perSecond / plain.perSecond, unit: '×' }
    // HydraChain's default is checkpoints: its blocks have gas for a few hundred records.
    if (name === 'hydrachain') report.figure(times)
    else report.aim({ ...times, atLeast: 20 })
    report.aim({ what: `${title}: checkpointed entries to bare`, value: checkpointed.perSecond / plain.perSecond, atLeast: 20, unit: '×' })
  } finally {
    await node.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

interface Part extends Pick<Throughput, 'perSecond' | 'p50Ms' | 'p99Ms'> {
  /** Microseconds for each record. */
  readonly clientCpu: number
  readonly nodeCpu: number
  /** For each record; `undefined` without gas. */
  readonly gas?: number | undefined
}

/** Keeps `writers` busy; `write` gives the gas of its transaction of `records`. What is in flight at the end is waited for, and counts. */
async function measurePart(nodeCpu: () => number, writers: number, records: number, write: (lane: number) => Promise<number | undefined>): Promise<Part> {
  await write(0)
  let gas: number | undefined
  const [node, client] = [nodeCpu(), process.cpuUsage()]
  const { operations, perSecond, p50Ms, p99Ms } = await measureThroughput({
    clients: writers, forMs: partMs, cpuSeconds: () => 0,
    operation: async (lane) => {
      const used = await write(lane)
      if (used !== undefined) gas = (gas ?? 0) + used
    },
  })
  const { user, system } = process.cpuUsage(client)
  const each = operations * records
  return { perSecond: perSecond * records, p50Ms, p99Ms, clientCpu: (user + system) / each, nodeCpu: ((nodeCpu() - node) * 1e6) / each, gas: gas === undefined ? undefined : gas / each }
}

async function append(ledger: Ledger, records: readonly NewRecord[]): Promise<number | undefined> {
  const [receipt] = await ledger.append(stream, records, { until: 'final' })
  const gas = receipt?.raw?.['gasUsed']
  return gas === undefined ? undefined : Number(gas)
}

function show(report: Reporter, what: string, unit: string, { perSecond, p50Ms, p99Ms, clientCpu, nodeCpu, gas }: Part): void {
  const cpu = (microseconds: number) => `${microseconds.toPrecision(3)} µs`
  const notes = [`to final p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms`, `CPU each: client ${cpu(clientCpu)}`, ...(nodeCpu === 0 ? [] : [`node ${cpu(nodeCpu)}`]), ...(gas === undefined ? [] : [`${gas.toFixed(1)} gas each`])]
  report.figure({ what, value: perSecond, unit, note: notes.join(', ') })
}

function cpuOf({ clientCpu, nodeCpu }: Part): number {
  return clientCpu + nodeCpu
}

function newRecords(count: number): readonly NewRecord[] {
  const bytes = randomBytes(80 * count).toString('hex')
  return Array.from({ length: count }, (_, n) => {
    const record = bytes.slice(160 * n, 160 * (n + 1))
    return { id: record.slice(0, 32), key: record.slice(32, 96), digest: record.slice(96) }
  })
}

function newNote(): NewRecord {
  const data = randomBytes(noteBytes)
  return { id: randomBytes(16).toString('hex'), digest: createHash('sha256').update(data).digest('hex'), data }
}
