export { eventsChanged, readEvents, type EventPage, type EventQuery, type LiveEvent } from './read-events.ts'
export { type FeedItem, type FeedPosition } from './feed.ts'
