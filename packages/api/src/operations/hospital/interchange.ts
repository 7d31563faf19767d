import {
  cancelExport, createSubscription, dropMessage, listImportJobs, listMessages, listSubscriptions, openImportJob, previewImport, readExportPart, readExportStatus, readImportJob, readParkedMessage,
  removeSubscription, replayParkedMessage, retrySubscription, settleImportItem, startExport,
} from '@careledger/logic'
import type { Hl7Interface, ImportItem, MessageItem, SubscriptionItem } from '@careledger/logic'
import { toBase64url } from '@careledger/proof'
import { hospital } from '../../contracts/hospital/index.ts'
import { Problem } from '../../contracts/problem.ts'
import { implement, signedIn } from '../../operation.ts'
import { PROBLEM_SENTENCE } from '../../problem-codes.ts'
import { bundleBytes } from './bundle-bytes.ts'
import { nextOf } from './to-answer.ts'

/** What these operations need of the instance beyond logic's parts. */
export interface InterchangeSettings {
  /** HL7 v2 interfaces that run in this process, by custodian. Default none. */
  readonly interfaces?: ReadonlyMap<string, Hl7Interface> | undefined
  /** Whether an organisation may be told of its entries at an address. Default no. */
  readonly endpointAllowed?: ((organisation: string, endpoint: string) => boolean) | undefined
}

export const exportOperations = {
  start: implement(hospital.exports.start, async (context, input) => ({ id: await startExport(context.parts, signedIn(context), input) })),
  status: implement(hospital.exports.status, async (context, input) => {
    const { files, ...status } = await readExportStatus(context.parts, signedIn(context), input.id)
    return { ...status, files: files.map((file) => ({ ...file })) }
  }),
  part: implement(hospital.exports.part, async (context, input) => ({ lines: toBase64url(await readExportPart(context.parts, signedIn(context), input)) })),
  cancel: implement(hospital.exports.cancel, async (context, input) => {
    if (!(await cancelExport(context.parts, signedIn(context), input.id))) throw new Problem('NOT_ALLOWED', PROBLEM_SENTENCE.NOT_ALLOWED)
    return {}
  }),
}

export const importJobOperations = {
  open: implement(hospital.imports.jobs.open, async (context, input) => ({ items: (await openImportJob(context.parts, signedIn(context), input)).map(toImportItem) })),
  settle: implement(hospital.imports.jobs.settle, async (context, input) => {
    await settleImportItem(context.parts, signedIn(context), input.id, input.outcome)
    return {}
  }),
  list: implement(hospital.imports.jobs.list, async (context, input) => {
    const page = await listImportJobs(context.parts, signedIn(context), input)
    return { items: page.items.map((job) => ({ ...job })), ...nextOf(page) }
  }),
  read: implement(hospital.imports.jobs.read, async (context, input) => {
    const { job, items, ...page } = await readImportJob(context.parts, signedIn(context), input)
    return { job: { ...job }, items: items.map(toImportItem), ...nextOf(page) }
  }),
}

export const importPreview = implement(hospital.imports.preview, async (context, input) => {
  const { counts, problems, patient, ...rest } = await previewImport(context.parts, signedIn(context), bundleBytes(input.bundle), { signal: context.signal })
  return { ...rest, counts: { ...counts }, problems: problems.map((problem) => ({ ...problem })), ...(patient === undefined ? {} : { patient }) }
})

export function messageOperations({ interfaces = new Map() }: InterchangeSettings) {
  return {
    list: implement(hospital.messages.list, async (context, input) => {
      const page = await listMessages(context.parts, signedIn(context), input)
      return { items: page.items.map(toMessage), ...nextOf(page) }
    }),
    read: implement(hospital.messages.read, async (context, input) => {
      const { item, bytes } = await readParkedMessage(context.parts, signedIn(context), input.id)
      return { item: toMessage(item), bytes: toBase64url(bytes) }
    }),
    replay: implement(hospital.messages.replay, (context, input) => replayParkedMessage(context.parts, signedIn(context), interfaces, input.id)),
    setAside: implement(hospital.messages.setAside, async (context, input) => {
      await dropMessage(context.parts, signedIn(context), input.id)
      return {}
    }),
  }
}

export function subscriptionOperations({ endpointAllowed = () => false }: InterchangeSettings) {
  return {
    list: implement(hospital.subscriptions.list, async (context) => ({ items: (await listSubscriptions(context.parts, signedIn(context))).map(toSubscription) })),
    create: implement(hospital.subscriptions.create, async (context, input) => {
      const { item, secret } = await createSubscription(context.parts, signedIn(context), input, endpointAllowed)
      return { item: toSubscription(item), secret }
    }),
    retry: implement(hospital.subscriptions.retry, async (context, input) => {
      await retrySubscription(context.parts, signedIn(context), input.id)
      return {}
    }),
    remove: implement(hospital.subscriptions.remove, async (context, input) => {
      await removeSubscription(context.parts, signedIn(context), input.id)
      return {}
    }),
  }
}

const toImportItem = ({ problems, ...item }: ImportItem) => ({ ...item, ...(problems === undefined ? {} : { problems: problems.map((problem) => ({ ...problem })) }) })
const toMessage = ({ problems, ...item }: MessageItem) => ({ ...item, problems: problems.map((problem) => ({ ...problem })) })
const toSubscription = ({ kinds, ...item }: SubscriptionItem) => ({ ...item, ...(kinds === undefined ? {} : { kinds: [...kinds] }) })
