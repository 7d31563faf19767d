/** A second implementation of docs/proof-format.md, on node:crypto and nothing of this package. */
import {
  bytes32, bytesOf, canonical, checkEntry, checkKey, checkSignatureObject, entryHash, integer, list, mediaTypePattern, members, partyPattern, readCanonical, rootOf, sha256, signatureHash, tagged, text, thumbprint, u64, unbase64url, verifyJws, verifyRaw, type Json,
  type Members,
} from './second-implementation.ts'

const checkOpening = (value: Json | undefined): Members => {
  const opening = members(value, ['salt', 'mediaType', typeof value === 'object' && value !== null && 'payload' in value ? 'payload' : 'sha256'])
  bytes32(opening.salt)
  const mediaType = text(opening.mediaType, mediaTypePattern)
  if (mediaType.length > 128) throw new Error('mediaType')
  if ('payload' in opening) unbase64url(text(opening.payload, /^[A-Za-z0-9_-]*$/))
  else bytes32(opening.sha256)
  return opening
}
export const commitmentOf = (opening: Members): string => {
  const hash = 'payload' in opening ? sha256(unbase64url(opening.payload as string)) : unbase64url(opening.sha256 as string)
  return tagged('commitment', unbase64url(opening.salt as string), bytesOf(opening.mediaType as string), hash).toString('base64url')
}

export const leafHashOf = (logged: Members): Buffer => {
  const leaf = logged.leaf as Members
  const previous = 'chainPrevious' in leaf ? unbase64url(leaf.chainPrevious as string) : Buffer.alloc(0)
  const input = tagged('leaf', entryHash(logged.entry as Members), signatureHash(logged.signature as Members), u64(leaf.chainSequence as number), previous)
  return sha256(Buffer.of(0), input)
}

interface Note { readonly body: string; readonly origin: string; readonly size: number; readonly root: Buffer; readonly lines: readonly { readonly name: string; readonly blob: Buffer; readonly line: string }[] }
export const readNote = (note: string): Note => {
  if (note.length > 65536) throw new Error('note')
  const [, body, origin, size, root, tail] = /^(([^\n]+)\n(0|[1-9]\d*)\n([A-Za-z0-9+/]{43}=)\n)\n((?:— [!-*,-~]{1,255} [A-Za-z0-9+/]+={0,2}\n){1,256})$/u.exec(note) ?? []
  if (body === undefined || !/^[!-*,-~]{1,255}$/.test(origin!) || !Number.isSafeInteger(Number(size))) throw new Error('note')
  const lines = tail!.slice(0, -1).split('\n').map((line) => {
    const [, name, blob] = line.split(' ')
    const bytes = Buffer.from(blob!, 'base64')
    if (bytes.toString('base64') !== blob || bytes.length < 5) throw new Error('line')
    return { name: name!, blob: bytes, line }
  })
  if (Buffer.from(root!, 'base64').toString('base64') !== root) throw new Error('root')
  return { body, origin: origin!, size: Number(size), root: Buffer.from(root!, 'base64'), lines }
}
const keyId = (name: string, type: number, key: Members): Buffer => sha256(bytesOf(`${name}\n`), Buffer.of(type), unbase64url(key.x as string)).subarray(0, 4)
export const logLine = (note: Note, key: Members) => {
  const id = keyId(note.origin, 1, key)
  const own = note.lines.filter((line) => line.name === note.origin && line.blob.subarray(0, 4).equals(id))
  if (own.length !== 1) throw new Error('log line')
  return own[0]!
}
export const verifyNote = (note: Note, key: Members): boolean => verifyRaw(checkKey(key), bytesOf(note.body), logLine(note, key).blob.subarray(4))
export const verifyCosigner = (note: Note, name: string, key: Members): boolean =>
  note.lines.some(({ name: found, blob }) => {
    if (found !== name || blob.length !== 76 || !blob.subarray(0, 4).equals(keyId(name, 4, key))) return false
    if (blob.readBigUInt64BE(4) > 8_640_000_000_000n) return false
    return verifyRaw(key, bytesOf(`cosignature/v1\ntime ${blob.readBigUInt64BE(4)}\n${note.body}`), blob.subarray(12))
  })
export const checkpointId = (origin: string, size: number): string => tagged('checkpoint-id', bytesOf(origin), u64(size)).toString('hex').slice(0, 32)

const checkLeaf = (value: Json | undefined): void => {
  const leaf = members(value, ['chainSequence'], ['chainPrevious'])
  if ((integer(leaf.chainSequence) === 0) === 'chainPrevious' in leaf) throw new Error('leaf')
  if ('chainPrevious' in leaf) bytes32(leaf.chainPrevious)
}
const checkLogged = (value: Json | undefined): Members => {
  const logged = members(value, ['entry', 'signature', 'leaf', 'index', 'path'], ['opening'])
  checkEntry(logged.entry)
  checkSignatureObject(logged.signature)
  checkLeaf(logged.leaf)
  integer(logged.index)
  list(logged.path, 53).forEach(bytes32)
  if ('opening' in logged) checkOpening(logged.opening)
  return logged
}
const checkAnchorForm = (value: Json): void => {
  const anchor = members(value, ['ledgerId', 'kind', 'stream', 'id', 'digest', 'for'], ['blind', 'evidence'])
  text(anchor.ledgerId, /^[!-~]{1,256}$/)
  text(anchor.kind, /^[a-z0-9][a-z0-9-]{0,30}$/)
  text(anchor.stream, /^[a-z0-9][a-z0-9-]{0,30}$/)
  text(anchor.id, /^[0-9a-f]{32}$/)
  text(anchor.digest, /^[0-9a-f]{64}$/)
  text(anchor.for, /^(record|checkpoint)$/)
  if ('blind' in anchor) bytes32(anchor.blind)
  if ('evidence' in anchor && text(anchor.evidence, /^[^]+$/).length > 65536) throw new Error('evidence')
}
const readProof = (bytes: Uint8Array): Members => {
  const file = members(readCanonical(bytes), ['format', 'entry', 'signature', 'leaf', 'log', 'checkpoint', 'credentials', 'anchors'], ['opening', 'status'])
  text(file.format, /^careledger-proof\/1$/)
  checkEntry(file.entry)
  checkSignatureObject(file.signature)
  checkLeaf(file.leaf)
  const log = members(file.log, ['origin', 'index', 'size', 'path'])
  text(log.origin, /^[!-*,-~]{1,255}$/)
  integer(log.index)
  integer(log.size)
  list(log.path, 53).forEach(bytes32)
  if (text(file.checkpoint, /^/).length > 65536) throw new Error('checkpoint')
  const ids = list(file.credentials, 16).map((item) => (checkLogged(item).entry as Members).id)
  if (new Set(ids).size !== ids.length) throw new Error('credentials')
  list(file.anchors, 64).forEach(checkAnchorForm)
  if ('opening' in file) checkOpening(file.opening)
  if ('status' in file) {
    const status = members(file.status, [], ['supersededBy', 'revocations'])
    if ('supersededBy' in status) checkLogged(status.supersededBy)
    if ('revocations' in status) list(status.revocations, 16).forEach(checkLogged)
  }
  return file
}

const payloadOf = (logged: Members): Members => {
  const opening = logged.opening as Members
  if (commitmentOf(opening) !== (logged.entry as Members).payload) throw new Error('commitment')
  return readCanonical(unbase64url(opening.payload as string)) as Members
}
const readCredential = (logged: Members): Members => {
  const credential = members(payloadOf(logged), ['v', 'party', 'kind', 'roles', 'key'], ['organisation'])
  if (credential.v !== 1) throw new Error('v')
  text(credential.party, partyPattern)
  text(credential.kind, /^(platform|organisation|person|system)$/)
  if ('organisation' in credential) text(credential.organisation, partyPattern)
  const roles = list(credential.roles, 16).map((role) => text(role, /^[a-z][a-z0-9-]{0,30}$/))
  if (roles.some((role, index) => index > 0 && roles[index - 1]! >= role)) throw new Error('roles')
  checkKey(credential.key)
  return credential
}
export const mayEnrol = (type: string, credential: Members, issuer: Members | undefined): boolean => {
  const roles = credential.roles as string[]
  const platformRole = roles.includes('operator') || roles.includes('platform')
  if (type === 'platform-root') return credential.kind === 'platform' && !('organisation' in credential)
  if (issuer === undefined) return false
  if (type === 'organisation-enrolled') return issuer.kind === 'platform' && credential.kind === 'organisation' && !('organisation' in credential) && !platformRole
  if (type !== 'key-enrolled') return false
  if (credential.party === issuer.party) return credential.kind === issuer.kind && credential.organisation === issuer.organisation && roles.every((role) => (issuer.roles as string[]).includes(role))
  if (credential.kind !== 'person' && credential.kind !== 'system') return false
  if (issuer.kind === 'platform') return !('organisation' in credential)
  return issuer.kind === 'organisation' && credential.organisation === issuer.party && !platformRole
}

export interface SecondTrust { readonly logs: readonly { readonly origin: string; readonly key: unknown }[]; readonly root: unknown; readonly witnesses: readonly { readonly name: string; readonly key: unknown }[]; readonly witnessThreshold: number }
type Outcome = 'pass' | 'fail' | 'unchecked'
const outcomeOf = (check: () => boolean | 'unchecked'): Outcome => {
  try {
    const result = check()
    return result === 'unchecked' ? 'unchecked' : result ? 'pass' : 'fail'
  } catch {
    return 'fail'
  }
}

/** The outcomes of all steps, nothing asked of anyone. */
export const secondVerify = (bytes: Uint8Array, trust: SecondTrust): { readonly valid: boolean; readonly outcomes: Readonly<Record<string, Outcome>> } => {
  const names = ['parse', 'commitment', 'signature', 'leaf', 'inclusion', 'checkpoint', 'witnesses', 'credentials', 'revocation', 'anchor', 'superseded']
  let file: Members
  try {
    file = readProof(bytes)
  } catch {
    return { valid: false, outcomes: Object.fromEntries(names.map((name) => [name, name === 'parse' ? 'fail' : 'unchecked'])) }
  }
  const [entry, log] = [file.entry as Members, file.log as Members]
  const author = entry.author as Members
  const [credentials, status] = [file.credentials as Members[], (file.status ?? {}) as Members]
  const byId = (id: Json | undefined) => credentials.find((logged) => (logged.entry as Members).id === id)
  const note = () => readNote(file.checkpoint as string)
  const included = (logged: Members, index: Json, path: Json) => rootOf(leafHashOf(logged), index as number, note().size, (path as string[]).map(unbase64url)).equals(note().root)
  const logKey = () => trust.logs.find(({ origin }) => origin === log.origin)!.key as Members
  const isRoot = (credential: Members) => canonical(credential.key!) === canonical(trust.root as Json)
  const holds = (by: Members, logged: Members | undefined, index: number): boolean => {
    const credential = readCredential(logged!)
    return credential.party === by.party && thumbprint(credential.key as Members) === by.key && (logged!.index as number) < index
  }
  const credentialHolds = (logged: Members): boolean => {
    const own = logged.entry as Members
    const by = own.author as Members
    const credential = readCredential(logged)
    if ((logged.opening as Members).mediaType !== 'application/careledger-credential+json' || !included(logged, logged.index!, logged.path!)) return false
    if (own.type === 'platform-root') return !('credential' in by) && credential.party === by.party && isRoot(credential) && verifyJws(own, logged.signature as Members, credential.key as Members) && mayEnrol('platform-root', credential, undefined)
    const issuer = byId(by.credential)!
    return holds(by, issuer, logged.index as number) && verifyJws(own, logged.signature as Members, readCredential(issuer).key as Members) && mayEnrol(own.type as string, credential, readCredential(issuer))
  }
  /** [thumbprint, index of what it signed] for each key of the chain. */
  const signed = (): [Json, number][] => {
    const places: [Json, number][] = [[author.key!, log.index as number]]
    let before = Infinity
    for (let logged = byId(author.credential); logged !== undefined && (logged.index as number) < before; logged = byId(((logged.entry as Members).author as Members).credential)) {
      before = logged.index as number
      places.push([((logged.entry as Members).author as Members).key!, before])
    }
    return places
  }
  const outcomes: Record<string, Outcome> = {
    parse: 'pass',
    commitment: outcomeOf(() => ('payload' in entry ? ('opening' in file ? commitmentOf(file.opening as Members) === entry.payload : 'unchecked') : !('opening' in file))),
    signature: outcomeOf(() => {
      if (!('credential' in author) && entry.type !== 'platform-root') return false
      return verifyJws(entry, file.signature as Members, readCredential('credential' in author ? byId(author.credential)! : file).key as Members)
    }),
    leaf: 'pass',
    inclusion: outcomeOf(() => note().origin === log.origin && note().size === log.size && included(file, log.index!, log.path!)),
    checkpoint: outcomeOf(() => note().origin === log.origin && note().size === log.size && verifyNote(note(), logKey())),
    witnesses: outcomeOf(() => {
      if (trust.witnessThreshold === 0) return 'unchecked'
      return new Set(trust.witnesses.filter(({ name, key }) => verifyCosigner(note(), name, key as Members)).map(({ key }) => canonical(key as Json))).size >= trust.witnessThreshold
    }),
    credentials: outcomeOf(() => {
      if (!credentials.every(credentialHolds)) return false
      const all = credentials.map(readCredential)
      if (all.some((one) => all.some((other) => one.party === other.party && (one.kind !== other.kind || one.organisation !== other.organisation)))) return false
      if (!('credential' in author)) {
        const own = readCredential(file)
        return entry.type === 'platform-root' && mayEnrol('platform-root', own, undefined) && own.party === author.party && isRoot(own)
      }
      return holds(author, byId(author.credential), log.index as number)
    }),
    revocation: outcomeOf(() => {
      for (const logged of (status.revocations ?? []) as Members[]) {
        const revoked = members(payloadOf(logged), ['v', 'key'])
        bytes32(revoked.key)
        if (revoked.v !== 1 || (logged.entry as Members).type !== 'key-revoked' || !included(logged, logged.index!, logged.path!)) return false
        if (signed().some(([key, index]) => key === revoked.key && (logged.index as number) < index)) return false
      }
      return 'unchecked'
    }),
    anchor: outcomeOf(() => {
      for (const anchor of file.anchors as Members[]) {
        if (anchor.for === 'checkpoint') {
          const digest = sha256(bytesOf(`${note().body}\n${logLine(note(), logKey()).line}\n`)).toString('hex')
          if (anchor.digest !== digest || anchor.id !== checkpointId(log.origin as string, log.size as number)) return false
        } else {
          if ('subject' in entry ? !('blind' in anchor) : anchor.id !== (entry.id as string).replaceAll('-', '')) return false
          if (anchor.digest !== tagged('record', leafHashOf(file), 'blind' in anchor ? unbase64url(anchor.blind as string) : Buffer.alloc(0)).toString('hex')) return false
        }
      }
      return 'unchecked'
    }),
    superseded: 'supersededBy' in status ? 'fail' : 'unchecked',
  }
  const must = ['parse', 'commitment', 'signature', 'leaf', 'inclusion', 'checkpoint', 'credentials']
  return { valid: names.every((name) => outcomes[name] === 'pass' || (outcomes[name] === 'unchecked' && !must.includes(name))), outcomes }
}
