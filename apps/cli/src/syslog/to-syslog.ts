/** What of an AuditEvent a syslog header is made of. */
export interface SyslogEvent {
  readonly recorded: string
  readonly outcome?: string | undefined
}

/** Security and authorization messages (10); notice (5), and warning (4) for what was refused: RFC 5424 §6.2.1, IHE ITI-20. */
const facility = 10
const severities: Readonly<Record<string, number>> = { '0': 5 }
const bom = '\u{feff}'

/**
 * One RFC 5424 message whose text is the FHIR AuditEvent, as UTF-8 with a byte order mark (§6.4). MSGID says what the text is.
 *
 * @param text the AuditEvent, one line of JSON
 */
export function toSyslog(text: string, { host, processId }: { readonly host: string; readonly processId: number }): string {
  const { recorded, outcome = '0' } = JSON.parse(text) as SyslogEvent
  const priority = facility * 8 + (severities[outcome] ?? 4)
  return `<${priority}>1 ${recorded} ${printable(host, 255)} careledger ${processId} FHIR+AuditEvent - ${bom}${text}`
}

/** One message as RFC 5425 §4.3 frames it on a stream: its length in octets, a space, the message. */
export function toFrame(message: string): Buffer {
  const bytes = Buffer.from(message, 'utf8')
  return Buffer.concat([Buffer.from(`${bytes.length} `, 'ascii'), bytes])
}

/** A header's field: printable ASCII without spaces; nothing of it: `-`. */
function printable(text: string, lengthMax: number): string {
  const field = text.replaceAll(/[^!-~]/g, '').slice(0, lengthMax)
  return field === '' ? '-' : field
}
