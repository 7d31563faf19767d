/**
 * A second implementation of docs/entry-format.md, on node:crypto and nothing of this package. Plain and slow on purpose: it is what the
 * first one is compared with.
 */
import { createHash, createHmac, createPublicKey, createCipheriv, hkdfSync, verify as nodeVerify } from 'node:crypto'

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }
export type Members = { [name: string]: Json }

export const bytesOf = (text: string): Buffer => Buffer.from(text, 'utf8')
export const hexBytes = (text: string): Buffer => Buffer.from(text, 'hex')
export const unbase64url = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text) throw new Error('base64url')
  return bytes
}
export const u64 = (n: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(n))
  return bytes
}
export const lp = (bytes: Uint8Array): Buffer => Buffer.concat([u64(bytes.length), bytes])
export const sha256 = (...parts: readonly Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()
export const hmac = (key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer => createHmac('sha256', key).update(Buffer.concat(parts)).digest()
export const tagged = (name: string, ...parts: readonly Uint8Array[]): Buffer => {
  const tag = sha256(bytesOf(`careledger/v1/${name}`))
  return sha256(tag, tag, ...parts.map(lp))
}

export const canonical = (value: Json): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name]!)}`).join(',')}}`
  }
  if (value === null || (typeof value === 'number' && !(Number.isSafeInteger(value) && value >= 0))) throw new Error('not hashed')
  return JSON.stringify(value)
}
export const readCanonical = (bytes: Uint8Array): Json => {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  const value = JSON.parse(text) as Json
  if (canonical(value) !== text || !text.isWellFormed() || /\\ud[89a-f]/i.test(text.replaceAll('\\\\', ''))) throw new Error('not canonical')
  return value
}

export const members = (value: Json | undefined, required: readonly string[], optional: readonly string[] = []): Members => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not an object')
  for (const name of required) if (!Object.hasOwn(value, name)) throw new Error(`without ${name}`)
  for (const name of Object.keys(value)) if (!required.includes(name) && !optional.includes(name)) throw new Error(`unknown ${name}`)
  return value
}
export const text = (value: Json | undefined, pattern: RegExp): string => {
  if (typeof value !== 'string' || !pattern.test(value)) throw new Error('text')
  return value
}
export const bytes32 = (value: Json | undefined): Buffer => {
  const bytes = unbase64url(text(value, /^[A-Za-z0-9_-]{43}$/))
  return bytes
}
export const integer = (value: Json | undefined, max = Number.MAX_SAFE_INTEGER): number => {
  if (typeof value !== 'number' || value > max) throw new Error('integer')
  return value
}
export const list = (value: Json | undefined, max: number): Json[] => {
  if (!Array.isArray(value) || value.length > max) throw new Error('list')
  return value
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
export const partyPattern = /^[a-z0-9][a-z0-9-]{0,63}$/
export const mediaTypePattern = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*(; ?[A-Za-z0-9-]+=[A-Za-z0-9!#$&^_.+-]+)*$/

export const checkEntry = (value: Json | undefined): Members => {
  const entry = members(value, ['v', 'id', 'network', 'type', 'custodian', 'issuedAt', 'author'], ['subject', 'payload', 'replaces'])
  if (entry.v !== 1 || bytesOf(canonical(entry)).length > 4096) throw new Error('entry')
  text(entry.id, uuidPattern)
  text(entry.network, /^[a-z][a-z0-9-]{0,30}$/)
  if (text(entry.type, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/).length > 63) throw new Error('type')
  text(entry.custodian, partyPattern)
  if (new Date(text(entry.issuedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)).toISOString() !== entry.issuedAt) throw new Error('issuedAt')
  if ('subject' in entry) bytes32(entry.subject)
  if ('payload' in entry) bytes32(entry.payload)
  if ('replaces' in entry) text(entry.replaces, uuidPattern)
  const author = members(entry.author, ['party', 'key'], ['credential'])
  text(author.party, partyPattern)
  bytes32(author.key)
  if ('credential' in author) text(author.credential, uuidPattern)
  return entry
}
export const entryHash = (entry: Members): Buffer => tagged('entry', bytesOf(canonical(entry)))

export const checkSignatureObject = (value: Json | undefined): Members => {
  const single = typeof value === 'object' && value !== null && !('count' in value)
  const signature = members(value, single ? ['jws'] : ['jws', 'index', 'count', 'path'])
  if (text(signature.jws, /^[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]{86}$/).length > 1024) throw new Error('jws')
  if (!single) {
    const count = integer(signature.count, 4096)
    if (count < 1 || integer(signature.index) >= count) throw new Error('batch')
    list(signature.path, 12).forEach(bytes32)
  }
  return signature
}
export const signatureHash = (signature: Members): Buffer => {
  const jws = bytesOf(signature.jws as string)
  if (!('count' in signature)) return tagged('signature', jws)
  return tagged('batch-signature', jws, u64(signature.index as number), u64(signature.count as number), Buffer.concat((signature.path as string[]).map(unbase64url)))
}

export const checkKey = (value: Json | undefined): Members => {
  const ed = typeof value === 'object' && value !== null && (value as Members).kty === 'OKP'
  const key = members(value, ed ? ['kty', 'crv', 'x'] : ['kty', 'crv', 'x', 'y'])
  if (key.kty !== (ed ? 'OKP' : 'EC') || key.crv !== (ed ? 'Ed25519' : 'P-256')) throw new Error('key')
  bytes32(key.x)
  if (ed) checkPoint(bytes32(key.x))
  else {
    bytes32(key.y)
    createPublicKey({ key: key as never, format: 'jwk' })
  }
  return key
}
export const thumbprint = (key: Members): string => sha256(bytesOf(canonical(key))).toString('base64url')

const smallOrder = ['00'.repeat(32), '01'.padStart(64, '0'), `7f${'ff'.repeat(30)}ec`, '05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826', '7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7']
const checkPoint = (point: Buffer): void => {
  const y = Buffer.from(point).reverse()
  y[0]! &= 0x7f
  const hex = y.toString('hex')
  if (hex >= `7f${'ff'.repeat(30)}ed` || smallOrder.includes(hex)) throw new Error('point')
}

/** Whether 64 bytes are a strict signature of the message. */
export const verifyRaw = (key: Members, message: Uint8Array, signature: Buffer): boolean => {
  const publicKey = createPublicKey({ key: key as never, format: 'jwk' })
  if (signature.length !== 64) return false
  const [left, right] = [signature.subarray(0, 32).toString('hex'), Buffer.from(signature.subarray(32)).toString('hex')]
  if (key.kty === 'OKP') {
    if (Buffer.from(signature.subarray(32)).reverse().toString('hex') >= '1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed') return false
    checkPoint(signature.subarray(0, 32))
    return nodeVerify(null, message, publicKey, signature)
  }
  const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'
  if ([left, right].some((half) => half >= order || half === '00'.repeat(32))) return false
  return nodeVerify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
}

export const rootOf = (leaf: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer => {
  if (index >= size) throw new Error('index')
  let [f, s, r] = [BigInt(index), BigInt(size) - 1n, leaf]
  for (const p of path) {
    if (s === 0n) throw new Error('path')
    if ((f & 1n) === 1n || f === s) {
      r = sha256(Buffer.of(1), p, r)
      while ((f & 1n) === 0n && f > 0n) [f, s] = [f >> 1n, s >> 1n]
    } else r = sha256(Buffer.of(1), r, p)
    f >>= 1n
    s >>= 1n
  }
  if (s !== 0n) throw new Error('path')
  return r
}
/** RFC 9162 §2.1.1, as the definition reads. */
export const treeHash = (inputs: readonly Uint8Array[]): Buffer => {
  if (inputs.length === 0) return sha256()
  if (inputs.length === 1) return sha256(Buffer.of(0), inputs[0]!)
  let k = 1
  while (k * 2 < inputs.length) k *= 2
  return sha256(Buffer.of(1), treeHash(inputs.slice(0, k)), treeHash(inputs.slice(k)))
}

export const verifyJws = (entry: Members, signature: Members, key: Members): boolean => {
  const author = entry.author as Members
  if (thumbprint(key) !== author.key) return false
  const isBatch = 'count' in signature
  const typ = isBatch ? 'careledger-batch+jws' : 'careledger-entry+jws'
  let payload = canonical(entry)
  if (isBatch) {
    const root = rootOf(sha256(Buffer.of(0), entryHash(entry)), signature.index as number, signature.count as number, (signature.path as string[]).map(unbase64url))
    payload = canonical({ v: 1, kind: 'batch', count: signature.count!, root: root.toString('base64url'), author })
  }
  const header = bytesOf(canonical({ alg: key.kty === 'OKP' ? 'EdDSA' : 'ES256', kid: author.key!, typ })).toString('base64url')
  const [found, , tail] = (signature.jws as string).split('.')
  return found === header && verifyRaw(key, bytesOf(`${header}.${bytesOf(payload).toString('base64url')}`), unbase64url(tail!))
}

/** AES-256-GCM as the format seals: nonce, ciphertext, tag. */
export const sealWith = (contentKey: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Buffer => {
  const cipher = createCipheriv('aes-256-gcm', contentKey, nonce).setAAD(aad)
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}
export const epochKeyOf = (secret: Uint8Array, epoch: number): Buffer => Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `careledger/v1/epoch|${epoch}`, 32))
