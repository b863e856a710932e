import { availableParallelism } from 'node:os'

/** Prints what the tables beneath have in common. */
export function printHeader(rounds: number): void {
  console.log(
    `Node ${process.version}; cores: ${availableParallelism()}; rounds: ${rounds}.\n` +
      'Each figure is a ratio within one run: the median over the rounds (smallest to largest).\n',
  )
}
