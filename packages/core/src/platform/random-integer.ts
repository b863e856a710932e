/** A random integer of 32 bits. Node 18 has no global `crypto`, and gets a weaker one. */
export function randomInteger(): number {
  const [random] = globalThis.crypto?.getRandomValues(new Uint32Array(1)) ?? []
  return random ?? Math.floor(Math.random() * 2 ** 32)
}
