/** Kubernetes manifests: one resource a document, or lists of them. */
import { field, itemsOf, type Node, textOf } from './node.ts'

export interface Resource {
  readonly kind: string
  readonly group: string
  readonly name: string
  readonly namespace: string
  readonly node: Node
}

export function resourcesIn(documents: readonly Node[]): readonly Resource[] {
  return documents.flatMap((document) => {
    if (document.kind === 'list') return document.items.map(readResource)
    const items = itemsOf(field(document, 'items'))
    return items.length > 0 ? items.map(readResource) : [readResource(document)]
  })
}

const readResource = (node: Node): Resource => ({
  kind: textOf(field(node, 'kind')) ?? '',
  group: (textOf(field(node, 'apiVersion')) ?? '').split('/')[0] ?? '',
  name: textOf(field(node, 'metadata', 'name')) ?? 'without a name',
  namespace: textOf(field(node, 'metadata', 'namespace')) ?? 'default',
  node,
})
