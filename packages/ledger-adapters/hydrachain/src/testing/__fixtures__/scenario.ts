import { getCreateAddress, SigningKey, Transaction, computeAddress } from 'ethers'
import { PROBE_CREATION } from './probe-contract.ts'

/** What a node answered to one request: the whole exchange, so that transport and shape are compared too. */
export interface Exchange {
  readonly name: string
  readonly request: string
  readonly status: number
  readonly contentType: string | null
  readonly reply: unknown
}

interface Subject {
  readonly url: string
  /** Private key of an account with at least one ether that has never sent anything. */
  readonly fundedKey: string
  /** Private key of an account without money that has never sent anything. */
  readonly emptyKey: string
  /** Longest that a transaction may take into a block, in milliseconds. */
  readonly blockWithinMs: number
  /** Makes a block, on a node that waits to be told; others make one by themselves. */
  makeBlock?(): Promise<void>
  /** No answer for so long is none at all, in milliseconds. */
  readonly silenceMs: number
}

const TOPICS = ['11', '22', '33'].map((byte) => `0x${byte.repeat(32)}`) as [string, string, string]
const UNKNOWN = `0x${'ab'.repeat(32)}`
const NONCE_FIRST = 1_048_576

/**
 * Everything that the adapter or a user of this node may run into, in an order that works on a fresh chain. Run against a real
 * node by `record.ts` and against the double by its test; both must come out the same but for hashes, times and heights.
 */
export async function runScenario(subject: Subject): Promise<readonly Exchange[]> {
  const exchanges: Exchange[] = []
  const funded = new SigningKey(subject.fundedKey)
  const empty = new SigningKey(subject.emptyKey)
  const from = computeAddress(funded).toLowerCase()

  async function post(name: string, body: string): Promise<unknown> {
    const response = await fetch(subject.url, { method: 'POST', body, signal: AbortSignal.timeout(20_000) })
    const text = await response.text()
    exchanges.push({ name, request: body, status: response.status, contentType: response.headers.get('content-type'), reply: parse(text) })
    return parse(text)
  }
  async function unanswered(name: string, body: string): Promise<void> {
    const reply = await fetch(subject.url, { method: 'POST', body, signal: AbortSignal.timeout(subject.silenceMs) }).then((response) => response.text(), (error: Error) => error.name)
    exchanges.push({ name, request: body, status: 0, contentType: null, reply })
  }
  async function ask(name: string, method: string, ...params: readonly unknown[]): Promise<unknown> {
    const reply = await post(name, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
    return (reply as { result?: unknown }).result
  }
  /** Without recording it. */
  async function peek(method: string, ...params: readonly unknown[]): Promise<unknown> {
    const response = await fetch(subject.url, { method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }), signal: AbortSignal.timeout(20_000) })
    return (await response.json() as { result?: unknown }).result
  }
  async function mined(hash: string): Promise<Record<string, string>> {
    await subject.makeBlock?.()
    const until = Date.now() + subject.blockWithinMs
    while (Date.now() < until) {
      const receipt = await peek('eth_getTransactionReceipt', hash)
      if (receipt !== null) return receipt as Record<string, string>
      await new Promise((resolve) => setTimeout(resolve, Math.min(100, subject.blockWithinMs / 100)))
    }
    throw new Error(`${hash} came into no block`)
  }
  let nonce = NONCE_FIRST
  const send = async (name: string, tx: Parameters<typeof signed>[1], key = funded): Promise<string> => {
    const transaction = signed(key, tx)
    await ask(name, 'eth_sendRawTransaction', transaction.serialized)
    return transaction.hash ?? ''
  }

  await post('no method', '{"id":1}')
  await post('no jsonrpc', '{"id":1,"method":"eth_blockNumber","params":[]}')
  await post('not json', 'nonsense')
  await post('a batch', '[{"jsonrpc":"2.0","id":1,"method":"eth_gasPrice"},{"jsonrpc":"2.0","id":"two","method":"no_such"}]')
  await unanswered('the id 0', '{"jsonrpc":"2.0","id":0,"method":"eth_gasPrice","params":[]}')
  await unanswered('no id', '{"jsonrpc":"2.0","method":"eth_gasPrice","params":[]}')
  await unanswered('a batch with the id 0', '[{"jsonrpc":"2.0","id":0,"method":"eth_gasPrice","params":[]},{"jsonrpc":"2.0","id":1,"method":"eth_gasPrice","params":[]}]')
  await ask('too few parameters', 'eth_getBlockByNumber', '0x1')
  for (const method of ['eth_chainId', 'eth_feeHistory', 'eth_maxPriorityFeePerGas', 'eth_subscribe', 'eth_getBlockReceipts', 'debug_traceTransaction', 'no_such']) {
    await ask(`${method} is missing`, method)
  }
  for (const method of ['web3_clientVersion', 'net_version', 'eth_protocolVersion', 'eth_gasPrice', 'eth_gasLimit', 'eth_syncing', 'eth_mining']) {
    await ask(method, method)
  }

  await ask('count of a new account', 'eth_getTransactionCount', from, 'latest')
  await ask('nonce of a new account', 'eth_nonce', from, 'pending')
  await ask('address too short', 'eth_nonce', '0x12', 'pending')
  for (const tag of ['0x0', 'earliest', '0x1', 'pending', '0xffffff', 'safe', 'finalized', '0x01']) await ask(`block ${tag}`, 'eth_getBlockByNumber', tag, false)
  await ask('block by unknown hash', 'eth_getBlockByHash', UNKNOWN, false)
  await ask('receipt of an unknown transaction', 'eth_getTransactionReceipt', UNKNOWN)
  await ask('unknown transaction', 'eth_getTransactionByHash', UNKNOWN)

  const deployGas = { gasLimit: 100_000, data: PROBE_CREATION }
  await ask('estimate of a deployment', 'eth_estimateGas', { from, to: '0x', data: PROBE_CREATION })
  await ask('estimate without to', 'eth_estimateGas', { from, data: PROBE_CREATION })
  const deployed = await send('a deployment', { nonce: nonce++, ...deployGas })
  await ask('receipt while pending', 'eth_getTransactionReceipt', deployed)
  await ask('nonce while pending', 'eth_nonce', from, 'pending')
  await ask('latest nonce while pending', 'eth_nonce', from, 'latest')
  await mined(deployed)
  const contract = getCreateAddress({ from, nonce: NONCE_FIRST }).toLowerCase()
  await ask('receipt of a deployment', 'eth_getTransactionReceipt', deployed)
  await ask('transaction of a deployment', 'eth_getTransactionByHash', deployed)
  await ask('count after one transaction', 'eth_getTransactionCount', from, 'latest')
  await ask('nonce after one transaction', 'eth_nonce', from, 'latest')
  await ask('code', 'eth_getCode', contract, 'latest')
  await ask('code where there is none', 'eth_getCode', from, 'latest')

  const emit = (topic0: string, topic1: string) => `${topic0}${topic1.slice(2)}`
  await ask('call', 'eth_call', { to: contract, data: emit(TOPICS[0], TOPICS[1]) }, 'latest')
  await ask('call by input, which is ignored', 'eth_call', { to: contract, input: emit(TOPICS[0], TOPICS[1]) }, 'latest')
  await ask('call without to', 'eth_call', { data: '0x' }, 'latest')
  await ask('call that fails', 'eth_call', { to: contract, data: '0x' }, 'latest')
  await ask('call of an account', 'eth_call', { to: from, data: '0x' }, 'latest')
  await ask('estimate of a call', 'eth_estimateGas', { from, to: contract, data: emit(TOPICS[0], TOPICS[1]) })
  await ask('estimate with all the gas of a block', 'eth_estimateGas', { from, to: contract, data: emit(TOPICS[0], TOPICS[1]), gas: '0x2fefd8' })
  await ask('estimate with more gas than a block has', 'eth_estimateGas', { from, to: contract, data: emit(TOPICS[0], TOPICS[1]), gas: '0x2fefd9' })
  await ask('estimate with less gas than it takes', 'eth_estimateGas', { from, to: contract, data: emit(TOPICS[0], TOPICS[1]), gas: '0x67a0' })
  await ask('call with more gas than a block has', 'eth_call', { to: contract, data: emit(TOPICS[0], TOPICS[1]), gas: '0x2fefd9' }, 'latest')
  await ask('estimate of a call that fails', 'eth_estimateGas', { from, to: contract, data: '0x' })

  const first = await send('a call', { nonce: nonce++, to: contract, data: emit(TOPICS[0], TOPICS[1]) })
  const second = await send('another call behind it', { nonce: nonce++, to: contract, data: emit(TOPICS[0], TOPICS[2]) })
  await ask('estimate with all the gas of a block while some is used', 'eth_estimateGas', { from, to: contract, data: emit(TOPICS[0], TOPICS[1]), gas: '0x2fefd8' })
  await ask('call at pending', 'eth_call', { to: contract, data: emit(TOPICS[0], TOPICS[1]) }, 'pending')
  const where = await mined(first)
  await mined(second)
  await ask('receipt of a call', 'eth_getTransactionReceipt', first)
  await ask('receipt of the second in a block', 'eth_getTransactionReceipt', second)
  await ask('transaction of a call', 'eth_getTransactionByHash', second)
  await ask('block with transactions', 'eth_getBlockByNumber', where['blockNumber'], true)
  await ask('block with hashes', 'eth_getBlockByHash', where['blockHash'], false)

  await ask('logs by null, in the newest block only', 'eth_getLogs', { address: contract, fromBlock: '0x0', toBlock: 'latest', topics: [null, TOPICS[1]] })
  const failing = await send('a call that will fail', { nonce: nonce++, to: contract, data: '0x' })
  await mined(failing)
  await ask('receipt of a failed call', 'eth_getTransactionReceipt', failing)
  await ask('call at a block with a failed transaction', 'eth_call', { to: contract, data: emit(TOPICS[0], TOPICS[1]) }, 'latest')
  await ask('call behind a block with a failed transaction', 'eth_call', { to: contract, data: emit(TOPICS[0], TOPICS[1]) }, 'pending')
  await ask('storage at a block with a failed transaction', 'eth_getStorageAt', contract, '0x0', 'latest')
  const behind = await send('a call that will fail, again', { nonce: nonce++, to: contract, data: '0x' })
  await ask('call at a pending block with a failed transaction', 'eth_call', { to: contract, data: emit(TOPICS[0], TOPICS[1]) }, 'pending')
  await ask('estimate at a pending block with a failed transaction', 'eth_estimateGas', { to: contract, data: emit(TOPICS[0], TOPICS[1]) })
  await mined(behind)

  const range = { address: contract, fromBlock: '0x0', toBlock: 'latest' }
  await ask('logs', 'eth_getLogs', range)
  await ask('logs by topic', 'eth_getLogs', { ...range, topics: [TOPICS[0], TOPICS[2]] })
  await ask('logs by one of several topics', 'eth_getLogs', { ...range, topics: [TOPICS[0], [TOPICS[1], UNKNOWN]] })
  await ask('logs by addresses', 'eth_getLogs', { ...range, address: [contract, from], topics: [TOPICS[0]] })
  await ask('logs with fewer topics than asked', 'eth_getLogs', { ...range, topics: [TOPICS[0], TOPICS[1], TOPICS[2]] })
  await ask('logs by null', 'eth_getLogs', { ...range, topics: [null, TOPICS[1]] })
  await ask('logs by an empty choice', 'eth_getLogs', { ...range, topics: [TOPICS[0], []] })
  await ask('logs by null of an address without logs', 'eth_getLogs', { ...range, address: from, topics: [null] })
  await ask('logs by block hash, which is ignored', 'eth_getLogs', { address: contract, blockHash: UNKNOWN, fromBlock: '0x0' })
  await ask('logs of a range turned round', 'eth_getLogs', { ...range, fromBlock: 'latest', toBlock: '0x1' })
  await ask('logs of a strange tag', 'eth_getLogs', { ...range, toBlock: 'safe' })
  const filter = await ask('a filter', 'eth_newFilter', { ...range, topics: [TOPICS[0], TOPICS[1]] })
  await ask('logs of a filter', 'eth_getFilterLogs', filter)
  await ask('no changes of a filter', 'eth_getFilterChanges', filter)
  await ask('a filter taken away', 'eth_uninstallFilter', filter)
  await ask('a filter taken away twice', 'eth_uninstallFilter', filter)
  await ask('an unknown filter', 'eth_getFilterChanges', '0xfff')

  const starved = await send('a deployment with too little gas for its code', { nonce: nonce++, gasLimit: 28_000, data: PROBE_CREATION })
  await mined(starved)
  await ask('receipt of a starved deployment', 'eth_getTransactionReceipt', starved)
  await ask('its code', 'eth_getCode', getCreateAddress({ from, nonce: nonce - 1 }).toLowerCase(), 'latest')

  const lost = {
    'nonce too low': await send('nonce too low', { nonce: nonce - 1, to: contract, data: emit(TOPICS[1], TOPICS[1]) }),
    'nonce too high': await send('nonce too high', { nonce: nonce + 1, to: contract, data: emit(TOPICS[1], TOPICS[2]) }),
    'gas above the limit of a block': await send('gas above the limit of a block', { nonce, gasLimit: 3_141_593, to: contract, data: emit(TOPICS[1], TOPICS[0]) }),
    'no money': await send('no money', { nonce: NONCE_FIRST, to: contract, data: emit(TOPICS[2], TOPICS[2]) }, empty),
  }
  const free = await send('for nothing', { nonce: NONCE_FIRST, to: contract, gasPrice: 0, data: emit(TOPICS[2], TOPICS[0]) }, empty)
  await mined(free)
  for (const [name, hash] of Object.entries(lost)) {
    await ask(`receipt: ${name}`, 'eth_getTransactionReceipt', hash)
    await ask(`transaction: ${name}`, 'eth_getTransactionByHash', hash)
  }
  await ask('receipt: for nothing', 'eth_getTransactionReceipt', free)
  await ask('nonce after the lost ones', 'eth_nonce', from, 'pending')
  const after = await send('the nonce that was too high, when it fits', { nonce: nonce++, to: contract, data: emit(TOPICS[1], TOPICS[2]) })
  await mined(after)
  const again = await send('the very transaction that was lost', { nonce: nonce++, to: contract, data: emit(TOPICS[1], TOPICS[2]) })
  await mined(again)
  await ask('receipt of it', 'eth_getTransactionReceipt', again)
  await send('a transaction that is in a block', { nonce: nonce - 1, to: contract, data: emit(TOPICS[1], TOPICS[2]) })
  const big = await send('more than a block takes, first', { nonce: nonce++, gasLimit: 3_000_000, to: contract, data: '0x' })
  const crowded = await send('more than a block takes, second', { nonce, gasLimit: 200_000, to: contract, data: emit(TOPICS[2], TOPICS[1]) })
  await mined(big)
  await ask('gas limit of a full block', 'eth_gasLimit')
  await ask('block behind a full one', 'eth_getBlockByNumber', 'pending', false)
  await ask('receipt: crowded out', 'eth_getTransactionReceipt', crowded)
  await ask('nonce: crowded out', 'eth_nonce', from, 'pending')

  const protectedOne = Transaction.from({ type: 0, chainId: 1337n, nonce, gasPrice: 1n, gasLimit: 100_000n, to: contract, data: emit(TOPICS[0], TOPICS[1]) })
  protectedOne.signature = funded.sign(protectedOne.unsignedHash)
  await ask('a transaction with EIP-155', 'eth_sendRawTransaction', protectedOne.serialized)
  const typed = Transaction.from({ type: 2, chainId: 1n, nonce, maxFeePerGas: 1n, maxPriorityFeePerGas: 1n, gasLimit: 100_000n, to: contract })
  typed.signature = funded.sign(typed.unsignedHash)
  await ask('a typed transaction', 'eth_sendRawTransaction', typed.serialized)
  await send('gas below what a transaction costs', { nonce, gasLimit: 21_000, to: contract, data: '0x11' })
  const behindFull = await send('a call behind a full block', { nonce: nonce++, to: contract, data: emit(TOPICS[0], TOPICS[1]) })
  await mined(behindFull)
  await ask('gas limit behind a full block', 'eth_gasLimit')
  await ask('block behind it', 'eth_getBlockByNumber', 'pending', false)
  await ask('no account for it', 'eth_sendTransaction', { from: `0x${'cd'.repeat(20)}`, to: contract, data: '0x', gas: '0x186a0' })
  return exchanges
}

function signed(key: SigningKey, { nonce, gasLimit = 100_000, gasPrice = 1, to, data }: {
  readonly nonce: number
  readonly gasLimit?: number
  readonly gasPrice?: number
  readonly to?: string
  readonly data: string
}): Transaction {
  const transaction = Transaction.from({ type: 0, chainId: 0n, nonce, gasLimit, gasPrice, to: to ?? null, data })
  transaction.signature = key.sign(transaction.unsignedHash)
  return transaction
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
