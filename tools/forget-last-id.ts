import { lastId } from '../packages/proof/src/last-id.ts'

/** Before each file of a shared worker: ids are in order for a whole process, so a test that works in the future would make the next file's late. */
lastId.ms = 0
lastId.counter = 0
