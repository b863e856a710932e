import type { Model } from '@nano/core'
import { onTestFinished } from 'vitest'
import type { HttpOptions } from '../../src/index.ts'
import type { FakeServer } from '../fake-server.ts'
import { describedServer, replayFixture } from '../fixture-server.ts'
import { openModel } from '../open-model.ts'

interface DescribedOptions extends Partial<HttpOptions> {
  /** Bytes of each piece of the reply. */
  readonly size?: number
}

/** Opens the model of a server of `kind`, which answers each chat with `fixture`. */
export async function openDescribed(
  kind: string,
  fixture: string,
  { size, ...options }: DescribedOptions = {},
): Promise<{ readonly model: Model; readonly server: FakeServer }> {
  const server = await describedServer(kind, replayFixture(fixture, size))
  onTestFinished(() => server.close())
  return { model: await openModel({ url: server.url, onWarning: () => {}, ...options }), server }
}
