import { keepPreviousData, QueryClient, useInfiniteQuery, useQuery, type UseQueryResult } from '@tanstack/react-query'
import { useSession } from './session.tsx'
import { isPassing } from './problem.ts'

/** Answers live a few seconds; only UNAVAILABLE and BUSY are asked again, three times. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        gcTime: 60_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < 3 && isPassing(error),
        retryDelay: (failures) => Math.min(500 * 2 ** failures, 4_000),
      },
      mutations: { retry: false },
    },
  })
}

interface Query<Input, Output> {
  query(input: Input, options?: { readonly signal?: AbortSignal | undefined }): Promise<Output>
}

interface OperationOptions {
  readonly enabled?: boolean
  readonly refetchMs?: number
  /** Keeps the last answer on screen while another input is asked. */
  readonly keep?: boolean
}

/** One query of the API, cached for this person only: what one person saw is gone when another looks at the page. */
export function useOperation<Input, Output>(operation: Query<Input, Output>, name: string, input: Input, options: OperationOptions = {}): UseQueryResult<Output> {
  const { actor } = useSession()
  return useQuery({
    queryKey: [actor?.key ?? 'nobody', name, input],
    queryFn: ({ signal }) => operation.query(input, { signal }),
    enabled: options.enabled ?? true,
    staleTime: staleMs(name, options),
    ...(options.refetchMs && { refetchInterval: options.refetchMs }),
    ...(options.keep && { placeholderData: keepPreviousData as never }),
  }) as UseQueryResult<Output>
}

/** Every answer about a patient's record is an entry in that patient's access log: going back to a page does not ask again for a minute. */
function staleMs(name: string, { refetchMs }: OperationOptions): number {
  return /^hospital\.(patients|records|chart)\./.test(name) && refetchMs === undefined ? 60_000 : 5_000
}

/** A query that comes in pages by cursor; `items` are all pages so far. */
export function usePages<Input extends object, Item, Extra>(operation: Query<Input & { after?: string }, { items: Item[], next?: string | undefined } & Extra>, name: string, input: Input, options: OperationOptions = {}) {
  const { actor } = useSession()
  const result = useInfiniteQuery({
    queryKey: [actor?.key ?? 'nobody', name, input, 'pages'],
    queryFn: ({ pageParam, signal }) => operation.query({ ...input, ...(pageParam !== undefined && { after: pageParam }) }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    enabled: options.enabled ?? true,
    staleTime: staleMs(name, options),
    ...(options.refetchMs && { refetchInterval: options.refetchMs }),
  })
  return { ...result, items: result.data?.pages.flatMap((page) => page.items), first: result.data?.pages[0] }
}
