import { createHash, randomBytes } from 'node:crypto'
import { compactSize, counted, encodeHeader, fromShownHash, type HeaderParts } from '../evidence/bitcoin-bytes.ts'
import { merklePath } from '../evidence/merkle-tree.ts'
import type { DoubleAct, DoubleItem } from './double-act.ts'

const OP_RETURN = 0x6a
const OP_DROP = 0x75

/** Outputs of a transaction as the real node writes them; one behind them stands for the change. */
export function outputScripts(act: DoubleAct, creationOf: (stream: string) => string): readonly Buffer[] {
  return [...actScripts(act, creationOf), Buffer.concat([Buffer.of(0x76, 0xa9), push(randomBytes(20)), Buffer.of(0x88, 0xac)])]
}

/** A transaction with one input, which `from` has signed, as far as its form goes: nobody checks signatures here. */
export function encodeTransaction(from: string, outputs: readonly Buffer[]): Buffer {
  const publicKey = Buffer.concat([Buffer.of(2), createHash('sha256').update(from).digest()])
  return transactionBytes(randomBytes(36), Buffer.concat([push(Buffer.concat([randomBytes(70), Buffer.of(1)])), push(publicKey)]), outputs)
}

/** A miner's own transaction. */
export function encodeCoinbase(height: number): Buffer {
  return transactionBytes(Buffer.from(`${'00'.repeat(32)}ffffffff`, 'hex'), Buffer.concat([push(compactSize(height)), push(randomBytes(8))]), [Buffer.of(OP_RETURN)])
}

/** The header of a block of transactions with these ids. */
export function makeHeader(txids: readonly string[], previousblockhash: string | undefined, time: number): HeaderParts & { readonly bytes: Buffer } {
  const merkleroot = Buffer.from(merklePath(txids.map(fromShownHash), 0).root).reverse().toString('hex')
  const parts = { version: 3, previousblockhash, merkleroot, time, bits: '2000ffff', nonce: 0 }
  return { ...parts, bytes: encodeHeader(parts) }
}

function actScripts(act: DoubleAct, creationOf: (stream: string) => string): readonly Buffer[] {
  if (act.kind === 'publish') return act.items.map((item) => itemScript(item, fromShownHash(creationOf(item.stream)).subarray(16)))
  if (act.kind === 'permit') return [Buffer.concat([drop('p', Buffer.from(`${act.right} ${act.given}`)), push(randomBytes(20))])]
  const name = Buffer.concat([Buffer.of(0, 1), counted(Buffer.from(act.name))])
  return [Buffer.concat([drop('n', Buffer.concat([Buffer.from('020006010800070102', 'hex'), name])), Buffer.of(OP_RETURN)])]
}

function itemScript({ keys, data }: DoubleItem, entity: Buffer): Buffer {
  const raw = typeof data === 'string'
  const content = raw ? Buffer.from(data, 'hex') : Buffer.from(JSON.stringify(data))
  const heads = [drop('e', entity), ...keys.map((key) => drop('k', Buffer.from(key))), ...(raw ? [] : [drop('f', Buffer.of(2))])]
  return Buffer.concat([...heads, Buffer.of(OP_RETURN), push(content)])
}

function drop(kind: string, bytes: Uint8Array): Buffer {
  return Buffer.concat([push(Buffer.concat([Buffer.from(`spk${kind}`), bytes])), Buffer.of(OP_DROP)])
}

function push(bytes: Uint8Array): Buffer {
  const { length } = bytes
  if (length < 0x4c) return Buffer.concat([Buffer.of(length), bytes])
  const [code, size] = length < 0x100 ? [0x4c, 1] : length < 0x1_0000 ? [0x4d, 2] : [0x4e, 4]
  const head = Buffer.alloc(1 + size)
  head.writeUInt8(code)
  head.writeUIntLE(length, 1, size)
  return Buffer.concat([head, bytes])
}

function transactionBytes(spent: Buffer, input: Buffer, outputs: readonly Buffer[]): Buffer {
  const version = Buffer.from('01000000', 'hex')
  return Buffer.concat([
    version, compactSize(1), spent, counted(input), Buffer.from('ffffffff', 'hex'),
    compactSize(outputs.length), ...outputs.map((script) => Buffer.concat([Buffer.alloc(8), counted(script)])), Buffer.alloc(4),
  ])
}
