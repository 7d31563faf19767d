export type { Hl7Interface } from './apply-message.ts'
export { hl7BytesMax } from './message.ts'
export { dropMessage, listMessages, readParkedMessage, replayParkedMessage, type MessageItem, type MessagePage } from './manage-messages.ts'
export { receiveMessage, type AckCode, type Received } from './receive-message.ts'
