/** Records in one item. Measured best on a node: 6 to 10 times single publishes, and a hit costs about 10 kB. */
export const ITEM_RECORDS = 64
/** Items in one transaction: a chain's `max-std-op-returns-count` by default. */
export const ITEMS_MAX = 32
/** Bytes of one record's data, below `max-std-op-return-size` 2,097,152 with the head of the item. */
export const DATA_BYTES_MAX = 1_048_576
