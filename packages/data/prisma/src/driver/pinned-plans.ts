/**
 * Every statement of ours reaches tables by index, from a short list. A plan made while a table was empty must not stay a scan when it
 * has grown, so the planner may choose nothing else, and plans are made once.
 */
export const pinnedPlans = [
  'enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin', 'enable_material', 'enable_memoize', 'jit',
].map((setting) => `SET ${setting} = off;`).join(' ') + " SET plan_cache_mode = force_generic_plan;"
