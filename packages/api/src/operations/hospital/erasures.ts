import { decideErasure, listErasureNotices, listErasures, ownErasures, readCertificate, readErasureCase, requestErasure, type ErasureItem } from '@careledger/logic'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, signedIn } from '../../operation.ts'
import { toReceipt, toSignedEntry } from '../to-signed-entry.ts'

const toItem = ({ reasons, refused, ...item }: ErasureItem) => ({
  ...item, reasons: reasons.map((reason) => ({ ...reason })), ...(refused === undefined ? {} : { refused: { ...refused, reasons: refused.reasons.map((reason) => ({ ...reason })) } }),
})
const toCases = ({ open, done }: Awaited<ReturnType<typeof listErasures>>) => ({ open: open.map(toItem), done: done.map((one) => ({ ...one })) })

export const erasures = {
  own: implement(hospital.erasures.own, async (context) => toCases(await ownErasures(context.parts, signedIn(context)))),
  request: implement(hospital.erasures.request, async (context, { entry, wait }) => toReceipt(await requestErasure(context.parts, signedIn(context), { entry: toSignedEntry(entry), wait, signal: context.signal }))),
  list: implement(hospital.erasures.list, async (context) => toCases(await listErasures(context.parts, signedIn(context)))),
  case: implement(hospital.erasures.case, async (context, { patient }) => toItem(await readErasureCase(context.parts, signedIn(context), patient))),
  decide: implement(hospital.erasures.decide, async (context, { entry, wait }) => {
    const { receipt, certificate } = await decideErasure(context.parts, signedIn(context), { entry: toSignedEntry(entry), wait, signal: context.signal })
    return { receipt: toReceipt(receipt), ...(certificate === undefined ? {} : { certificate }) }
  }),
  notices: implement(hospital.erasures.notices, async (context) => ({ items: (await listErasureNotices(context.parts, signedIn(context))).map((item) => ({ ...item })) })),
  certificate: implement(hospital.erasures.certificate, async (context, { id }) => ({ ...(await readCertificate(context.parts, id)) })),
}
