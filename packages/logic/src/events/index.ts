export { eventsChanged, readEvents, type EventPage, type EventQuery, type LiveEvent } from './read-events.ts'
