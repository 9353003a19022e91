/** Bytes of a stream, not more than somebody is ready to keep. */

/** The part of a stream that is used: a body of the web platform, or a value of KV. */
export interface ByteStream {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
    cancel(): Promise<unknown>
  }
}

/** Gives up as soon as there is more than was asked for, whatever was said of its length before. */
export async function readWithin(stream: ByteStream, mostBytes: number): Promise<ArrayBuffer | 'too_large'> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = stream.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const chunk = read.value ?? new Uint8Array()
    length += chunk.byteLength
    if (length > mostBytes) {
      await reader.cancel()
      return 'too_large'
    }
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes.buffer
}
