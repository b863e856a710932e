import type { GenerateRequest } from '../request.ts'
import type { Driver } from './driver.ts'
import { relay } from './relay.ts'

type OptionalMethods = Pick<Driver, 'tokenize' | 'detokenize' | 'countTokens' | 'render'>
interface Changes extends Partial<Omit<Driver, 'name' | 'close'>> {}

/**
 * A driver that differs from `inner` only where `changes` says so. It has the optional methods that
 * `inner` has. Every member is delegated by name: adding one to the contract fails to compile here.
 */
export function forward(inner: Driver, label: string, changes: Changes): Driver {
  return {
    name: `${label}(${inner.name})`,
    capabilities: changes.capabilities ?? inner.capabilities,
    info: changes.info ?? inner.info,
    stream: changes.stream ?? ((request, call) => inner.stream(request, call)),
    ...bindOptionalMethods(inner, changes),
    close: () => inner.close(),
  }
}

interface RewriteChanges extends Changes {
  readonly rewrite: (request: GenerateRequest) => GenerateRequest | Promise<GenerateRequest>
}

/** Changes the request for `stream`, `countTokens` and `render` alike. */
export function rewriteRequest(
  inner: Driver,
  label: string,
  { rewrite, ...changes }: RewriteChanges,
): Driver {
  const { countTokens, render } = inner
  return forward(inner, label, {
    stream(request, call) {
      const rewrittenRequest = rewrite(request)
      if (!(rewrittenRequest instanceof Promise)) return inner.stream(rewrittenRequest, call)
      return relay({
        start: async () => inner.stream(await rewrittenRequest, call)[Symbol.asyncIterator](),
      })
    },
    ...(countTokens && {
      countTokens: async (request) => countTokens.call(inner, await rewrite(request)),
    }),
    ...(render && { render: async (request) => render.call(inner, await rewrite(request)) }),
    ...changes,
  })
}

function bindOptionalMethods(inner: Driver, changes: Changes): OptionalMethods {
  const { tokenize, detokenize, countTokens, render } = inner
  const boundMethods: Record<keyof OptionalMethods, object | undefined> = {
    tokenize: tokenize && { tokenize: changes.tokenize ?? tokenize.bind(inner) },
    detokenize: detokenize && { detokenize: changes.detokenize ?? detokenize.bind(inner) },
    countTokens: countTokens && { countTokens: changes.countTokens ?? countTokens.bind(inner) },
    render: render && { render: changes.render ?? render.bind(inner) },
  }
  return Object.assign({}, ...Object.values(boundMethods))
}
