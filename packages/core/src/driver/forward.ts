import type { Driver } from './driver.ts'
import type { GenerateRequest } from '../request.ts'

/**
 * A driver that differs from `inner` only where `changes` says so.
 * Every member is delegated by name: adding one to the contract fails to compile here.
 */
export function forward(
  inner: Driver,
  label: string,
  changes: Partial<Omit<Driver, 'name' | 'close'>>,
): Driver {
  return {
    name: `${label}(${inner.name})`,
    capabilities: changes.capabilities ?? inner.capabilities,
    info: changes.info ?? inner.info,
    stream: changes.stream ?? ((request, call) => inner.stream(request, call)),
    tokenize: changes.tokenize ?? ((text) => inner.tokenize(text)),
    detokenize: changes.detokenize ?? ((tokens) => inner.detokenize(tokens)),
    countTokens: changes.countTokens ?? ((request) => inner.countTokens(request)),
    render: changes.render ?? ((request) => inner.render(request)),
    close: () => inner.close(),
  }
}

/** Changes the request, for streaming, counting and rendering alike. */
export function rewriteRequest(
  inner: Driver,
  label: string,
  rewrite: (request: GenerateRequest) => GenerateRequest,
): Driver {
  return forward(inner, label, {
    stream: (request, call) => inner.stream(rewrite(request), call),
    countTokens: async (request) => inner.countTokens(rewrite(request)),
    render: async (request) => inner.render(rewrite(request)),
  })
}
