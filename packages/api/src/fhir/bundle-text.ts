import type { z } from 'zod'
import type { fhir } from '../contracts/hospital/fhir.ts'

export type Version = z.output<typeof fhir.read.output>
export type Written = z.output<typeof fhir.create.output>

export interface BundleLinks {
  readonly self: string
  readonly next?: string | undefined
}

const quoted = (text: string): string => JSON.stringify(text)

/** A Bundle as text: the resources stand in it as their authors wrote them, byte for byte, so it is joined and never serialised anew. */
export function searchsetText(base: string, entries: readonly Version[], links: BundleLinks, total: number | undefined, notes?: string): string {
  const items = entries.map(({ type, id, mode, resource }) => `{"fullUrl":${quoted(`${base}/${type}/${id}`)},"resource":${resource},"search":{"mode":"${mode}"}}`)
  if (notes !== undefined) items.push(`{"resource":${notes},"search":{"mode":"outcome"}}`)
  return bundle('searchset', links, total, items)
}

export function historyText(base: string, entries: readonly Version[], links: BundleLinks, total: number | undefined): string {
  return bundle('history', links, total, entries.map(({ type, id, version, lastUpdated, resource, amends }) => {
    const request = amends ? `{"method":"PUT","url":${quoted(`${type}/${id}`)}}` : `{"method":"POST","url":${quoted(type)}}`
    return `{"fullUrl":${quoted(`${base}/${type}/${id}`)},"resource":${resource},"request":${request},"response":{"status":"${amends ? '200' : '201'}","etag":${quoted(etagOf(version))},"lastModified":${quoted(lastUpdated)}}}`
  }))
}

export function responsesText(type: 'transaction-response' | 'batch-response', items: readonly string[]): string {
  return `{"resourceType":"Bundle","type":"${type}","entry":[${items.join(',')}]}`
}

/** What one write of a transaction or batch is answered with. */
export function responseItem(base: string, { outcome, type, id, version, lastUpdated }: Written): string {
  const status = outcome === 'created' ? '201 Created' : '200 OK'
  return JSON.stringify({ response: { status, location: locationOf(base, type, id, version), etag: etagOf(version), ...(lastUpdated === undefined ? {} : { lastModified: lastUpdated }) } })
}

export const etagOf = (version: string): string => `W/"${version}"`
export const locationOf = (base: string, type: string, id: string, version: string): string => `${base}/${type}/${id}/_history/${version}`

function bundle(type: string, { self, next }: BundleLinks, total: number | undefined, items: readonly string[]): string {
  const links = [{ relation: 'self', url: self }, ...(next === undefined ? [] : [{ relation: 'next', url: next }])]
  return `{"resourceType":"Bundle","type":"${type}",${total === undefined ? '' : `"total":${total},`}"link":${JSON.stringify(links)}${items.length === 0 ? '' : `,"entry":[${items.join(',')}]`}}`
}
