/** Whether a part of a syntax tree reads a name anywhere. */
export function readsName(node: unknown, name: string): boolean {
  if (typeof node !== 'object' || node === null) return false
  if (Array.isArray(node)) return node.some((item) => readsName(item, name))
  if ('type' in node && node.type === 'name' && 'name' in node && node.name === name) return true
  return Object.values(node).some((value) => readsName(value, name))
}
