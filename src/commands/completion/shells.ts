/** Shells that have completions. */
export const shells = ["bash", "zsh", "fish"] as const;
