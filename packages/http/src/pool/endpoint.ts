import { NanoError } from '@nano/core'
import { type Driver, joinSignals } from '@nano/core/driver'

/** What was opened: the driver, and a question that a server answers while it lives. */
export interface Opened {
  readonly driver: Driver
  /** Rejects where the server does not answer as it should. */
  alive(signal: AbortSignal): Promise<unknown>
}

/** One server of several: how busy it is, and whether it is to be asked. */
export interface Endpoint {
  readonly url: string
  /** Absent until it was reached for the first time. */
  readonly driver: Driver | undefined
  readonly running: number
  /** Calls it was ever given. */
  readonly given: number
  /** It failed, and has not answered since. */
  readonly resting: boolean
  /**
   * For a call that is counted from then on. `silent` is aborted, with `unavailable`, when the
   * server falls silent; `heard` says that it has not.
   */
  hold():
    | { readonly driver: Driver; readonly silent: AbortSignal; heard(): void; release(): void }
    | undefined
  rest(): void
  close(): Promise<void>
}

export interface EndpointOptions {
  readonly url: string
  readonly opened?: Opened | undefined
  /**
   * Opens it, for one that could not be reached before. Rejects where it still cannot, or is
   * another model.
   */
  open(signal: AbortSignal): Promise<Opened>
  /** Milliseconds a living server may take to say that it lives. */
  readonly patience: number
  /** Milliseconds between two questions. */
  readonly every: number
}

/**
 * While it works or rests it is asked again and again whether it lives: a server that is paused
 * accepts connections and says nothing, for ever.
 */
export function endpoint({ url, opened: first, open, patience, every }: EndpointOptions): Endpoint {
  let opened = first
  let running = 0
  let given = 0
  /** Counts whatever came from it. */
  let words = 0
  let resting = first === undefined
  let silence = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking = false
  const closing = new AbortController()

  async function ask(): Promise<void> {
    const before = words
    const late = new AbortController()
    const limit = setTimeout(() => late.abort(), patience)
    const { signal, release } = joinSignals(closing.signal, late.signal)
    try {
      if (opened) await opened.alive(signal)
      else opened = await open(signal)
      resting = false
    } catch {
      // One that has no time for the question, and goes on answering calls, lives.
      if (words === before) fall()
    } finally {
      clearTimeout(limit)
      release()
    }
  }

  function fall(): void {
    resting = true
    const silent = silence
    silence = new AbortController()
    silent.abort(
      new NanoError(
        'unavailable',
        `http: the server at ${new URL(url).host} has said nothing for ${patience} ms, and was left`,
        { retryable: true },
      ),
    )
  }

  function watch(): void {
    if (timer !== undefined || asking || closing.signal.aborted || (running === 0 && !resting))
      return
    timer = setTimeout(async () => {
      timer = undefined
      asking = true
      await ask()
      asking = false
      watch()
    }, every)
    // Node would wait for it before it ends.
    if (typeof timer === 'object' && running === 0) (timer as { unref?(): void }).unref?.()
  }
  watch()

  return {
    url,
    get driver() {
      return opened?.driver
    },
    get running() {
      return running
    },
    get given() {
      return given
    },
    get resting() {
      return resting
    },
    hold() {
      if (!opened) return undefined
      running++
      given++
      watch()
      return {
        driver: opened.driver,
        silent: silence.signal,
        heard: () => void words++,
        release: () => void running--,
      }
    },
    rest() {
      resting = true
      watch()
    },
    async close() {
      closing.abort(new NanoError('closed', `http: the endpoint at ${url} is closed`))
      clearTimeout(timer)
      await opened?.driver.close()
    },
  }
}
