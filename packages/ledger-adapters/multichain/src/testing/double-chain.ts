import { doubleSha256, toShownHash, type HeaderParts } from '../evidence/bitcoin-bytes.ts'
import type { DoubleAct } from './double-act.ts'
import { encodeCoinbase, encodeTransaction, makeHeader, outputScripts } from './double-bytes.ts'

export interface DoubleTransaction {
  readonly txid: string
  readonly from: string
  readonly act: DoubleAct
  readonly outputs: readonly Buffer[]
  readonly raw: Buffer
}

export interface DoubleBlock {
  readonly hash: string
  readonly height: number
  readonly previous: DoubleBlock | undefined
  readonly time: number
  readonly transactions: readonly DoubleTransaction[]
  /** The miner's own transaction. */
  readonly coinbase: { readonly txid: string; readonly raw: Buffer }
  readonly header: HeaderParts
}

/** What one node knows. */
export interface DoubleState {
  readonly tip: DoubleBlock
  /** In the node's own order, which differs from every other node's. */
  readonly mempool: readonly DoubleTransaction[]
  /** Ends of every branch that the node has seen, and whether it was ever the active one. */
  readonly tips: readonly { readonly block: DoubleBlock; readonly active: boolean }[]
  /** Blocks of the active chain by height. */
  blocks(): readonly DoubleBlock[]
  /** Whether `address` has the right now, pending changes included. */
  may(address: string, right: string): boolean
  submit(from: string, act: DoubleAct): DoubleTransaction
}

/** A chain of several nodes without a clock: blocks come when they are asked for, or after so many calls. */
export interface DoubleChain {
  readonly genesis: DoubleBlock
  readonly nodes: readonly DoubleState[]
  /** One block by `node` with what waits there. */
  mine(node?: number, count?: number): void
  /** From now on nodes hear nothing of each other. */
  part(): void
  /** Nodes tell each other everything: the longest branch wins, the transactions of the others wait again. */
  join(): void
  /** Called for each call of a node: every `callsPerBlock`-th makes a block, until 10 in a row were empty. */
  tick(): void
}

export interface DoubleChainOptions {
  readonly nodes?: number | undefined
  /** 0: blocks come from `mine` only. */
  readonly callsPerBlock?: number | undefined
  /** Milliseconds since 1970, for the time of blocks. */
  readonly now?: (() => number) | undefined
}

/** `mine-empty-rounds`: an idle chain of the real node stops then. */
const EMPTY_BLOCKS_MAX = 10

export function createDoubleChain({ nodes: count = 1, callsPerBlock = 0, now = Date.now }: DoubleChainOptions = {}): DoubleChain {
  const genesis = makeBlock(undefined, seconds(now), [])
  const nodes = Array.from({ length: count }, () => createState(genesis, announce))
  let parted = false
  let calls = 0
  let turn = 0

  function announce(from: DoubleNodeState, transaction: DoubleTransaction): void {
    if (!parted) for (const node of nodes) if (node !== from) node.hear(transaction)
  }

  function mine(index = 0, blocks = 1): void {
    const node = nodes[index]
    for (let block = 0; block < blocks && node !== undefined; block += 1) {
      const made = makeBlock(node.tip, seconds(now), node.mempool)
      for (const each of parted ? [node] : nodes) each.receive(made)
    }
  }

  return {
    genesis,
    nodes,
    mine,
    part() { parted = true },
    join() {
      parted = false
      const longest = nodes.reduce((best, node) => (node.tip.height > best.tip.height ? node : best)).tip
      const all = nodes.flatMap((node) => [...node.tips.map(({ block }) => block), longest])
      for (const node of nodes) for (const block of all) node.receive(block)
      for (const node of nodes) for (const other of nodes) for (const transaction of other.mempool) if (other !== node) node.hear(transaction)
    },
    tick() {
      calls += 1
      if (callsPerBlock === 0 || parted || calls % callsPerBlock !== 0) return
      const idle = nodes[0]?.blocks().slice(-EMPTY_BLOCKS_MAX) ?? []
      const stopped = idle.length === EMPTY_BLOCKS_MAX && idle.every(({ transactions }) => transactions.length === 0)
      if (stopped && nodes.every(({ mempool }) => mempool.length === 0)) return
      mine(turn % count)
      turn += 1
    },
  }
}

interface DoubleNodeState extends DoubleState {
  hear(transaction: DoubleTransaction): void
  receive(block: DoubleBlock): void
}

function createState(genesis: DoubleBlock, announce: (from: DoubleNodeState, transaction: DoubleTransaction) => void): DoubleNodeState {
  let tip = genesis
  let mempool: readonly DoubleTransaction[] = []
  let active = branchOf(genesis)
  const seen = new Map<DoubleBlock, boolean>([[genesis, true]])

  const state: DoubleNodeState = {
    get tip() { return tip },
    get mempool() { return mempool },
    get tips() {
      const parents = new Set([...seen.keys()].map(({ previous }) => previous))
      return [...seen].filter(([block]) => !parents.has(block)).map(([block, wasActive]) => ({ block, active: wasActive }))
    },
    blocks: () => active,
    may: (address, right) => mayIn([...active.flatMap(({ transactions }) => transactions), ...mempool], address, right),
    submit(from, act) {
      const outputs = outputScripts(act, (stream) => creationOf([...active.flatMap(({ transactions }) => transactions), ...mempool], stream))
      const raw = encodeTransaction(from, outputs)
      const transaction = { txid: toShownHash(doubleSha256(raw)), from, act, outputs, raw }
      mempool = [...mempool, transaction]
      announce(state, transaction)
      return transaction
    },
    /** What others send is put first: no two nodes have one order before a block decides. */
    hear(transaction) {
      if (!mempool.includes(transaction) && !active.some(({ transactions }) => transactions.includes(transaction))) mempool = [transaction, ...mempool]
    },
    receive(block) {
      for (let each: DoubleBlock | undefined = block; each !== undefined && !seen.has(each); each = each.previous) seen.set(each, false)
      if (block.height <= tip.height) return
      const waiting = [...active.filter((each) => !isOn(block, each)).flatMap(({ transactions }) => transactions), ...mempool]
      tip = block
      active = branchOf(block)
      for (const each of active) seen.set(each, true)
      const included = new Set(active.flatMap(({ transactions }) => transactions))
      mempool = stillValid([...included], waiting.filter((transaction) => !included.has(transaction)))
    },
  }
  return state
}

function makeBlock(previous: DoubleBlock | undefined, time: number, transactions: readonly DoubleTransaction[]): DoubleBlock {
  const height = previous === undefined ? 0 : previous.height + 1
  const raw = encodeCoinbase(height)
  const coinbase = { txid: toShownHash(doubleSha256(raw)), raw }
  const { bytes, ...header } = makeHeader([coinbase, ...transactions].map(({ txid }) => txid), previous?.hash, time)
  return { hash: toShownHash(doubleSha256(bytes)), height, previous, time, transactions, coinbase, header }
}

function creationOf(transactions: readonly DoubleTransaction[], stream: string): string {
  return transactions.find(({ act }) => act.kind === 'create' && act.name === stream)?.txid ?? ''
}

function branchOf(block: DoubleBlock): readonly DoubleBlock[] {
  const blocks: DoubleBlock[] = []
  for (let each: DoubleBlock | undefined = block; each !== undefined; each = each.previous) blocks.push(each)
  return blocks.reverse()
}

function isOn(tip: DoubleBlock, block: DoubleBlock): boolean {
  let each: DoubleBlock | undefined = tip
  while (each !== undefined && each.height > block.height) each = each.previous
  return each === block
}

/** What waited is tried again after each block: a writer whose right was taken meanwhile is not heard. */
function stillValid(included: readonly DoubleTransaction[], waiting: readonly DoubleTransaction[]): readonly DoubleTransaction[] {
  const valid: DoubleTransaction[] = []
  for (const transaction of waiting) {
    const before = [...included, ...valid]
    const { act } = transaction
    if (act.kind !== 'publish' || act.items.every(({ stream }) => mayIn(before, transaction.from, `${stream}.write`))) valid.push(transaction)
  }
  return valid
}

function mayIn(transactions: readonly DoubleTransaction[], address: string, right: string): boolean {
  const stream = right.split('.')[0]
  let may = false
  for (const { from, act } of transactions) {
    if (act.kind === 'permit' && act.address === address && act.right === right) may = act.given
    if (act.kind === 'create' && act.name === stream && (from === address || (right.endsWith('.write') && !act.restrict.includes('write')))) may = true
  }
  return may
}

function seconds(now: () => number): number {
  return Math.floor(now() / 1_000)
}
