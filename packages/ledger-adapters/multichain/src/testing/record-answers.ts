import { randomBytes } from 'node:crypto'
import { callNode, type NodeAccess } from './node-access.ts'

/** Answers and refusals of one node to the calls that the adapter makes, by the name of what is asked. */
export interface RecordedAnswers {
  readonly answers: Readonly<Record<string, unknown>>
  readonly refusals: Readonly<Record<string, string>>
}

/**
 * Asks a node everything that the adapter asks, on a stream of its own. Done on a real node (`MULTICHAIN_RECORD=1` with the live
 * test), this is what `__fixtures__/answers.json` holds; done on the double, it is compared with that.
 */
export async function recordAnswers(node: NodeAccess): Promise<RecordedAnswers> {
  const name = `rec-${randomBytes(6).toString('hex')}`
  const answers: Record<string, unknown> = {}
  const refusals: Record<string, string> = {}
  const ask = async (title: string, method: string, params: readonly unknown[] = []): Promise<unknown> => (answers[title] = await callNode(node, method, params))
  const refuse = async (title: string, method: string, params: readonly unknown[]): Promise<void> => {
    await callNode(node, method, params).then(() => { refusals[title] = 'not refused' }, (error: Error) => { refusals[title] = error.message.replaceAll(name, 'STREAM') })
  }
  const [admin] = (await callNode(node, 'getaddresses')) as string[]
  const stranger = (await callNode(node, 'getnewaddress')) as string
  for (const method of ['getblockchainparams', 'getinfo', 'getbestblockhash', 'getmempoolinfo', 'getchaintips']) await ask(method, method)
  await ask('listblocks', 'listblocks', ['-2'])
  await ask('getblockhash', 'getblockhash', [0])
  await refuse('a height that is not there', 'getblockhash', [100_000_000])
  await refuse('a stream that is not there', 'liststreams', [name])
  await ask('create', 'create', ['stream', name, { restrict: 'write' }])
  await ask('liststreams, not subscribed', 'liststreams', [name])
  await refuse('not subscribed', 'liststreamitems', [name, true, 10, 0])
  await ask('subscribe', 'subscribe', [name])
  await ask('publishmultifrom', 'publishmultifrom', [admin, name, [{ keys: ['a', 'b'], data: '00ff' }, { keys: ['a'], data: { text: 'x' } }, { keys: ['c'], data: '07'.repeat(20_000) }]])
  await ask('liststreams, subscribed', 'liststreams', [name])
  await ask('liststreamitems, in no block', 'liststreamitems', [name, true, 10, 0])
  await ask('liststreamkeyitems', 'liststreamkeyitems', [name, 'b', true, 10, 0])
  await ask('liststreamkeys', 'liststreamkeys', [name, ['a', 'b', 'unknown']])
  await ask('getrawtransaction', 'getrawtransaction', [answers['publishmultifrom'], 1])
  await refuse('a key twice', 'liststreamkeys', [name, ['a', 'a']])
  await refuse('no right to write', 'publishmultifrom', [stranger, name, [{ keys: ['a'], data: '00' }]])
  await refuse('33 items', 'publishmultifrom', [admin, name, Array.from({ length: 33 }, () => ({ keys: ['a'], data: '00' }))])
  await refuse('no address', 'grantfrom', [admin, 'nonsense', `${name}.write`])
  await ask('grantfrom', 'grantfrom', [admin, stranger, `${name}.write`])
  await ask('listpermissions', 'listpermissions', [`${name}.write`])
  await ask('revokefrom', 'revokefrom', [admin, stranger, `${name}.write`])
  return { answers, refusals }
}
