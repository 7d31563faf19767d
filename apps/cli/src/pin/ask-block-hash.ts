import { z } from 'zod'
import { CommandError, exitCodes } from '../exit-codes.ts'

export const nodeKinds = ['ethereum', 'multichain'] as const
export type NodeKind = (typeof nodeKinds)[number]

interface Question {
  readonly title: string
  readonly method: string
  params(height: number): readonly unknown[]
  /** `null`: the node has no such block. */
  readonly answer: z.ZodType<string | null>
}

/** RPC_BLOCK_NOT_FOUND of MultiChain's rpcprotocol.h. */
const OUT_OF_RANGE = -711

const questions: Readonly<Record<NodeKind, Question>> = {
  ethereum: {
    title: 'an Ethereum',
    method: 'eth_getBlockByNumber',
    params: (height) => [`0x${height.toString(16)}`, false],
    answer: z.object({ result: z.object({ hash: z.string().regex(/^0x[0-9a-f]{64}$/) }).nullable() }).transform(({ result }) => result?.hash ?? null),
  },
  multichain: {
    title: 'a MultiChain',
    method: 'getblockhash',
    params: (height) => [height],
    answer: z.union([
      z.object({ result: z.string().regex(/^[0-9a-f]{64}$/) }).transform(({ result }) => result),
      z.object({ error: z.object({ code: z.literal(OUT_OF_RANGE) }) }).transform(() => null),
    ]),
  },
}

/**
 * Hash of the block at `height`, by the node at `url`, whose user and password go into a header. CommandError UNAVAILABLE: it does not answer
 * as such a node; NO_SUCH_BLOCK: it has no block there.
 */
export async function askBlockHash(kind: NodeKind, url: string, height: number): Promise<string> {
  const { title, method, params, answer } = questions[kind]
  let hash: string | null
  try {
    const { username, password, ...address } = addressOf(url)
    const authorization = username === '' ? {} : { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
    const response = await fetch(address.href, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: params(height) }),
      signal: AbortSignal.timeout(10_000),
    })
    hash = answer.parse(await response.json())
  } catch {
    throw new CommandError(exitCodes.unavailable, 'UNAVAILABLE', `The node does not answer as ${title} node.`)
  }
  if (hash === null) throw new CommandError(exitCodes.no, 'NO_SUCH_BLOCK', `The node has no block ${height}: it is behind, or on another chain.`)
  return hash
}

function addressOf(text: string): { readonly username: string; readonly password: string; readonly href: string } {
  const url = new URL(text)
  const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)]
  url.username = ''
  url.password = ''
  return { username, password, href: url.href }
}
