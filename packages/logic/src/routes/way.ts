/** `indexed`: one small record for each entry besides the checkpoints. `checkpointed`: checkpoints only. */
export type Way = 'indexed' | 'checkpointed'
