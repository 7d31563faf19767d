export { eventsChanged, readEvents, type EventPage, type EventQuery, type LiveEvent } from './read-events.ts'
export { feedEnd, feedPositionText, parseFeedPosition, readFeed, type FeedItem, type FeedPosition } from './feed.ts'
