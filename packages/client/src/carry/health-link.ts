import { Problem } from '@careledger/api/contracts'
import { fromBase64url, fromUtf8, randomBytes, sha256, toBase64url, utf8 } from '@careledger/proof'
import { CompactEncrypt, compactDecrypt } from 'jose'
import { z } from 'zod'
import type { CareLedgerClient } from '../client-types.ts'

export type LinkContentType = 'application/fhir+json' | 'application/smart-health-card'

export interface LinkContent {
  readonly contentType: LinkContentType
  readonly text: string
}

/** What a `shlink:/` text says (SMART Health Links, payload). */
export interface HealthLink {
  readonly url: string
  /** 32 bytes, base64url: never sent to anyone. */
  readonly key: string
  /** Seconds since 1970. */
  readonly exp?: number | undefined
  readonly flag: string
  readonly label?: string | undefined
}

const payload = z.object({
  url: z.url({ protocol: /^https?$/ }).max(128),
  key: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  exp: z.number().optional(),
  flag: z.string().regex(/^[A-Z]*$/).default(''),
  label: z.string().max(80).optional(),
  v: z.literal(1).optional(),
})

/** Most bytes that come out of one file of a link. */
const fileBytesMax = 64 * 1024 * 1024

/** Reads `shlink:/…`, alone or behind a viewer's address and `#`. Errors: Problem INPUT_MALFORMED. */
export function parseHealthLink(text: string): HealthLink {
  const at = text.indexOf('shlink:/')
  try {
    if (at === -1) throw new TypeError('No shlink.')
    const { v: _v, ...link } = payload.parse(JSON.parse(fromUtf8(fromBase64url(text.slice(at + 'shlink:/'.length).trim()))))
    return link
  } catch (cause) {
    throw new Problem('INPUT_MALFORMED', 'This is no SMART Health Link.', { cause })
  }
}

export function healthLinkText({ url, key, exp, flag, label }: HealthLink): string {
  return `shlink:/${toBase64url(utf8(JSON.stringify({ url, flag, key, ...(exp === undefined ? {} : { exp }), ...(label === undefined ? {} : { label }) })))}`
}

/** One file for a link: compact JWE, `dir`, A256GCM, compressed. */
export async function sealLinkFile(content: LinkContent, key: Uint8Array): Promise<{ readonly contentType: LinkContentType; readonly jwe: string }> {
  const { contentType, text } = content
  const jwe = await new CompactEncrypt(utf8(text)).setProtectedHeader({ alg: 'dir', enc: 'A256GCM', cty: contentType, zip: 'DEF' }).encrypt(key)
  return { contentType, jwe }
}

/** Errors: Problem COMMITMENT_MISMATCH for a file that was altered, or another key. */
export async function openLinkFile(jwe: string, key: string): Promise<LinkContent> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(jwe.trim(), fromBase64url(key), { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'], maxDecompressedLength: fileBytesMax })
    return { contentType: protectedHeader.cty as LinkContentType, text: fromUtf8(plaintext) }
  } catch (cause) {
    throw new Problem('COMMITMENT_MISMATCH', 'A file of the link does not open: it was altered, or the link is for another one.', { cause })
  }
}

export interface NewHealthLink {
  readonly patient: string
  /** At most 80 characters. */
  readonly label: string
  readonly expires: Date
  readonly passcode?: string | undefined
  readonly longTerm?: boolean | undefined
  /** One file without manifest (flag U); never with a passcode. */
  readonly single?: boolean | undefined
  /** For the patient's own list: how many records of which type. */
  readonly types: Readonly<Record<string, number>>
  readonly contents: readonly LinkContent[]
}

export interface MadeHealthLink {
  /** What the link is kept under. */
  readonly link: string
  /** `shlink:/…`; whoever has it can open the link. It is nowhere but here. */
  readonly text: string
  readonly expires: Date
}

/** Encrypts the contents on this device and leaves them with the instance; id and key are made here. Errors: Problem. */
export async function makeHealthLink(client: CareLedgerClient, origin: string, input: NewHealthLink): Promise<MadeHealthLink> {
  const [id, key] = [randomBytes(32), randomBytes(32)]
  const link = toBase64url(sha256(id))
  const { patient, label, expires, passcode, longTerm = false, single = false, types, contents } = input
  const files = await Promise.all(contents.map((content) => sealLinkFile(content, key)))
  const { flags } = await client.hospital.links.create.mutate({
    patient, link, label, expires: expires.toISOString(), longTerm, single, types: { ...types }, files: files.map((file) => ({ ...file })), ...(passcode === undefined ? {} : { passcode }),
  })
  return { link, expires, text: healthLinkText({ url: `${origin}/shl/${toBase64url(id)}`, key: toBase64url(key), exp: Math.floor(expires.getTime() / 1000), flag: flags, label }) }
}

/** Puts new contents behind a long-term link whose text this device still has. Errors: Problem. */
export async function renewHealthLink(client: CareLedgerClient, input: { readonly patient: string; readonly text: string; readonly types: Readonly<Record<string, number>>; readonly contents: readonly LinkContent[] }): Promise<void> {
  const { url, key } = parseHealthLink(input.text)
  const files = await Promise.all(input.contents.map((content) => sealLinkFile(content, fromBase64url(key))))
  await client.hospital.links.update.mutate({ patient: input.patient, link: linkOf(url), types: { ...input.types }, files: files.map((file) => ({ ...file })) })
}

/** What a link's address is kept under at its instance. */
export function linkOf(url: string): string {
  return toBase64url(sha256(fromBase64url(new URL(url).pathname.split('/').at(-1) ?? '')))
}

/** Wrong or missing passcode; `remaining` are the tries left over the life of the link. */
export class PasscodeNeeded extends Error {
  override readonly name = 'PasscodeNeeded'
  readonly remaining: number
  constructor(remaining: number) {
    super('The passcode is missing or wrong.')
    this.remaining = remaining
  }
}

export interface OpenHealthLink {
  /** Told to whom shared: the opener's own name. */
  readonly recipient: string
  readonly passcode?: string | undefined
  readonly fetch?: typeof globalThis.fetch | undefined
  readonly now?: Date | undefined
}

const answer = z.object({ files: z.array(z.object({ contentType: z.string(), embedded: z.string().optional(), location: z.url().optional() })).max(100) })

/**
 * Opens a link: asks its manifest, fetches its files and decrypts them here. A link past its own end is refused without asking. Errors:
 * `PasscodeNeeded`; Problem NOT_ALLOWED (stopped, over or unknown), COMMITMENT_MISMATCH (altered), UNAVAILABLE, RATE_LIMITED.
 */
export async function openHealthLink(link: HealthLink, options: OpenHealthLink): Promise<readonly LinkContent[]> {
  const ask = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
  if (link.exp !== undefined && link.exp * 1000 <= (options.now ?? new Date()).getTime()) throw over()
  const jwes = link.flag.includes('U') ? [await fetchText(ask, withRecipient(link.url, options.recipient))] : await filesOf(ask, link, options)
  return Promise.all(jwes.map((jwe) => openLinkFile(jwe, link.key)))
}

async function filesOf(ask: typeof globalThis.fetch, link: HealthLink, { recipient, passcode }: OpenHealthLink): Promise<readonly string[]> {
  const body = JSON.stringify({ recipient, ...(passcode === undefined || passcode === '' ? {} : { passcode }), embeddedLengthMax: 4 * 1024 * 1024 })
  const response = await reach(ask, link.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  if (response.status === 401) throw new PasscodeNeeded(remainingOf(await response.json()))
  if (!response.ok) throw refusalOf(response)
  const parsed = answer.safeParse(await response.json())
  if (!parsed.success) throw new Problem('INPUT_MALFORMED', 'The answer is no manifest of a SMART Health Link.')
  return Promise.all(parsed.data.files.map(({ embedded, location }) => (embedded === undefined ? fetchText(ask, location ?? '') : Promise.resolve(embedded))))
}

async function fetchText(ask: typeof globalThis.fetch, url: string): Promise<string> {
  const response = await reach(ask, url, { method: 'GET' })
  if (!response.ok) throw refusalOf(response)
  return response.text()
}

async function reach(ask: typeof globalThis.fetch, url: string, init: RequestInit): Promise<Response> {
  try {
    return await ask(url, { ...init, credentials: 'omit', referrerPolicy: 'no-referrer' })
  } catch (cause) {
    throw new Problem('UNAVAILABLE', 'The place that keeps this link cannot be reached.', { cause })
  }
}

function refusalOf({ status }: Response): Problem {
  if (status === 429) return new Problem('RATE_LIMITED', 'Too many tries. Wait a little.')
  return status === 404 || status === 401 || status === 403 ? over() : new Problem('UNAVAILABLE', 'The place that keeps this link does not answer.')
}

const over = (): Problem => new Problem('NOT_ALLOWED', 'This link is no longer shared, or never was.')
const remainingOf = (body: unknown): number => Number((body as { readonly remainingAttempts?: unknown } | null)?.remainingAttempts ?? 0)

function withRecipient(url: string, recipient: string): string {
  const asked = new URL(url)
  asked.searchParams.set('recipient', recipient)
  return asked.href
}
