// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

/**
 * Who may write which stream. A stream is a name of at most 32 ASCII bytes, padded with zeros on the right. One administrator gives
 * and takes the right; the administration is handed over in two steps, so that it cannot be lost to a mistyped address.
 */
abstract contract StreamWriters {
    error NotAdministrator();
    error NotWriter();

    event WriterGranted(bytes32 indexed stream, address indexed writer);
    event WriterRevoked(bytes32 indexed stream, address indexed writer);
    event AdministratorChanged(address indexed administrator);

    address public administrator;
    /// Block in which the contract was created: no log of it is older.
    uint64 public createdAt;
    address public nextAdministrator;
    mapping(bytes32 => address[]) private members;
    /// Place of a writer among the members of a stream, from 1; 0 has no right.
    mapping(bytes32 => mapping(address => uint256)) private placeOf;

    constructor() {
        administrator = msg.sender;
        createdAt = uint64(block.number);
    }

    modifier onlyAdministrator() {
        if (msg.sender != administrator) revert NotAdministrator();
        _;
    }

    function grant(bytes32 stream, address writer) external onlyAdministrator {
        if (placeOf[stream][writer] != 0) return;
        members[stream].push(writer);
        placeOf[stream][writer] = members[stream].length;
        emit WriterGranted(stream, writer);
    }

    function revoke(bytes32 stream, address writer) external onlyAdministrator {
        uint256 place = placeOf[stream][writer];
        if (place == 0) return;
        address[] storage list = members[stream];
        address last = list[list.length - 1];
        list[place - 1] = last;
        placeOf[stream][last] = place;
        delete placeOf[stream][writer];
        list.pop();
        emit WriterRevoked(stream, writer);
    }

    function writers(bytes32 stream) external view returns (address[] memory) {
        return members[stream];
    }

    function handOver(address next) external onlyAdministrator {
        nextAdministrator = next;
    }

    function takeOver() external {
        if (msg.sender != nextAdministrator) revert NotAdministrator();
        administrator = msg.sender;
        delete nextAdministrator;
        emit AdministratorChanged(msg.sender);
    }

    function checkWriter(bytes32 stream) internal view {
        if (placeOf[stream][msg.sender] == 0) revert NotWriter();
    }
}

/**
 * Streams of records, kept as logs. What a reader has to know:
 *
 * - Every append is one anonymous log `[stream, BATCH]` with data `(address writer, uint64 first, uint64 count, uint64 time)`, and
 *   right behind it, with nothing in between, one anonymous log for each of its `count` records: `[stream, id, key, digest]`, or
 *   `[stream, id, digest]` for a record without key. The id stands in the upper 16 bytes of its topic, the lower 16 are zero, which
 *   no other topic in that place has: so `[stream, [ids]]` finds records, `[stream, BATCH]` finds appends.
 * - The k-th record behind a batch log has the sequence number `first + k`, from 0. Numbers of a stream have no gap: a missing one
 *   means that logs are missing.
 * - A record's log data is empty when the record has no data; otherwise it is one byte 1 and the data.
 * - effective-1: of several records with one id in a stream, the one with the lowest sequence number is the record, the others do not
 *   exist. The contract does not look for ids, because a slot for each would cost seven times the log; writers look before they write.
 * - effective-2: an account without the right for the stream reverts, and nobody else can make this contract emit.
 * - `at` must be the stream's size when the append is executed: of two writers who looked at the same state one reverts with `Moved`.
 */
abstract contract StreamRecords is StreamWriters {
    /// Another append came in between; `size` is the stream's size now.
    error Moved(uint64 size);
    error Malformed();

    /// Topic of every append, in the place where records have their id.
    bytes32 internal constant BATCH = bytes32(type(uint256).max);
    /// Appends of a stream for each mark.
    uint64 internal constant STRIDE = 64;
    uint256 internal constant ID_MASK = 0xffffffffffffffffffffffffffffffff00000000000000000000000000000000;

    /// Where a reader may begin: record `first` stands in block `number`, no earlier record does in a later one.
    struct Mark {
        uint64 first;
        uint64 number;
    }

    /// Number of records in the lower 64 bits, number of appends above them: one slot for each append to read and write.
    mapping(bytes32 => uint256) private streams;
    mapping(bytes32 => Mark[]) private marks;

    /// Records of a stream, which is also the next sequence number.
    function sizeOf(bytes32 stream) external view returns (uint64) {
        return uint64(streams[stream]);
    }

    /**
     * A block at or before the one with record `sequence`, at most STRIDE appends before it; and the stream's size. Zero when the
     * stream is empty. Reads the newest state only, so that no archive is needed.
     */
    function locate(bytes32 stream, uint64 sequence) external view returns (uint64 number, uint64 size) {
        Mark[] storage all = marks[stream];
        size = uint64(streams[stream]);
        uint256 low = 0;
        uint256 high = all.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (all[middle].first <= sequence) low = middle + 1;
            else high = middle;
        }
        if (low > 0) number = all[low - 1].number;
    }

    /// Checks right and size, gives the records their numbers, and emits the batch log.
    function open(bytes32 stream, uint64 at, uint256 count) internal {
        checkWriter(stream);
        uint256 was = streams[stream];
        if (uint64(was) != at) revert Moved(uint64(was));
        if (count == 0) revert Malformed();
        if ((was >> 64) % STRIDE == 0) marks[stream].push(Mark(at, uint64(block.number)));
        unchecked {
            streams[stream] = was + (1 << 64) + count;
        }
        assembly {
            let data := mload(0x40)
            mstore(data, caller())
            mstore(add(data, 32), at)
            mstore(add(data, 64), count)
            mstore(add(data, 96), timestamp())
            log2(data, 128, stream, not(0))
        }
    }

    /**
     * One log for each item. An item is one byte 1 or 0, whether it has a key; 3 bytes, length of its log data; 16 bytes id; 32 bytes
     * key, if any; 32 bytes digest; log data. `count` must be their number and `items` end with the last.
     */
    function logItems(bytes32 stream, uint256 count, bytes calldata items) internal {
        uint256 left = count;
        uint256 offset;
        uint256 end;
        assembly {
            offset := items.offset
            end := add(offset, items.length)
            let buffer := mload(0x40)
            for {} and(gt(left, 0), lt(offset, end)) { left := sub(left, 1) } {
                let head := calldataload(offset)
                let length := and(div(head, 0x100000000000000000000000000000000000000000000000000000000), 0xffffff)
                let id := and(calldataload(add(offset, 4)), ID_MASK)
                offset := add(offset, 20)
                switch byte(0, head)
                case 0 {
                    calldatacopy(buffer, add(offset, 32), length)
                    log3(buffer, length, stream, id, calldataload(offset))
                    offset := add(offset, add(32, length))
                }
                default {
                    calldatacopy(buffer, add(offset, 64), length)
                    log4(buffer, length, stream, id, calldataload(offset), calldataload(add(offset, 32)))
                    offset := add(offset, add(64, length))
                }
            }
        }
        if (left != 0 || offset != end) revert Malformed();
    }
}

/// For chains with EIP-2028 calldata and filters that take null: records by key are found by their third topic.
contract CareLedger is StreamRecords {
    /// Records that all have a key and no data, 80 bytes each: id, key, digest. The cheapest way.
    function append(bytes32 stream, uint64 at, bytes calldata packed) external {
        open(stream, at, packed.length / 80);
        if (packed.length % 80 != 0) revert Malformed();
        assembly {
            let offset := packed.offset
            let end := add(offset, packed.length)
            let unrolled := sub(end, mod(packed.length, 640))
            for {} lt(offset, unrolled) { offset := add(offset, 640) } {
                log4(0, 0, stream, and(calldataload(offset), ID_MASK), calldataload(add(offset, 16)), calldataload(add(offset, 48)))
                log4(0, 0, stream, and(calldataload(add(offset, 80)), ID_MASK), calldataload(add(offset, 96)), calldataload(add(offset, 128)))
                log4(0, 0, stream, and(calldataload(add(offset, 160)), ID_MASK), calldataload(add(offset, 176)), calldataload(add(offset, 208)))
                log4(0, 0, stream, and(calldataload(add(offset, 240)), ID_MASK), calldataload(add(offset, 256)), calldataload(add(offset, 288)))
                log4(0, 0, stream, and(calldataload(add(offset, 320)), ID_MASK), calldataload(add(offset, 336)), calldataload(add(offset, 368)))
                log4(0, 0, stream, and(calldataload(add(offset, 400)), ID_MASK), calldataload(add(offset, 416)), calldataload(add(offset, 448)))
                log4(0, 0, stream, and(calldataload(add(offset, 480)), ID_MASK), calldataload(add(offset, 496)), calldataload(add(offset, 528)))
                log4(0, 0, stream, and(calldataload(add(offset, 560)), ID_MASK), calldataload(add(offset, 576)), calldataload(add(offset, 608)))
            }
            for {} lt(offset, end) { offset := add(offset, 80) } {
                log4(0, 0, stream, and(calldataload(offset), ID_MASK), calldataload(add(offset, 16)), calldataload(add(offset, 48)))
            }
        }
    }

    /// Any records, as `logItems` has them.
    function appendItems(bytes32 stream, uint64 at, uint256 count, bytes calldata items) external {
        open(stream, at, count);
        logItems(stream, count, items);
    }
}

/**
 * For nodes whose filters take no null (HydraChain 0.3.2). Behind the logs of the records come those of their keys: for each record
 * with a key one anonymous log `[keccak256(stream, key), id]`, so that a key is found by the first topic.
 */
contract TaggedCareLedger is StreamRecords {
    function appendItems(bytes32 stream, uint64 at, uint256 count, bytes calldata items) external {
        open(stream, at, count);
        logItems(stream, count, items);
        logTags(stream, items);
    }

    /// `items` has been checked by `logItems`.
    function logTags(bytes32 stream, bytes calldata items) private {
        assembly {
            mstore(0, stream)
            let offset := items.offset
            let end := add(offset, items.length)
            for {} lt(offset, end) {} {
                let head := calldataload(offset)
                let length := and(div(head, 0x100000000000000000000000000000000000000000000000000000000), 0xffffff)
                switch byte(0, head)
                case 0 { offset := add(offset, add(52, length)) }
                default {
                    mstore(32, calldataload(add(offset, 20)))
                    log2(0, 0, keccak256(0, 64), and(calldataload(add(offset, 4)), ID_MASK))
                    offset := add(offset, add(84, length))
                }
            }
        }
    }
}
