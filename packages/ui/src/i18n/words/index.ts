import { accessWords, homeWords, recordWords, sharingWords } from './patient.ts'
import { findWords, importWords, patientWords } from './doctor.ts'
import { attachmentWords } from './attachment.ts'
import { gatewayWords } from './gateway.ts'
import { askWords, pairWords } from './identity.ts'
import { deviceWords } from './device.ts'
import { recoveryWords } from './recovery.ts'
import { careWords } from './care.ts'
import { privacyWords } from './privacy.ts'
import { keepingWords, peerWords } from './keeping.ts'
import { elsewhereWords } from './elsewhere.ts'
import { custodyWords } from './custody.ts'
import { emergencyWords } from './emergency.ts'
import { accountWords, standingWords } from './standing.ts'
import { receiptWords } from './receipt.ts'
import { changesWords } from './changes.ts'
import { chartWords } from './chart.ts'
import { liveWords, manyWords, messageWords } from './interchange.ts'
import { kindWords } from './kinds.ts'
import { operatorWords } from './operator.ts'
import { keysWords, verifyWords, welcomeWords } from './public.ts'
import { problemWords } from './problem.ts'
import { proofWords } from './proof.ts'
import { runningWords } from './running.ts'
import { carryWords, showWords } from './carry.ts'
import { safetyWordList } from './safety.ts'
import { resultWords } from './result.ts'
import { codeWords } from './codes.ts'
import { fieldWords, typeWords } from './types.ts'
import { shellWords, stateWords } from './shell.ts'
import { viewerWords } from './viewer.ts'
import { writeWords } from './write.ts'

/** Every word of every screen. A network adds its own section here. */
export const sections = {
  shell: shellWords, state: stateWords, problem: problemWords, type: typeWords, kind: kindWords, field: fieldWords, code: codeWords, proof: proofWords,
  home: homeWords, record: recordWords, access: accessWords, sharing: sharingWords,
  chart: chartWords, changes: changesWords, elsewhere: elsewhereWords, attachment: attachmentWords, viewer: viewerWords,
  keeping: keepingWords, peers: peerWords, custody: custodyWords,
  emergency: emergencyWords, receipt: receiptWords,
  pair: pairWords, ask: askWords,
  carry: carryWords, show: showWords, result: resultWords,
  patient: patientWords, find: findWords, import: importWords, write: writeWords, safety: safetyWordList,
  gateway: gatewayWords, live: liveWords, many: manyWords, messages: messageWords,
  operator: operatorWords, running: runningWords, welcome: welcomeWords, verify: verifyWords, keys: keysWords, device: deviceWords, recovery: recoveryWords, account: accountWords, standing: standingWords, care: careWords, privacy: privacyWords,
} as const
