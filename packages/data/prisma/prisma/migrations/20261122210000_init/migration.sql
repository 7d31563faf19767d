-- CreateTable
CREATE TABLE "entry" (
    "id" UUID NOT NULL,
    "entry_hash" BYTEA NOT NULL,
    "signature_hash" BYTEA NOT NULL,
    "canonical" BYTEA NOT NULL,
    "signature" BYTEA NOT NULL,
    "network" TEXT COLLATE "C" NOT NULL,
    "chain" TEXT COLLATE "C" NOT NULL,
    "commitment" BYTEA,
    "sealed" BYTEA,
    "document_id" TEXT COLLATE "C",

    CONSTRAINT "entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "waiting" (
    "arrival" BIGSERIAL NOT NULL,
    "entry_id" UUID NOT NULL,

    CONSTRAINT "waiting_pkey" PRIMARY KEY ("arrival")
);

-- CreateTable
CREATE TABLE "leaf" (
    "log" TEXT COLLATE "C" NOT NULL,
    "leaf_index" BIGINT NOT NULL,
    "entry_id" UUID NOT NULL,
    "leaf_input" BYTEA NOT NULL,
    "chain" TEXT COLLATE "C" NOT NULL,
    "chain_sequence" BIGINT NOT NULL,

    CONSTRAINT "leaf_pkey" PRIMARY KEY ("log","leaf_index")
);

-- CreateTable
CREATE TABLE "chain_head" (
    "log" TEXT COLLATE "C" NOT NULL,
    "chain" TEXT COLLATE "C" NOT NULL,
    "sequence" BIGINT NOT NULL,
    "leaf_hash" BYTEA NOT NULL,

    CONSTRAINT "chain_head_pkey" PRIMARY KEY ("log","chain")
);

-- CreateTable
CREATE TABLE "tile" (
    "log" TEXT COLLATE "C" NOT NULL,
    "path" TEXT COLLATE "C" NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "tile_pkey" PRIMARY KEY ("log","path")
);

-- CreateTable
CREATE TABLE "tree" (
    "log" TEXT COLLATE "C" NOT NULL,
    "size" BIGINT NOT NULL,
    "frontier" BYTEA NOT NULL,

    CONSTRAINT "tree_pkey" PRIMARY KEY ("log")
);

-- CreateTable
CREATE TABLE "checkpoint" (
    "log" TEXT COLLATE "C" NOT NULL,
    "size" BIGINT NOT NULL,
    "note" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "checkpoint_pkey" PRIMARY KEY ("log","size")
);

-- CreateTable
CREATE TABLE "lease" (
    "log" TEXT COLLATE "C" NOT NULL,
    "token" BIGINT NOT NULL,
    "holder" TEXT COLLATE "C",
    "held_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "lease_pkey" PRIMARY KEY ("log")
);

-- CreateTable
CREATE TABLE "projection" (
    "table_name" TEXT COLLATE "C" NOT NULL,
    "row_key" TEXT COLLATE "C" NOT NULL,
    "version" INTEGER NOT NULL,
    "value" BYTEA NOT NULL,
    "indexes" JSONB NOT NULL,

    CONSTRAINT "projection_pkey" PRIMARY KEY ("table_name","row_key")
);

-- CreateTable
CREATE TABLE "projection_index" (
    "table_name" TEXT COLLATE "C" NOT NULL,
    "index_name" TEXT COLLATE "C" NOT NULL,
    "index_value" TEXT COLLATE "C" NOT NULL,
    "row_key" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "projection_index_pkey" PRIMARY KEY ("table_name","index_name","index_value","row_key")
);

-- CreateTable
CREATE TABLE "claim" (
    "scope" TEXT COLLATE "C" NOT NULL,
    "value" TEXT COLLATE "C" NOT NULL,
    "owner" TEXT COLLATE "C" NOT NULL,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "claim_pkey" PRIMARY KEY ("scope","value")
);

-- CreateTable
CREATE TABLE "decision" (
    "id" UUID NOT NULL,
    "about" TEXT COLLATE "C",
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "decision_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "outbox" (
    "position" BIGSERIAL NOT NULL,
    "target" TEXT COLLATE "C" NOT NULL,
    "item" TEXT COLLATE "C" NOT NULL,
    "stream" TEXT COLLATE "C" NOT NULL,
    "record_id" TEXT COLLATE "C" NOT NULL,
    "key" TEXT COLLATE "C",
    "digest" TEXT COLLATE "C" NOT NULL,
    "data" BYTEA,
    "epoch" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "state" SMALLINT NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "receipt" TEXT COLLATE "C",
    "reason" TEXT COLLATE "C",
    "leased_until" TIMESTAMPTZ(3),

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "outbox_count" (
    "target" TEXT COLLATE "C" NOT NULL,
    "state" SMALLINT NOT NULL,
    "part" SMALLINT NOT NULL,
    "count" BIGINT NOT NULL,

    CONSTRAINT "outbox_count_pkey" PRIMARY KEY ("target","state","part")
);

-- CreateIndex
CREATE UNIQUE INDEX "entry_commitment_key" ON "entry"("commitment");

-- CreateIndex
CREATE UNIQUE INDEX "waiting_entry_id_key" ON "waiting"("entry_id");

-- CreateIndex
CREATE UNIQUE INDEX "leaf_entry_id_key" ON "leaf"("entry_id");

-- CreateIndex
CREATE UNIQUE INDEX "leaf_log_chain_chain_sequence_key" ON "leaf"("log", "chain", "chain_sequence");

-- CreateIndex
CREATE INDEX "claim_expires_at_idx" ON "claim"("expires_at");

-- CreateIndex
CREATE INDEX "decision_about_id_idx" ON "decision"("about", "id");

-- CreateIndex
CREATE INDEX "outbox_target_state_position_idx" ON "outbox"("target", "state", "position");

-- CreateIndex
CREATE INDEX "outbox_target_record_id_idx" ON "outbox"("target", "record_id");

-- CreateIndex
CREATE UNIQUE INDEX "outbox_item_target_key" ON "outbox"("item", "target");

-- Rows that a claim may take, in log order. Prisma knows no partial index.
CREATE INDEX "outbox_open_idx" ON "outbox"("target", "position") WHERE "state" IN (0, 1);

-- Sealed bytes do not compress, hashes in tiles neither.
ALTER TABLE "entry" ALTER COLUMN "sealed" SET STORAGE EXTERNAL;
ALTER TABLE "tile" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;

-- Queues and counters: keep room for in-place updates and sweep dead rows early, or their indexes fill with them.
ALTER TABLE "waiting" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
ALTER TABLE "outbox" SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);
ALTER TABLE "outbox_count" SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE "projection" SET (fillfactor = 85);
