import { Hl7Message, type Hl7Segment } from '@medplum/core'
import { LogicError } from '../logic-error.ts'

/** Most bytes of one message; larger ones are rejected unread. */
export const hl7BytesMax = 1_048_576

/** An ADT message, read: header facts and segments. */
export interface AdtMessage {
  readonly hl7: Hl7Message
  /** MSH-9.2, for example `A01`. */
  readonly trigger: string
  /** MSH-3 and MSH-4 as sent, joined: who numbers MSH-10. */
  readonly sender: string
  /** MSH-10. */
  readonly controlId: string
  /** When it happened: EVN-6, EVN-2 or MSH-7, as FHIR writes it. */
  readonly at?: string | undefined
}

/** MSH-18 (HL7 table 0211) to the names that WHATWG Encoding knows. Absent means ASCII; UTF-8 is taken where it holds no such bytes. */
const charsets: Readonly<Record<string, string>> = {
  '': 'utf-8', 'ASCII': 'utf-8', 'UNICODE UTF-8': 'utf-8', 'UTF-8': 'utf-8',
  '8859/1': 'windows-1252', '8859/2': 'iso-8859-2', '8859/3': 'iso-8859-3', '8859/4': 'iso-8859-4', '8859/5': 'iso-8859-5', '8859/6': 'iso-8859-6',
  '8859/7': 'iso-8859-7', '8859/8': 'iso-8859-8', '8859/9': 'windows-1254', '8859/15': 'iso-8859-15',
  'KS X 1001': 'euc-kr', 'GB 18030-2000': 'gb18030', 'BIG-5': 'big5', 'ISO IR87': 'shift_jis', 'UNICODE UTF-16': 'utf-16',
}

/**
 * Reads one message of bytes. Errors: INPUT_MALFORMED with `details.check`: `unreadable` (no MSH, or bytes that are not of the character set
 * that MSH-18 names), `charset` (an unknown one), `control-id`, `type` (no ADT), `patient` (no PID).
 */
export function readMessage(bytes: Uint8Array, offset: string): AdtMessage {
  const hl7 = parse(bytes)
  const header = hl7.getSegment('MSH')
  if (header === undefined) throw malformed('unreadable', 'The message has no MSH segment.')
  const controlId = text(header, 10)
  if (controlId === undefined) throw malformed('control-id', 'MSH-10 is empty: the message cannot be told from its repeat.')
  if (text(header, 9) !== 'ADT') throw malformed('type', 'Only ADT messages are taken here.')
  const event = hl7.getSegment('EVN')
  const times = [event && raw(event, 6), event && raw(event, 2), raw(header, 7)].map((time) => toDateTime(time, offset))
  return {
    hl7, trigger: text(header, 9, 2) ?? (event === undefined ? undefined : text(event, 1)) ?? '', sender: senderOf(header), controlId, at: times.find((time) => time !== undefined),
  }
}

/** Sender and number of any message that has an MSH, however bad the rest; `undefined`: it has none. */
export function readControl(bytes: Uint8Array): { readonly hl7: Hl7Message; readonly sender: string; readonly controlId: string } | undefined {
  try {
    const hl7 = Hl7Message.parse(Buffer.from(bytes).toString('latin1'))
    const header = hl7.getSegment('MSH')
    const controlId = header === undefined ? undefined : text(header, 10)
    return header === undefined || controlId === undefined ? undefined : { hl7, sender: senderOf(header), controlId }
  } catch {
    return undefined
  }
}

export function malformed(check: string, message: string): LogicError {
  return new LogicError('INPUT_MALFORMED', message, { details: { check } })
}

function parse(bytes: Uint8Array): Hl7Message {
  const plain = readControl(bytes)
  const named = plain?.hl7.getSegment('MSH')
  const charset = charsets[(named === undefined ? undefined : raw(named, 18))?.split('~')[0]?.trim().toUpperCase() ?? '']
  if (charset === undefined) throw malformed('charset', 'MSH-18 names a character set that is not known here.')
  try {
    return Hl7Message.parse(new TextDecoder(charset, { fatal: true }).decode(bytes).replaceAll('\r\n', '\r').replaceAll('\n', '\r'))
  } catch (cause) {
    throw new LogicError('INPUT_MALFORMED', 'The bytes are no HL7 v2 message in the character set that it names.', { cause, details: { check: 'unreadable' } })
  }
}

function senderOf(header: Hl7Segment): string {
  return `${raw(header, 3) ?? ''}|${raw(header, 4) ?? ''}`
}

/** A field as it stands; `undefined`: empty. */
export function raw(segment: Hl7Segment, field: number): string | undefined {
  const value = segment.getField(field) as { toString(): string } | undefined
  const plain = value?.toString() ?? ''
  return plain === '' ? undefined : plain
}

/** HL7's way of saying that a value is to be removed. */
export const DELETE = '""'

/** One component, unescaped; `undefined`: empty. Counting from 1, repetitions and subcomponents from 0. */
export function text(segment: Hl7Segment, field: number, component = 1, repetition = 0, subcomponent = 0): string | undefined {
  const value = segment.getField(field) as { getComponent(component: number, subcomponent?: number, repetition?: number): string | undefined } | undefined
  const plain = unescape(value?.getComponent(component, subcomponent, repetition) ?? '').trim()
  return plain === '' ? undefined : plain
}

export function repetitions(segment: Hl7Segment, field: number): number {
  return (segment.getField(field) as { readonly components: readonly unknown[] } | undefined)?.components.length ?? 0
}

/** HL7 v2.5.1 chapter 2.7: delimiters and hexadecimal data; formatting commands are dropped. */
function unescape(value: string): string {
  if (!value.includes('\\')) return value
  return value.replace(/\\([^\\]*)\\/g, (_, code: string) => {
    if (/^X([0-9A-Fa-f]{2})+$/.test(code)) return Buffer.from(code.slice(1), 'hex').toString('utf8')
    return ({ F: '|', S: '^', T: '&', R: '~', E: '\\', '.br': '\n' } as Readonly<Record<string, string>>)[code] ?? ''
  })
}

/** An HL7 date (`YYYYMMDD`) as FHIR writes it; partial ones stay partial. */
export function toDate(value: string | undefined): string | undefined {
  const [, year, month, day] = /^(\d{4})(\d{2})?(\d{2})?/.exec(value ?? '') ?? []
  return year === undefined ? undefined : [year, month, day].filter((part) => part !== undefined).join('-')
}

/** An HL7 time (`YYYYMMDDHHMM[SS][+ZZZZ]`) as FHIR writes it; `offset` is the sender's, where it says none. */
export function toDateTime(value: string | undefined, offset: string): string | undefined {
  const [, day, hour, minute, second, zone] = /^(\d{8})(\d{2})(\d{2})(\d{2})?(?:\.\d{1,4})?([+-]\d{4})?$/.exec(value ?? '') ?? []
  if (day === undefined) return toDate(value)
  return `${toDate(day) ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? '00'}${zone === undefined ? offset : `${zone.slice(0, 3)}:${zone.slice(3)}`}`
}
