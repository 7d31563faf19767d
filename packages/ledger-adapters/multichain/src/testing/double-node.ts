import { randomBytes } from 'node:crypto'
import type { DoubleAct, DoubleItem } from './double-act.ts'
import type { DoubleBlock, DoubleChain, DoubleState, DoubleTransaction } from './double-chain.ts'

/** An error object as the node answers it. */
export class DoubleRefusal extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** One node of a chain: its wallet, its subscriptions, and the calls that the adapter and its tests make. */
export interface DoubleNode {
  readonly state: DoubleState
  /** An address of the wallet; the first of the first node may do everything. */
  readonly addresses: readonly string[]
  answer(method: string, params: readonly unknown[]): unknown
  /** As when the wallet is restored from before the subscription. */
  forgetSubscriptions(): void
}

export interface DoubleNodeOptions {
  readonly chainName: string
  /** Members of `getblockchainparams` that differ from a chain's defaults. */
  readonly params?: Readonly<Record<string, unknown>> | undefined
}

interface Placed {
  readonly transaction: DoubleTransaction
  readonly item: DoubleItem
  readonly vout: number
  readonly block: DoubleBlock | undefined
  /** In its block; the miner's own transaction is 0. */
  readonly index: number
}

const SHOWN_BYTES_MAX = 16_384
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const FOR_EVER = 4_294_967_295

export function createDoubleNode(chain: DoubleChain, index: number, { chainName, params = {} }: DoubleNodeOptions): DoubleNode {
  const state = chain.nodes[index]
  if (state === undefined) throw new RangeError('The chain has no such node')
  const addresses = [newAddress()]
  const subscribed = new Set<string>()
  const calls: Readonly<Record<string, (...given: never[]) => unknown>> = {
    getblockchainparams: () => ({
      'chain-protocol': 'multichain', 'target-block-time': 1, 'mining-diversity': 0.3, 'mine-empty-rounds': 10, 'max-std-op-returns-count': 32,
      'max-std-op-return-size': 2_097_152, 'max-std-tx-size': 4_194_304, 'chain-name': chainName, 'genesis-hash': chain.genesis.hash, ...params,
    }),
    getinfo: () => ({ version: '2.3', chainname: chainName, blocks: state.tip.height, connections: chain.nodes.length - 1, errors: '' }),
    getblockhash: (height: number) => state.blocks()[height]?.hash ?? refuse(-711, 'Block height out of range'),
    getbestblockhash: () => state.tip.hash,
    getmempoolinfo: () => ({ size: state.mempool.length, bytes: state.mempool.length * 256 }),
    listblocks: (range: string) => state.blocks().slice(Number(range)).map(({ hash, height, time, transactions }) => ({ hash, miner: addresses[0], confirmations: state.tip.height - height + 1, height, time, txcount: transactions.length + 1 })),
    getchaintips: () => state.tips.map(({ block, active }) => ({ height: block.height, hash: block.hash, branchlen: block.height - forkHeight(block), status: block === state.tip ? 'active' : active ? 'valid-fork' : 'valid-headers' })),
    getaddresses: () => addresses,
    getnewaddress: () => { addresses.push(newAddress()); return addresses.at(-1) },
    create: (_type: string, name: string, { restrict }: { readonly restrict: string }) => submit(addresses[0], { kind: 'create', name, restrict: restrict.split(',') }),
    grant: (address: string, rights: string) => permit(addresses[0], address, rights, true),
    grantfrom: (from: string, address: string, rights: string) => permit(from, address, rights, true),
    revokefrom: (from: string, address: string, rights: string) => permit(from, address, rights, false),
    verifypermission: (address: string, right: string) => { findStream(right.split('.')[0] ?? ''); return state.may(address, right) },
    listpermissions,
    liststreams: (name: string) => (name === '*' ? streams() : [findStream(name)]).map(showStream),
    subscribe: (name: string) => { findStream(name); subscribed.add(name); return null },
    publishmultifrom: (from: string, stream: string, items: readonly { readonly keys: readonly string[]; readonly data: unknown; readonly options?: string }[]) =>
      publish(from, items.map(({ keys, data, options }) => ({ stream, keys, data, offchain: options === 'offchain' }))),
    liststreamitems: (name: string, _verbose: boolean, count: number, start: number) => placed(name).slice(start, start + count).map(showItem),
    liststreamkeyitems: (name: string, key: string, _verbose: boolean, count: number, start: number) => placed(name).filter(({ item }) => item.keys.includes(key)).slice(start, start + count).map(showItem),
    liststreamkeys: (name: string, keys: readonly string[]) => countKeys(name, keys),
    gettxoutdata: (txid: string, vout: number) => all().find(({ transaction }) => transaction.txid === txid && transaction.act.kind === 'publish' && transaction.act.items[vout])?.transaction.act,
    getblock: (hash: string) => {
      const block = state.blocks().find((each) => each.hash === hash) ?? refuse(-711, 'Block not found')
      const { previousblockhash, ...header } = block.header
      return {
        hash, confirmations: state.tip.height - block.height + 1, height: block.height, ...header, ...(previousblockhash === undefined ? {} : { previousblockhash }),
        tx: [block.coinbase, ...block.transactions].map(({ txid }) => txid),
      }
    },
    getrawtransaction: (txid: string, verbose = 0) => {
      const { block, transaction: { raw, outputs } } = all().find(({ transaction }) => transaction.txid === txid) ?? refuse(-710, 'No information available about transaction')
      if (verbose === 0) return raw.toString('hex')
      const shown = { hex: raw.toString('hex'), txid, vout: outputs.map((script, n) => ({ n, scriptPubKey: { hex: script.toString('hex') } })) }
      return block === undefined ? shown : { ...shown, blockhash: block.hash, confirmations: state.tip.height - block.height + 1 }
    },
  }

  function all(): readonly { readonly transaction: DoubleTransaction; readonly block: DoubleBlock | undefined; readonly index: number }[] {
    return [
      ...(state?.blocks() ?? []).flatMap((block) => block.transactions.map((transaction, place) => ({ transaction, block, index: place + 1 }))),
      ...(state?.mempool ?? []).map((transaction) => ({ transaction, block: undefined, index: -1 })),
    ]
  }

  function streams() {
    return all().flatMap(({ transaction: { txid, act } }) => (act.kind === 'create' ? [{ name: act.name, createtxid: txid, restrict: act.restrict }] : []))
  }

  function findStream(name: string) {
    return streams().find((stream) => stream.name === name) ?? refuse(-708, `Stream with this name not found: ${name}`)
  }

  function showStream({ name, createtxid, restrict }: ReturnType<typeof findStream>) {
    const shown = { name, createtxid, restrict: { write: restrict.includes('write'), read: false, onchain: restrict.includes('onchain'), offchain: restrict.includes('offchain') }, details: {}, subscribed: subscribed.has(name) }
    return subscribed.has(name) ? { ...shown, synchronized: true, items: placed(name).length } : shown
  }

  function placed(name: string): readonly Placed[] {
    findStream(name)
    if (!subscribed.has(name)) refuse(-703, 'Not subscribed to this stream')
    return all().flatMap(({ transaction, block, index: place }) => (transaction.act.kind !== 'publish' ? []
      : transaction.act.items.flatMap((item, vout) => (item.stream === name ? [{ transaction, item, vout, block, index: place }] : []))))
  }

  function showItem({ transaction, item, vout, block, index: place }: Placed) {
    const size = typeof item.data === 'string' ? item.data.length / 2 : 0
    return {
      publishers: [transaction.from], keys: item.keys, offchain: item.offchain, available: true,
      data: size > SHOWN_BYTES_MAX ? { txid: transaction.txid, vout, format: 'raw', size } : item.data,
      confirmations: block === undefined ? 0 : (state?.tip.height ?? 0) - block.height + 1,
      ...(block === undefined ? {} : { blockhash: block.hash, blockheight: block.height, blockindex: place, blocktime: block.time }),
      txid: transaction.txid, vout, valid: true,
    }
  }

  function countKeys(name: string, keys: readonly string[]) {
    if (new Set(keys).size !== keys.length) refuse(-8, 'Invalid parameter, duplicate value: x')
    const items = placed(name)
    return keys.map((key) => {
      const found = items.filter(({ item }) => item.keys.includes(key))
      return { key, items: found.length, confirmed: found.filter(({ block }) => block !== undefined).length }
    })
  }

  function publish(from: string, items: readonly DoubleItem[]): string {
    if (!addresses.includes(from)) refuse(-709, 'Private key for from-address is not found in this wallet')
    if (items.length > 32) refuse(-8, 'Number of items exceeds 32 (max-std-op-returns-count)')
    for (const { stream } of items) {
      findStream(stream)
      if (state?.may(from, `${stream}.write`) !== true) refuse(-704, 'Publishing in this stream is not allowed from this address.')
    }
    return submit(from, { kind: 'publish', items })
  }

  function permit(from: string | undefined, address: string, rights: string, given: boolean): string {
    if (!/^1[1-9A-HJ-NP-Za-km-z]{33}$/.test(address)) refuse(-5, `Invalid address: ${address}`)
    const stream = rights.includes('.') ? findStream(rights.split('.')[0] ?? '') : undefined
    const admin = chain.nodes[0]?.blocks() !== undefined && (index === 0 && from === addresses[0] || (stream !== undefined && from !== undefined && creatorOf(stream.name) === from))
    if (!admin) refuse(-704, "This wallet doesn't have addresses with activate or admin permission")
    let txid = ''
    for (const right of rights.split(',')) txid = submit(from, { kind: 'permit', address, right, given })
    return txid
  }

  function creatorOf(name: string): string | undefined {
    return all().find(({ transaction: { act } }) => act.kind === 'create' && act.name === name)?.transaction.from
  }

  function listpermissions(right: string) {
    const name = right.split('.')[0] ?? ''
    findStream(name)
    const holders = new Set(all().flatMap(({ transaction: { from, act } }) => (act.kind === 'permit' && act.right === right ? [act.address] : act.kind === 'create' && act.name === name ? [from] : [])))
    return [...holders].filter((address) => state?.may(address, right)).map((address) => ({ address, for: { type: 'stream', name, streamref: null }, type: 'write', startblock: 0, endblock: FOR_EVER }))
  }

  function submit(from: string | undefined, act: DoubleAct): string {
    return state?.submit(from ?? '', act).txid ?? ''
  }

  function forkHeight(block: DoubleBlock): number {
    const active = new Set(state?.blocks())
    let each: DoubleBlock | undefined = block
    while (each !== undefined && !active.has(each)) each = each.previous
    return each?.height ?? 0
  }

  return {
    state,
    addresses,
    answer(method, given) {
      const call = calls[method] ?? refuse(-32_601, 'Method not found')
      if (method === 'gettxoutdata') return dataOf(call(...(given as never[])), given[1] as number)
      return call(...(given as never[]))
    },
    forgetSubscriptions: () => subscribed.clear(),
  }
}

function dataOf(act: unknown, vout: number): unknown {
  const items = (act as Extract<DoubleAct, { kind: 'publish' }> | undefined)?.items ?? refuse(-710, 'No information available about transaction')
  return items[vout]?.data
}

function newAddress(): string {
  return `1${[...randomBytes(33)].map((byte) => BASE58[byte % 58]).join('')}`
}

function refuse(code: number, message: string): never {
  throw new DoubleRefusal(code, message)
}
