import { expect, it } from 'vitest'
import {
  cache,
  contextWindow,
  defaults,
  limit,
  retry,
  standard,
  structured,
  timeout,
} from '../../src/index.ts'

it.each<[what: string, makeMiddleware: () => unknown, message: RegExp]>([
  ['limit(0)', () => limit(0), /size to be a whole number, 1 or more, got 0/],
  ['limit(1.5)', () => limit(1.5), /whole number/],
  ['retry(3)', () => retry(3 as never), /Did you mean retry\(\{ attempts: 3 \}\)/],
  ['no attempts', () => retry({ attempts: 0 }), /attempts/],
  ['timeout(5000)', () => timeout(5_000 as never), /Did you mean timeout\(\{ silence: 30_000 \}\)/],
  ['a time that is none', () => timeout({ first: NaN }), /first to be a number/],
  [
    'a misspelt option',
    () => retry({ attempt: 3 } as never),
    /unknown option "attempt"\. Options are: attempts/,
  ],
  ['cache()', () => cache(undefined as never), /Did you mean cache\(memoryStore\(\)\)/],
  ["cache('x')", () => cache('x' as never), /expected a store with get and set, got a text/],
  ['structured(null)', () => structured(null as never), /structured: expected options, got null/],
  [
    "structured('x')",
    () => structured('x' as never),
    /Did you mean structured\(\{ attempts: 3 \}\)/,
  ],
  [
    'contextWindow(5)',
    () => contextWindow(5 as never),
    /Did you mean contextWindow\(\{ reserve: 512 \}\)/,
  ],
  ['standard(null)', () => standard(null as never), /standard: expected options, got null/],
  [
    'standard({ limits: 3 })',
    () => standard({ limits: 3 } as never),
    /unknown option "limits"\. Options are: .*limit,/,
  ],
  ['a default that is none', () => defaults({ maxTokens: -1 }), /maxTokens/],
])('%s is refused when it is made', (_what, makeMiddleware, message) =>
  expect(makeMiddleware).toThrow(message),
)
