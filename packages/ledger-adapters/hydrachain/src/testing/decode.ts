import { NodeError } from './node-error.ts'

/** Decoders of parameters, as strict as those of pyethapp 1.5.0 (pyethapp/jsonrpc.py, `quantity_decoder` and what follows it). */

export function toQuantity(value: unknown): bigint {
  if (typeof value !== 'string' || !/^0x[0-9a-f]+$/i.test(value) || (value.length > 3 && value[2] === '0')) throw new NodeError('Invalid quantity encoding')
  return BigInt(value)
}

export function toAddress(value: unknown): string {
  const hex = toData(value)
  if (hex.length !== 42 && hex.length !== 2) throw new NodeError('Addresses must be 20 or 0 bytes long')
  return hex
}

export function toHash(value: unknown, what: 'Block' | 'Transaction'): string {
  const hex = toData(value)
  if (hex.length !== 66) throw new NodeError(`${what} hashes must be 32 bytes long`)
  return hex
}

export function toData(value: unknown): string {
  const text = String(value)
  const hex = text.startsWith('0x') ? text.slice(2) : text
  if (!/^([0-9a-f]{2})*$/i.test(hex)) throw new NodeError('Non-hexadecimal digit found')
  return `0x${hex.toLowerCase()}`
}

export type BlockTag = 'latest' | 'earliest' | 'pending' | bigint

export function toBlockTag(value: unknown): BlockTag {
  return value === 'latest' || value === 'earliest' || value === 'pending' ? value : toQuantity(value)
}

/** A call has a `to`, which is empty for a creation, and takes `data` only. */
export function toCall(value: unknown): { readonly to: string; readonly data: string; readonly from?: string; readonly gas?: bigint } {
  const call = toObject(value, 'Transaction')
  if (!('to' in call)) throw new NodeError("'to'")
  return {
    to: toAddress(call['to']),
    data: 'data' in call ? toData(call['data']) : '0x',
    ...('from' in call ? { from: toAddress(call['from']) } : {}),
    ...('gas' in call ? { gas: toQuantity(call['gas']) } : {}),
  }
}

export function toObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new NodeError(`${what} must be an object`)
  return value as Readonly<Record<string, unknown>>
}

export function hex(quantity: bigint | number): string {
  return `0x${quantity.toString(16)}`
}
