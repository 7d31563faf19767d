import { lookup as resolve } from 'node:dns'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import { nodeValue, readJson } from '@careledger/proof'
import { IdentityError } from '../identity-error.ts'
import { isLoopback, isPublicAddress } from './public-address.ts'

export interface FetchDocumentSettings {
  /** Hosts (with port, where not the scheme's own) whose addresses may be private or of this machine: what an operator has named. Default: none. */
  readonly privateHosts?: readonly string[] | undefined
  /** Longest wait for the whole document. Default 5,000 ms. */
  readonly timeoutMs?: number | undefined
  /** Default 65,536. */
  readonly bytesMax?: number | undefined
  /** More certificates to trust, PEM. */
  readonly ca?: string | undefined
}

/** Gets one JSON document that somebody else publishes. Errors: IdentityError DOCUMENT_UNAVAILABLE, with `details.check`, and never the address. */
export type FetchDocument = (url: string, signal?: AbortSignal) => Promise<unknown>

/**
 * A fetch for addresses that others chose: https only (http for this machine itself, where it is named), no user in the address, no redirect, only hosts
 * whose every address is public, connected to by the very address that was looked at, bounded in time and size, strict JSON.
 */
export function createFetchDocument(settings: FetchDocumentSettings = {}): FetchDocument {
  const { privateHosts = [], timeoutMs = 5_000, bytesMax = 65_536, ca } = settings
  return async (text, signal) => {
    const url = URL.parse(text)
    if (url === null || url.username !== '' || url.password !== '' || text.length > 2_048) throw refused('address')
    const named = privateHosts.includes(url.host)
    const host = url.hostname.replace(/^\[|\]$/g, '')
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && named && (host === 'localhost' || isLoopback(host)))) throw refused('scheme')
    const may = (address: string) => named || isPublicAddress(address)
    if (isIP(host) !== 0 && !may(host)) throw refused('private')
    const signals = [AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]
    const bytes = await read(url, { may, bytesMax, ca, signal: AbortSignal.any(signals) })
    try {
      return nodeValue(readJson(bytes, { depthMax: 16, membersMax: 1_000 }))
    } catch (cause) {
      throw refused('json', cause)
    }
  }
}

interface Reading {
  readonly may: (address: string) => boolean
  readonly bytesMax: number
  readonly ca: string | undefined
  readonly signal: AbortSignal
}

function read(url: URL, { may, bytesMax, ca, signal }: Reading): Promise<Uint8Array> {
  return new Promise((done, fail) => {
    const failed = (cause: unknown) => fail(cause instanceof IdentityError ? cause : refused(signal.aborted ? 'time' : 'network', cause))
    const options = { signal, agent: false as const, headers: { accept: 'application/json', connection: 'close' }, lookup: lookupPublic(may), ...(ca === undefined ? {} : { ca }) }
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, (response) => {
      if (response.statusCode !== 200) response.destroy(refused('status'))
      const chunks: Uint8Array[] = []
      let total = 0
      response.on('data', (chunk: Uint8Array) => {
        total += chunk.length
        chunks.push(chunk)
        if (total > bytesMax) response.destroy(refused('size'))
      })
      response.on('end', () => done(Buffer.concat(chunks)))
      response.on('error', failed)
      response.on('close', () => failed(refused('network')))
    })
    request.on('error', failed)
    request.end()
  })
}

/** Looks the name up once: the connection goes to what was looked at, so that a name cannot point elsewhere the second time. */
function lookupPublic(may: (address: string) => boolean): NonNullable<Parameters<typeof requestHttps>[1]['lookup']> {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, '')
      if (addresses.length === 0 || !addresses.every(({ address }) => may(address))) return done(refused('private') as unknown as NodeJS.ErrnoException, '')
      if (options.all === true) return done(null, addresses)
      const [first] = addresses
      done(null, (first as { readonly address: string }).address, (first as { readonly family: number }).family)
    })
  }
}

function refused(check: string, cause?: unknown): IdentityError {
  return new IdentityError('DOCUMENT_UNAVAILABLE', 'A document that somebody else publishes could not be had by the rules for it.', { cause, details: { check } })
}
