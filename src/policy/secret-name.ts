/** The name of a secret binding of the Worker. Its value never stands in a file. */
export type SecretName = string
