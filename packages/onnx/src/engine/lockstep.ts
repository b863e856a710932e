import { NanoError } from '@nano/core'
import type { StepRequest, StepResult } from '../decode/step-request.ts'
import type { RemoteSession } from '../worker/remote-session.ts'

interface PendingRequest {
  readonly request: StepRequest
  readonly resolve: (result: StepResult) => void
  readonly reject: (error: unknown) => void
}

/**
 * Samples the next token of a sequence, in one call with the other sequences that want one. A call
 * starts one turn of the event loop after the last one ended: by then, readers that keep up have
 * asked for their next token. A slow reader joins a later call, and no other waits for it.
 */
export function lockstep(
  session: Pick<RemoteSession, 'call'>,
): (request: StepRequest) => Promise<StepResult> {
  let pending: readonly PendingRequest[] = []
  let isRunning = false

  function scheduleStep(): void {
    if (isRunning || pending.length === 0) return
    isRunning = true
    setImmediate(async () => {
      const step = pending
      pending = []
      await runStep(session, step)
      isRunning = false
      scheduleStep()
    })
  }

  return (request) =>
    new Promise((resolve, reject) => {
      pending = [...pending, { request, resolve, reject }]
      scheduleStep()
    })
}

async function runStep(
  session: Pick<RemoteSession, 'call'>,
  step: readonly PendingRequest[],
): Promise<void> {
  try {
    const requests = step.map(({ request }) => request)
    const results = await session.call('sampleTokens', requests)
    for (const [index, { resolve, reject }] of step.entries()) {
      const result = results[index]
      if (result && 'token' in result) resolve(result)
      else reject(toStepError(result?.error))
    }
  } catch (error) {
    for (const { reject } of step) reject(error)
  }
}

function toStepError(error: Pick<NanoError, 'code' | 'message'> | undefined): NanoError {
  return new NanoError(
    error?.code ?? 'internal',
    error?.message ?? 'onnx: a step left out a sequence',
  )
}
