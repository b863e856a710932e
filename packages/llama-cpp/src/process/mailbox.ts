/** What has arrived for one reader, who takes it item by item. */
export interface Mailbox<Item> {
  put(item: Item): void
  /** Nothing arrives after this. */
  end(): void
  /** Waits for the next item. Resolves to nothing once all are taken and no more will arrive. */
  take(): Promise<Item | undefined>
}

export function mailbox<Item>(): Mailbox<Item> {
  const items: Item[] = []
  let hasEnded = false
  let wakeUp = () => {}
  return {
    put(item) {
      items.push(item)
      wakeUp()
    },
    end() {
      hasEnded = true
      wakeUp()
    },
    async take() {
      while (items.length === 0 && !hasEnded)
        await new Promise<void>((resolve) => (wakeUp = resolve))
      return items.shift()
    },
  }
}
