import { createWriteStream, openAsBlob } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { readAttachmentStream, uploadAttachment, UPLOAD_STEPS } from '@careledger/client'
import { Command } from 'commander'
import { signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { withInstance } from '../open-offline.ts'
import { table } from '../output.ts'
import { contextOf } from './command-context.ts'
import { limitOption } from './paging.ts'

export function attachmentsCommand(): Command {
  return new Command('attachments')
    .description('Images, PDFs and other files in a patient\'s record, of any size.')
    .addCommand(add())
    .addCommand(get())
    .addCommand(list())
    .addCommand(sweep())
}

/** By the ending of a file's name; anything else is bytes. */
const mediaTypes: Readonly<Record<string, string>> = {
  '.png': 'image/png', '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg', '.gif': 'image/gif', '.webp': 'image/webp', '.tif': 'image/tiff', '.tiff': 'image/tiff',
  '.pdf': 'application/pdf', '.txt': 'text/plain', '.csv': 'text/csv', '.dcm': 'application/dicom', '.zip': 'application/zip', '.mp4': 'video/mp4', '.wav': 'audio/wav', '.mp3': 'audio/mpeg',
}

function add(): Command {
  return new Command('add')
    .argument('<patient>', 'handle, from `records patients`')
    .argument('<file>', 'the file; it is read twice and never held in memory')
    .description('Adds a file to a patient\'s record, with the DocumentReference that leads to it, both under one signature.')
    .option('--title <text>', 'what it is, for people (default: the file\'s name)')
    .option('--type <media type>', 'for example application/pdf (default: by the ending of the name)')
    .action(async (patient: string, file: string, own: { readonly title?: string; readonly type?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const blob = await openAsBlob(file).catch((error: unknown) => { throw new CommandError(exitCodes.usage, 'FILE_UNREADABLE', `${file} cannot be read.`, { cause: error }) })
      const progress = output.progress('attachment')
      const mediaType = own.type ?? mediaTypes[extname(file).toLowerCase()] ?? 'application/octet-stream'
      const { id, record, receipts } = await uploadAttachment(client, blob, {
        patient, mediaType, title: own.title ?? basename(file), wait: 'sequenced',
        onProgress: ({ step, done, total }) => progress.update(Math.floor(((UPLOAD_STEPS.indexOf(step) === 0 ? 0 : total) + done) / MIB), Math.ceil((2 * total) / MIB)),
      })
      progress.end()
      output.result({ id, record, receipts }, [`Added ${id}, ${blob.size} bytes, ${mediaType}.`, ...(record === undefined ? [] : [`The record that leads to it: ${record}`])])
    })
}

const MIB = 1_048_576

function get(): Command {
  return new Command('get')
    .argument('<attachment>', 'id, from `attachments list` or the url of a record')
    .requiredOption('--out <file>', 'where to; written whole or not at all')
    .option('--record <id>', 'the record that leads to it, where a consent reaches some records only')
    .description('Saves an attachment as the exact bytes that were added.')
    .action(async (id: string, own: { readonly out: string; readonly record?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const progress = output.progress('attachment')
      const { mediaType, size, chunks } = await readAttachmentStream(client, id, { record: own.record, onProgress: ({ done, total }) => progress.update(Math.floor(done / MIB), Math.ceil(total / MIB)) })
      const draft = `${own.out}.part-${process.pid}`
      try {
        await pipeline(chunks, createWriteStream(draft, { mode: 0o600, flush: true }))
        await rename(draft, own.out)
      } finally {
        await rm(draft, { force: true })
      }
      progress.end()
      output.result({ id, file: own.out, size, mediaType }, [`Saved ${size} bytes to ${own.out} (${mediaType}).`])
    })
}

function list(): Command {
  return new Command('list')
    .argument('<patient>', 'handle, from `records patients`')
    .description("A patient's attachments, newest first.")
    .addOption(limitOption())
    .option('--after <cursor>', 'continue behind this place')
    .action(async (patient: string, own: { readonly limit: number; readonly after?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const page = await client.hospital.attachments.list.query({ patient, limit: own.limit, ...(own.after === undefined ? {} : { after: own.after }) })
      output.result(page, page.items.length === 0 ? ['No attachment.'] : [
        ...table([['attachment', 'added', 'type', 'bytes', 'author'], ...page.items.map((item) => [item.id, item.recordedAt.slice(0, 10), item.mediaType, String(item.size), item.author.name])]),
        ...(page.next === undefined ? [] : [`More: --after ${page.next}`]),
      ])
    })
}

function sweep(): Command {
  return new Command('sweep')
    .description('Deletes documents that no entry names: what a crash in the middle of an upload may leave. The instance must be stopped.')
    .action(async (_own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const { sweepDocuments } = await import('@careledger/logic')
      await withInstance(options, async ({ parts }) => {
        const swept = await sweepDocuments(parts)
        output.result({ swept }, [swept === 0 ? 'Nothing was left behind.' : `Deleted ${swept} documents that no entry named.`])
      })
    })
}
