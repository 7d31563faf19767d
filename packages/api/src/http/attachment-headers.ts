import type { OutgoingHttpHeaders } from 'node:http'

interface Kind {
  readonly extension: string
  /** May be shown by a browser: nothing in it runs. */
  readonly inline?: true
}

/** Media types that keep their name on the way out, with the extension of a saved file. What is not here is a file of bytes. */
const KINDS: Readonly<Record<string, Kind>> = {
  'image/png': { extension: 'png', inline: true },
  'image/jpeg': { extension: 'jpg', inline: true },
  'image/gif': { extension: 'gif', inline: true },
  'image/webp': { extension: 'webp', inline: true },
  'application/pdf': { extension: 'pdf', inline: true },
  'text/plain': { extension: 'txt', inline: true },
  'image/tiff': { extension: 'tif' },
  'image/bmp': { extension: 'bmp' },
  'application/dicom': { extension: 'dcm' },
  'text/csv': { extension: 'csv' },
  'application/zip': { extension: 'zip' },
  'audio/mpeg': { extension: 'mp3' },
  'audio/wav': { extension: 'wav' },
  'video/mp4': { extension: 'mp4' },
  'video/webm': { extension: 'webm' },
}

/**
 * Headers of an attachment. HTML, SVG, XML and whatever else could run or be taken for a page goes out as bytes to be saved, whatever its
 * author called it; nothing is sniffed, and a page made of it would be sandboxed.
 */
export function attachmentHeaders(id: string, mediaType: string): OutgoingHttpHeaders {
  const essence = mediaType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const kind = Object.hasOwn(KINDS, essence) ? KINDS[essence] : undefined
  return {
    'content-type': kind === undefined ? 'application/octet-stream' : essence === 'text/plain' ? 'text/plain; charset=utf-8' : essence,
    'content-disposition': `${kind?.inline === true ? 'inline' : 'attachment'}; filename="attachment-${id}.${kind?.extension ?? 'bin'}"`,
    'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
    'accept-ranges': 'bytes',
    etag: `"${id}"`,
  }
}

export type ByteRange = { readonly from: number; readonly to?: number } | { readonly last: number }

/**
 * The one range of a `Range` header (RFC 9110 §14.2), `to` exclusive. `undefined`: no such header, another unit, several ranges or another
 * form; the whole is given then, as the RFC allows.
 */
export function parseRange(header: string | undefined): ByteRange | undefined {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && Number(last) === 0)) return undefined
  if (first === '') return { last: Number(last) }
  if (last === '') return { from: Number(first) }
  return Number(last) < Number(first) ? undefined : { from: Number(first), to: Number(last) + 1 }
}
