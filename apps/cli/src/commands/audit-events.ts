import { createWriteStream, readFileSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { hostname } from 'node:os'
import type { CareLedgerClient } from '@careledger/client'
import { Command, InvalidArgumentError, Option } from 'commander'
import { signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { connectSyslog } from '../syslog/send-syslog.ts'
import { toSyslog } from '../syslog/to-syslog.ts'
import { contextOf } from './command-context.ts'

export function auditEventsCommand(): Command {
  return new Command('audit-events')
    .description('The audit trail as FHIR AuditEvents (IHE BALP): your own as a patient, or your organisation\'s with its own key or as its privacy officer.')
    .addCommand(exportEvents())
    .addCommand(prove())
}

interface ExportOptions {
  readonly since?: string
  readonly until?: string
  readonly patient?: string
  readonly party?: string
  readonly format: 'fhir' | 'syslog'
  readonly bundle: boolean
  readonly out?: string
  readonly to?: { readonly host: string; readonly port: number }
  readonly ca?: string
  readonly cert?: string
  readonly tlsKey?: string
}

function exportEvents(): Command {
  return new Command('export')
    .description('Writes AuditEvents, oldest first: one for each line, or as one Bundle, or as syslog messages (RFC 5424), which it can send over TLS (RFC 5425).')
    .option('--since <instant>', 'from this time on, for example 2026-11-01 or 2026-11-26T08:00:00Z', instant)
    .option('--until <instant>', 'before this time (default: now)', instant)
    .option('--patient <handle>', 'only what is about this patient')
    .option('--party <party>', 'only what this party did or was refused')
    .addOption(new Option('--format <format>', 'FHIR, one event a line, or syslog').choices(['fhir', 'syslog']).default('fhir'))
    .option('--bundle', 'one FHIR Bundle instead of lines', false)
    .option('--out <file>', 'where to write it (default: standard output)')
    .option('--to <host:port>', 'send syslog messages to this server over TLS, port 6514 by default', server)
    .option('--ca <file>', "the server's authority, PEM (default: those that this machine trusts)")
    .option('--cert <file>', 'certificate to send with, PEM, where the server asks for one')
    .option('--tls-key <file>', 'its key, PEM')
    .action(async (own: ExportOptions, command: Command) => {
      const { options, output } = contextOf(command)
      if (own.to !== undefined && own.format !== 'syslog') throw new CommandError(exitCodes.usage, 'USAGE', '--to sends syslog messages: add --format syslog.')
      if (own.bundle && own.format !== 'fhir') throw new CommandError(exitCodes.usage, 'USAGE', 'A Bundle is FHIR: leave --format out.')
      const client = await signIn(options)
      const sink = await openSink(own)
      const counts = { events: 0 }
      for await (const text of eventsOf(client, own)) {
        await sink.write(text)
        counts.events++
      }
      await sink.close()
      if (own.out !== undefined || own.to !== undefined) output.result(counts, [`${counts.events} events ${own.to === undefined ? `written to ${own.out ?? ''}` : `sent to ${own.to.host}:${own.to.port}`}.`])
      else output.note(`${counts.events} events.`)
    })
}

/** Every page; the first fixes where the last one ends, so that reading the trail does not lengthen it. */
async function* eventsOf(client: CareLedgerClient, { since, until, patient, party }: ExportOptions): AsyncGenerator<string> {
  const question = { limit: 1000, ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }), ...(patient === undefined ? {} : { patient }), ...(party === undefined ? {} : { party }) }
  for (let after: string | undefined; ;) {
    const page = await client.hospital.audit.search.query({ ...question, ...(after === undefined ? {} : { after }) })
    yield* page.events
    if (page.next === undefined) return
    after = page.next
  }
}

/** Where events go, one after another. */
interface Sink {
  write(event: string): Promise<void>
  close(): Promise<void>
}

async function openSink({ format, bundle, out, to, ca, cert, tlsKey }: ExportOptions): Promise<Sink> {
  const message = (event: string): string => toSyslog(event, { host: hostname(), processId: process.pid })
  if (to !== undefined) {
    if ((cert === undefined) !== (tlsKey === undefined)) throw new CommandError(exitCodes.usage, 'USAGE', '--cert and --tls-key come together.')
    const sender = await connectSyslog({ ...to, ...(ca === undefined ? {} : { ca: readPem(ca) }), ...(cert === undefined || tlsKey === undefined ? {} : { certificate: { cert: readPem(cert), key: readPem(tlsKey) } }) })
    return { write: (event) => sender.send(message(event)), close: () => sender.close() }
  }
  const stream = out === undefined ? process.stdout : createWriteStream(out, { mode: 0o600 })
  const put = async (text: string): Promise<void> => { if (!stream.write(text)) await once(stream, 'drain') }
  let first = true
  if (bundle) await put('{"resourceType":"Bundle","type":"collection","entry":[')
  return {
    async write(event) {
      await put(bundle ? `${first ? '' : ','}{"resource":${event}}` : `${format === 'syslog' ? message(event) : event}\n`)
      first = false
    },
    async close() {
      if (bundle) await put(']}\n')
      if (stream === process.stdout) return
      stream.end()
      await once(stream, 'finish')
    },
  }
}

function prove(): Command {
  return new Command('proof')
    .argument('<event>', 'id of an AuditEvent')
    .description('Writes the proof that the log holds the decision behind an AuditEvent. Check it offline: careledger verify.')
    .requiredOption('--out <file>', 'where to write it')
    .action(async (id: string, own: { readonly out: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const { proof } = await client.hospital.audit.proof.query({ id: id.replace(/\.recipient$/, '') })
      writeFileSync(own.out, proof, { mode: 0o600 })
      output.result({ file: own.out, bytes: Buffer.byteLength(proof) }, [`Wrote ${own.out}. It says who did what: give it only to those who may know.`, `Check it: careledger verify ${own.out}`])
    })
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new CommandError(exitCodes.usage, 'FILE_UNREADABLE', `${path} cannot be read.`, { cause: error })
  }
}

function instant(text: string): string {
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new InvalidArgumentError('A day or an instant, for example 2026-11-26T08:00:00Z.')
  return new Date(time).toISOString()
}

function server(text: string): { readonly host: string; readonly port: number } {
  const [, host, port] = /^([A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\])(?::(\d{1,5}))?$/.exec(text) ?? []
  if (host === undefined || Number(port ?? 1) > 65_535) throw new InvalidArgumentError('A host and a port, for example siem.example:6514.')
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port ?? 6514) }
}
